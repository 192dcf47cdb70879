/**
 * The request target (RFC 9112 section 3.2): origin, absolute, authority (CONNECT) and asterisk form, as Envoy's
 * ServerConnectionImpl::handlePath takes them.
 */
import { isIPv6 } from '../../platform/ip.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { Headers } from '../headers.ts';
import { isAuthority } from './chars.ts';
import { protocolError } from './errors.ts';

/** Anything but a target that begins with '/'. Sets path, authority and scheme. Throws CodecError 400. */
export function applyTarget(headers: Headers, target: string, allowAbsoluteUrl: boolean): void {
  if (headers.method === 'CONNECT') {
    const authority = hostAndPort(target);
    // RFC 9112 section 3.2.3: a port is part of this form.
    if (authority === '' || !/:\d+$/.test(authority)) throw invalidUrl();
    headers.authority = authority;
    return;
  }
  if (target.charCodeAt(0) === 0x2a) {
    if (headers.method !== 'OPTIONS' || target !== '*') throw invalidUrl();
    headers.path = target;
    return;
  }
  const colon = target.indexOf('://');
  if (colon <= 0 || !/^[a-z][a-z0-9+.-]*$/i.test(target.slice(0, colon))) throw invalidUrl();
  if (!allowAbsoluteUrl) {
    headers.path = target;
    return;
  }
  const scheme = asciiLower(target.slice(0, colon));
  if (scheme !== 'http' && scheme !== 'https') throw protocolError('http1.invalid_scheme', 'invalid scheme');
  const rest = target.slice(colon + 3);
  const stop = rest.search(/[/?#]/);
  const authority = hostAndPort(stop < 0 ? rest : rest.slice(0, stop));
  if (authority === '') throw invalidUrl();
  headers.scheme = scheme;
  headers.authority = authority;
  headers.path = stop < 0 ? '/' : rest.slice(stop);
}

/** `host[:port]` of an authority, user information left out; '' when it is not one. */
function hostAndPort(authority: string): string {
  const at = authority.indexOf('@');
  if (at >= 0 && authority.indexOf('@', at + 1) >= 0) return '';
  const text = at < 0 ? authority : authority.slice(at + 1);
  const match = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (match === null || !isAuthority(authority)) return '';
  if (match[1].startsWith('[') && !isIPv6(match[1].slice(1, -1))) return '';
  return Number(match[2] ?? 0) > 65535 ? '' : text;
}

function invalidUrl(): Error {
  return protocolError('http1.invalid_url', 'invalid url in request line');
}
