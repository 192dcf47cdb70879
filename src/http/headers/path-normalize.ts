/**
 * normalize_path, merge_slashes and path_with_escaped_slashes_action of the connection manager. Role of Http::PathUtil
 * (source/common/http/path_utility.cc); the normal form is that of RFC 3986 section 6.2.2 as Chromium's URL code makes it.
 */

/** What a path may only have in its query: a NUL, plain or escaped. */
const FORBIDDEN = /%00|\0/;
const ESCAPED_SLASH = /%2f|%5c/i;
const ESCAPED_SLASHES = /%2f|%5c/gi;
const HEX = /^[0-9a-fA-F]{2}$/;
/** RFC 3986 section 2.3: what need not be escaped. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/** Where the query begins; the length where there is none. */
function pathEnd(target: string): number {
  const query = target.indexOf('?');
  return query < 0 ? target.length : query;
}

/**
 * Dot segments taken out, `\` as `/`, escapes of letters, digits and `-._~` undone; the query stays as it is. Null where a path
 * cannot be made normal.
 */
export function normalizePath(target: string): string | null {
  const end = pathEnd(target);
  let path = target.slice(0, end);
  if (FORBIDDEN.test(path)) return null;
  if (path.includes('\\')) path = path.replaceAll('\\', '/');
  if (path.includes('%')) path = undoEscapes(path);
  if (path.includes('/.')) path = withoutDots(path);
  return end === target.length ? path : path + target.slice(end);
}

function undoEscapes(path: string): string {
  return path.replace(/%(..)/g, (whole, hex: string) => {
    if (!HEX.test(hex)) return whole;
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(char) ? char : whole;
  });
}

function withoutDots(path: string): string {
  const out: string[] = [];
  const segments = path.split('/');
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i];
    const last = i === segments.length - 1;
    if (segment === '..') {
      out.pop();
      if (last) out.push('');
    } else if (segment === '.') {
      if (last) out.push('');
    } else out.push(segment);
  }
  return `/${out.join('/')}`;
}

/** Several slashes become one. The very first two of a path that is nothing else stay, as in Envoy. */
export function mergeSlashes(target: string): string {
  const end = pathEnd(target);
  const path = target.slice(0, end);
  if (!path.includes('//')) return target;
  const parts = path.split('/').filter((p) => p !== '');
  const begin = path.startsWith('/') ? '/' : '';
  const close = path.endsWith('/') ? '/' : '';
  return `${begin}${parts.join('/')}${close}${target.slice(end)}`;
}

/** `%2F` and `%5C` as the characters they stand for. */
export function unescapeSlashes(target: string): string {
  const end = pathEnd(target);
  return target.slice(0, end).replace(ESCAPED_SLASHES, (e) => (e[1] === '2' ? '/' : '\\')) + target.slice(end);
}

export function hasEscapedSlash(target: string): boolean {
  return ESCAPED_SLASH.test(target.slice(0, pathEnd(target)));
}
