/** What may be answered from the cache, and what may be kept. Mirrors source/extensions/filters/http/cache/cacheability_utils.cc. */
import type { Headers } from '../../../codec/headers.ts';
import { trimOws } from '../../../codec/ows.ts';
import type { StringTest } from '../../headers/regex.ts';
import { responseDirectives } from './directives.ts';

/** RFC 9110 section 15.1, without 206: a part is not the whole (H341). */
const STATUSES: readonly number[] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 451, 501];
const CONDITIONS = ['if-none-match', 'if-modified-since', 'if-range', 'authorization'];

export function mayBeServed(h: Headers): boolean {
  if (h.method !== 'GET' && h.method !== 'HEAD') return false;
  if (h.path === '' || h.authority === '' || (h.scheme !== 'http' && h.scheme !== 'https')) return false;
  return !CONDITIONS.some((name) => h.has(name));
}

export function mayBeKept(h: Headers, vary: readonly StringTest[]): boolean {
  if (!STATUSES.includes(h.status)) return false;
  const { noStore, noCache, maxAge } = responseDirectives(h);
  // Without these nobody can say how long it is fresh.
  const hasLifetime = noCache || maxAge !== null || (h.has('date') && h.has('expires'));
  return !noStore && hasLifetime && varyingNames(h).every((name) => allowed(name, vary));
}

/** `vary: *` is never allowed. */
export function allowed(name: string, vary: readonly StringTest[]): boolean {
  return name !== '*' && vary.some((test) => test(name));
}

/** The names in `vary`, as they are written, sorted; none where its first value is empty. */
export function varyingNames(h: Headers): readonly string[] {
  const first = h.get('vary');
  if (first === undefined || first === '') return NONE;
  const names = (h.getAll('vary') ?? '').split(',').map(trimOws);
  return [...new Set(names.filter((name) => name !== ''))].sort();
}
const NONE: readonly string[] = [];
