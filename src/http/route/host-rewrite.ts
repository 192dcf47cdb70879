/**
 * The authority that the upstream is asked for: host_rewrite_literal, host_rewrite_header, host_rewrite_path_regex, host_rewrite (formatted), and
 * auto_host_rewrite once a host is chosen. Role of RouteEntryImplBase::finalizeHostHeader and Http::Utility::updateAuthority.
 */
import type { Headers } from '../../codec/headers.ts';
import { trimOws } from '../../codec/ows.ts';
import { about } from '../../config/refusal.ts';
import type { RouteAction } from '../../config/schema/types.ts';
import { type FormatInfo, NO_LOG } from '../../format/format-context.ts';
import { asciiLower, isWritableTarget, toWire } from '../../platform/wire-text.ts';
import type { FormatCompiler } from '../headers/header-mutations.ts';
import { compileRewrite } from './regex-rewrite.ts';
import type { RouteBuild } from './route-context.ts';
import { pathEnd } from './route-match.ts';

/** The new authority; '' where it stays. */
export type HostRewrite = (h: Headers, info: FormatInfo) => string;

/** Null where the route says nothing, or leaves it to the host that is chosen. */
export function compileHostRewrite(action: RouteAction, build: RouteBuild): HostRewrite | null {
  const { hostRewriteLiteral = '', hostRewriteHeader = '', hostRewritePathRegex } = action;
  const { hostRewrite } = action;
  if (hostRewrite !== undefined) {
    const format = about(action, 'host_rewrite', () => (build.formats as FormatCompiler).text(hostRewrite, false));
    return (request, info) => writable(format({ info, request, response: null, responseTrailers: null }, NO_LOG));
  }
  if (hostRewriteLiteral !== '') {
    const host = toWire(hostRewriteLiteral);
    if (!isWritableTarget(host)) throw new Error(`host_rewrite_literal cannot be a host: it has a blank or a control`);
    return () => host;
  }
  if (hostRewriteHeader !== '') {
    const name = asciiLower(toWire(hostRewriteHeader));
    return (h) => writable(h.get(name) ?? '');
  }
  if (hostRewritePathRegex !== undefined) {
    const replace = compileRewrite(hostRewritePathRegex, build.regexes);
    return (h) => writable(replace(h.path.slice(0, pathEnd(h.path))));
  }
  return null;
}

/** What a request brings may have blanks, and such a host cannot be written: Envoy would send it. */
const writable = (host: string): string => (isWritableTarget(host) ? host : '');

/** `append`: the host that came is appended to x-forwarded-host; `keep`: it stands in x-envoy-original-host. */
export function setAuthority(h: Headers, host: string, append: boolean, keep: boolean): void {
  const before = h.authority;
  if (keep) h.set('x-envoy-original-host', before);
  if (append && before !== '') {
    const forwarded = h.get('x-forwarded-host') ?? '';
    if (forwarded === '') h.set('x-forwarded-host', before);
    else if (trimOws(forwarded.slice(forwarded.lastIndexOf(',') + 1)) !== before) {
      h.set('x-forwarded-host', `${forwarded},${before}`);
    }
  }
  h.authority = host;
}
