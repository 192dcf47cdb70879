/** Limits of heads that filters add to, as Envoy's header maps have them. */
import type { Headers } from '../../codec/headers.ts';
import { ADD_IF_ABSENT, APPEND, type Mutation, OVERWRITE } from './ext-authz/decision.ts';

export interface HeaderLimits {
  readonly count: number;
  readonly bytes: number;
}

/** Pseudo-headers count as what they are on the wire. */
export function within(h: Headers, limits: HeaderLimits): boolean {
  const { list } = h;
  let bytes = 0;
  let count = list.length / 2;
  for (const text of list) bytes += text.length;
  for (const [name, value] of [
    [':method', h.method],
    [':path', h.path],
    [':authority', h.authority],
    [':scheme', h.scheme],
    [':protocol', h.protocol],
  ]) {
    if (value === '') continue;
    count++;
    bytes += name.length + value.length;
  }
  return count <= limits.count && bytes <= limits.bytes;
}

/** `most`: fields of the head, its status too. False: there are more. */
export function changeResponse(h: Headers, mutations: readonly Mutation[], most: number): boolean {
  for (const { name, value, action } of mutations) {
    const there = h.has(name);
    if ((action === OVERWRITE && !there) || (action === ADD_IF_ABSENT && there) || name.startsWith(':')) continue;
    const grows = action === APPEND || !there;
    if (grows && h.count + 1 >= most) return false;
    try {
      if (action !== APPEND) h.remove(name);
      h.add(name, value);
    } catch {
      // It cannot stand on the wire (docs/behaviour.md, H151).
    }
  }
  return true;
}
