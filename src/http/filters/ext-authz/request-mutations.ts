/** What an authorisation service changes of a request, and whether it may. Mirrors Filter::onComplete of ext_authz.cc. */
import type { Headers } from '../../../codec/headers.ts';
import { isWritableName, isWritableTarget, isWritableValue } from '../../../platform/wire-text.ts';
import { headerValue } from '../../headers/header-matcher.ts';
import { ALLOWED, type MutationRules, REFUSED, type Verdict } from '../mutation-rules.ts';
import { ADD_IF_ABSENT, APPEND, type Decision, type Mutation, OVERWRITE } from './decision.ts';

export interface MutationSettings {
  readonly validate: boolean;
  /** Null: everything may be changed. */
  readonly rules: MutationRules | null;
}

/** A name and a value that can stand in a head. */
export const isSound = (m: { readonly name: string; readonly value: string }): boolean =>
  (isWritableName(m.name) || isPseudo(m.name)) && isWritableValue(m.value);

const isPseudo = (name: string): boolean => /^:[a-z]+$/.test(name);

/** False: the answer of the service is wrong, and so is what has been changed. */
export function changeRequest(h: Headers, d: Decision, s: MutationSettings): boolean {
  for (const m of d.requestHeaders) {
    const operation = m.action === APPEND && m.joins ? 'append' : 'set';
    const verdict = check(m, operation, s);
    if (verdict === REFUSED) return false;
    if (verdict === ALLOWED && isSound(m)) change(h, m);
  }
  for (const name of d.headersToRemove) {
    const pseudo = isPseudo(name);
    if (!pseudo && !isWritableName(name)) continue;
    if (s.rules === null && (pseudo || name === 'host')) continue;
    const verdict = s.rules === null ? ALLOWED : s.rules.check(name, 'remove', true);
    if (verdict === REFUSED) return false;
    if (verdict === ALLOWED) h.remove(name);
  }
  return true;
}

function check(m: Mutation, operation: 'set' | 'append', s: MutationSettings): Verdict {
  if (s.validate && !isSound(m)) return REFUSED;
  return s.rules === null ? ALLOWED : s.rules.check(m.name, operation, isSound(m));
}

function change(h: Headers, { name, value, action, joins }: Mutation): void {
  const before = headerValue(h, name === 'host' ? ':authority' : name);
  if (action === APPEND && joins) {
    if (before !== undefined) join(h, name, value);
    return;
  }
  if (action === ADD_IF_ABSENT && before !== undefined) return;
  if (action === OVERWRITE && before === undefined) return;
  if (action === APPEND && !name.startsWith(':') && name !== 'host') h.add(name, value);
  else if (action === APPEND && before !== undefined) put(h, name, `${before},${value}`);
  else put(h, name, value);
}

/** Appends to the first value, in its place. */
function join(h: Headers, name: string, value: string): void {
  const { list } = h;
  const at = list.findIndex((text, i) => i % 2 === 0 && text === name);
  if (at < 0) put(h, name, `${headerValue(h, name === 'host' ? ':authority' : name)},${value}`);
  else h.list = list.with(at + 1, `${list[at + 1]},${value}`);
}

/** The first value of the name. */
function put(h: Headers, name: string, value: string): void {
  switch (name) {
    case ':authority':
    case 'host':
      if (isWritableTarget(value)) h.authority = value;
      break;
    case ':path':
      if (isWritableTarget(value)) h.path = value;
      break;
    case ':method':
      if (isWritableName(value)) h.method = value;
      break;
    case ':scheme':
      if (isWritableName(value)) h.scheme = value;
      break;
    default:
      if (name.startsWith(':')) break;
      // Behind the others, as Envoy has it.
      h.remove(name);
      h.add(name, value);
  }
}

/** What encoding leaves as it is; Envoy 1.40 takes no escapes (PercentEncoding::queryParameterIsUrlEncoded). */
const ENCODED = /^[A-Za-z0-9*\-._]*$/;

/** False: as above. */
export function changeQuery(h: Headers, d: Decision, validate: boolean): boolean {
  if (d.queryToSet.length === 0 && d.queryToRemove.length === 0) return true;
  if (validate && !d.queryToSet.every(([key, value]) => ENCODED.test(key) && ENCODED.test(value))) return false;
  const at = h.path.indexOf('?');
  const path = at < 0 ? h.path : h.path.slice(0, at);
  const values = new Map<string, string[]>();
  if (at >= 0) {
    const hash = h.path.indexOf('#', at);
    const query = h.path.slice(at + 1, hash < 0 ? undefined : hash);
    for (const part of query.split('&')) {
      const equal = part.indexOf('=');
      const key = equal < 0 ? part : part.slice(0, equal);
      const list = values.get(key);
      const value = equal < 0 ? '' : part.slice(equal + 1);
      if (list === undefined) values.set(key, [value]);
      else list.push(value);
    }
    if (query === '') values.clear();
  }
  for (const [key, value] of d.queryToSet) {
    // What cannot stand on the wire is left out (docs/behaviour.md, H152).
    if (isWritableTarget(key) && isWritableTarget(value)) values.set(key, [value]);
  }
  for (const key of d.queryToRemove) values.delete(key);
  // Envoy keeps them in their order.
  const parts = [...values.keys()].sort().flatMap((key) => (values.get(key) ?? []).map((value) => `${key}=${value}`));
  const changed = parts.length === 0 ? path : `${path}?${parts.join('&')}`;
  if (isWritableTarget(changed)) h.path = changed;
  return true;
}
