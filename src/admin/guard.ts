/**
 * Keeps web pages from using the admin port through somebody's browser (CSRF, DNS rebinding), which Envoy leaves to the
 * operator (envoyproxy/envoy#2296). What is no browser — curl, a kubelet probe, Prometheus — is never looked at: it
 * sends neither `origin` nor a Mozilla user agent.
 */
import { hostname } from 'node:os';
import type { Headers } from '../codec/headers.ts';
import { asciiLower } from '../platform/wire-text.ts';

/** Names that cannot be somebody else's web site: no dot, or a suffix that public DNS does not have. */
const PRIVATE_SUFFIX = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa|svc|cluster\.local)$/;

function hostOf(authority: string): string {
  const bracket = authority.indexOf(']');
  if (authority.startsWith('[')) return authority.slice(1, bracket < 0 ? undefined : bracket);
  const colon = authority.lastIndexOf(':');
  return asciiLower(colon < 0 ? authority : authority.slice(0, colon));
}

function isPrivateName(host: string): boolean {
  return (
    /^[\d.]+$/.test(host) ||
    host.includes(':') ||
    !host.includes('.') ||
    PRIVATE_SUFFIX.test(host) ||
    host === asciiLower(hostname())
  );
}

/** Why the request is refused, or null. `allowedHosts`: names browsers may use besides addresses and local names. */
export function refusal(headers: Headers, allowedHosts: readonly string[]): string | null {
  const origin = headers.get('origin');
  if (origin === undefined && !(headers.get('user-agent') ?? '').startsWith('Mozilla/')) return null;
  const authority = headers.authority || headers.get('host') || '';
  const host = hostOf(authority);
  if (!isPrivateName(host) && !allowedHosts.includes(host)) {
    return `host ${JSON.stringify(host)} is not a name of this admin interface\n`;
  }
  if (origin !== undefined && origin !== `http://${authority}` && origin !== `https://${authority}`) {
    return 'request from another origin\n';
  }
  const site = headers.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'request from another site\n';
  return null;
}
