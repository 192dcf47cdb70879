/**
 * Query parameters, escapes and hosts, as Envoy's Http::Utility has them (QueryParamsMulti, PercentEncoding, Url; source/common/http/utility.cc).
 * Wire text.
 */

import { asciiLower, percentEncode } from '../../../platform/wire-text.ts';

/** By name, of each name in their order. Nothing is decoded. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

export function parseQuery(url: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const mark = url.indexOf('?');
  if (mark < 0) return found;
  for (const pair of url.slice(mark + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return found;
}

/** Sorted by name, with the question mark. */
export function queryText(parameters: Parameters): string {
  const names = [...parameters.keys()].sort((a, b) => (a < b ? -1 : 1));
  const rows = names.flatMap((name) => (parameters.get(name) ?? []).map((value) => `${name}=${value}`));
  return rows.length === 0 ? '' : `?${rows.join('&')}`;
}

/** All but unreserved characters (RFC 3986), and `~`. */
export const urlEncode = (wire: string): string => percentEncode(wire, /[^A-Za-z0-9\-._]/g);
/** As a part of a form's value; a blank and most marks stay. */
export const formEncode = (wire: string): string => percentEncode(wire, /[\0-\x1f~-\xff:/=&?+]/g);

const URL =
  /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/?#\0- \x7f]*@)?(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?([/?][^\0- \x7f]*)?$/i;

export interface Url {
  /** Without brackets. */
  readonly host: string;
  /** `/` where it has none. */
  readonly pathAndQuery: string;
}

/** Null for what is no absolute URL. */
export function parseUrl(text: string): Url | null {
  const parts = URL.exec(text);
  if (parts === null || Number(parts[3] ?? 0) > 65535) return null;
  return { host: parts[2].replace(/^\[|\]$/g, ''), pathAndQuery: parts[4] ?? '/' };
}

/** Names without ASCII's difference of case, and `*.name` for what is below it. */
export function hostAllowed(url: string, domains: readonly string[]): boolean {
  if (domains.length === 0) return true;
  const parsed = parseUrl(url);
  if (parsed === null) return false;
  const { host } = parsed;
  return domains.some((domain) =>
    domain.startsWith('*.')
      ? host.length > domain.length - 1 && host.endsWith(domain.slice(1))
      : asciiLower(host) === asciiLower(domain),
  );
}
