/**
 * A request's path as pages are found by it: Envoy's admin listener has normalize_path and merge_slashes on
 * (AdminImpl, source/server/admin/admin.cc; source/common/http/path_utility.cc).
 */

/** Without the query. Nearly every path is returned as it is. */
export function normalisedPath(path: string): string {
  if (!UNUSUAL.test(path)) return path;
  const decoded = path
    .replaceAll('\\', '/')
    .replace(/%([0-9a-fA-F]{2})/g, (whole, hex: string) => {
      const c = String.fromCharCode(Number.parseInt(hex, 16));
      return UNRESERVED.test(c) ? c : whole;
    })
    .split('/')
    .slice(1);
  const kept: string[] = [];
  decoded.forEach((segment, i) => {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
    // A directory is meant.
    if (i === decoded.length - 1 && (segment === '.' || segment === '..')) kept.push('');
  });
  return `/${kept.join('/')}`.replace(/\/{2,}/g, '/');
}

const UNUSUAL = /[%\\]|\/[./]/;
/** RFC 3986 section 2.3: an escape of these means the character itself. */
const UNRESERVED = /[\w.~-]/;
