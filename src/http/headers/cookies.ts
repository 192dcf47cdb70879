/** Cookies of a request, as Envoy reads them (Http::Utility::parseCookieValue). */
import type { Headers } from '../../codec/headers.ts';

/** The first value of `name` in all `cookie` headers, quotes around it taken off; undefined where there is none. */
export function cookieValue(headers: Headers, name: string): string | undefined {
  const { list } = headers;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== 'cookie') continue;
    const value = inCookie(list[i + 1], name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inCookie(text: string, name: string): string | undefined {
  for (let begin = 0; begin < text.length; ) {
    const semicolon = text.indexOf(';', begin);
    const end = semicolon < 0 ? text.length : semicolon;
    let at = begin;
    while (at < end && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++;
    const after = at + name.length;
    if (after < end && text.startsWith(name, at) && text.charCodeAt(after) === 61 /* = */) {
      return unquoted(text.slice(after + 1, end));
    }
    begin = end + 1;
  }
  return undefined;
}

/** Quotes around it taken off. */
export function unquoted(value: string): string {
  const last = value.length - 1;
  return last > 0 && value.charCodeAt(0) === 34 && value.charCodeAt(last) === 34 ? value.slice(1, last) : value;
}
