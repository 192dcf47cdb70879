/** What a processor changes of a head or of trailers, and whether it may. Mirrors MutationUtils of ext_proc. */
import type { Headers } from '../../../codec/headers.ts';
import type { HeaderValueOption, ImmediateResponse } from '../../../config/schema/types.ts';
import { asciiLower, isWritableName, isWritableTarget, isWritableValue, toWire } from '../../../platform/wire-text.ts';
import type { Counter } from '../../../stats/store.ts';
import { headerValue } from '../../headers/header-matcher.ts';
import type { HeaderLimits } from '../header-limits.ts';
import { ALLOWED, type MutationRules, REFUSED } from '../mutation-rules.ts';

const MAX_VALUE_STATUS = 999;

/** Its name is other messages' too. */
type HeaderMutation = NonNullable<ImmediateResponse['headers']>;

export interface MutationContext {
  readonly rules: MutationRules;
  readonly rejected: Counter;
  readonly limits: HeaderLimits;
  /** The message is replaced: its method too. */
  readonly replaces: boolean;
  /** content-length is not ours to set: the body may still change. */
  readonly noLength: boolean;
}

/** ProcessingEffect, as logs show it. */
export const NO_EFFECT = 0;
export const APPLIED = 1;
const INVALID = 2;
const TOO_LARGE = 3;
const FAILED = 4;

export interface Mutated {
  /** Null, or what is wrong: then the answer of the processor is. What has been changed until then stays changed. */
  readonly fault: string | null;
  readonly effect: number;
}

export function mutate(h: Headers, m: HeaderMutation, c: MutationContext): Mutated {
  const changes = { made: false };
  const fault = mutateAll(h, m, c, changes);
  if (fault === null) return { fault, effect: changes.made ? APPLIED : NO_EFFECT };
  return { fault, effect: fault.endsWith('limit') ? TOO_LARGE : fault.endsWith('character') ? INVALID : FAILED };
}

type Changes = { made: boolean };

function mutateAll(h: Headers, m: HeaderMutation, c: MutationContext, changes: Changes): string | null {
  const { setHeaders = [], removeHeaders = [] } = m;
  const { count } = c.limits;
  if (removeHeaders.length > count || setHeaders.length > count) {
    c.rejected.inc();
    return 'header_mutation_operation_count_exceeds_limit';
  }
  for (const text of removeHeaders) {
    const fault = removeOne(h, toWire(text), c, changes);
    if (fault !== null) return fault;
  }
  for (const option of setHeaders) {
    const fault = setOne(h, option, c, changes);
    if (fault !== null) return fault;
  }
  const { fields, bytes } = sizeOf(h);
  if (fields <= c.limits.count && bytes <= c.limits.bytes) return null;
  c.rejected.inc();
  return 'header_mutation_result_exceeds_limit';
}

function removeOne(h: Headers, text: string, c: MutationContext, changes: Changes): string | null {
  if (!isName(text)) {
    c.rejected.inc();
    return 'header_mutation_remove_contains_invalid_character';
  }
  const name = asciiLower(text);
  const verdict = c.rules.check(name, 'remove', true);
  if (verdict === ALLOWED) {
    h.remove(name);
    changes.made = true;
  } else {
    c.rejected.inc();
  }
  return verdict === REFUSED ? 'header_mutation_remove_headers_failed' : null;
}

function setOne(h: Headers, option: HeaderValueOption, c: MutationContext, changes: Changes): string | null {
  const { header, append } = option;
  if (header === undefined) return null;
  const text = toWire(header.key ?? '');
  const name = asciiLower(text);
  if (c.noLength && name === 'content-length') return null;
  // `value` is not looked at, as in Envoy.
  const raw = header.rawValue?.toString('latin1') ?? '';
  if (!isName(text) || !isWritableValue(raw)) {
    c.rejected.inc();
    return 'header_mutation_set_contains_invalid_character';
  }
  const before = headerValue(h, name === 'host' ? ':authority' : name);
  const appends = append === true;
  let verdict = c.rules.check(name, appends && before !== undefined ? 'append' : 'set', isSound(name, raw));
  if (c.replaces && name === ':method') verdict = ALLOWED;
  if (verdict === ALLOWED) {
    put(h, name, raw, appends);
    changes.made = true;
  } else {
    c.rejected.inc();
  }
  return verdict === REFUSED ? 'header_mutation_set_headers_failed' : null;
}

const isName = (name: string): boolean => isWritableName(asciiLower(name)) || /^:[A-Za-z]+$/.test(name);

/** Of pseudo-headers: what such a value may be. */
function isSound(name: string, value: string): boolean {
  switch (name) {
    case 'host':
    case ':authority':
      return value === '' || /^[A-Za-z0-9\-._~%!$&'()*+,;=:@[\]]*$/.test(value);
    case ':scheme':
      return /^[A-Za-z][A-Za-z0-9+\-.]*$/.test(value);
    case ':status':
      return /^[0-9]+$/.test(value) && Number(value) >= 200 && Number(value) <= MAX_VALUE_STATUS;
    default:
      return true;
  }
}

function put(h: Headers, name: string, value: string, appends: boolean): void {
  switch (name) {
    case 'host':
    case ':authority':
      h.authority = value;
      return;
    case ':path':
      if (isWritableTarget(value)) h.path = value;
      return;
    case ':method':
      if (isWritableName(asciiLower(value))) h.method = value;
      return;
    case ':scheme':
      h.scheme = value;
      return;
    case ':status':
      if (h.status !== 0) h.status = Number(value);
      return;
    default:
      if (name.startsWith(':')) return;
      // Behind the others, as Envoy has it.
      if (!appends) h.remove(name);
      h.add(name, value);
  }
}

function sizeOf(h: Headers): { fields: number; bytes: number } {
  let fields = 0;
  let bytes = 0;
  eachField(h, (name, value) => {
    fields++;
    bytes += name.length + value.length;
  });
  return { fields, bytes };
}

/** Pseudo-headers first. */
export function eachField(h: Headers, f: (name: string, value: string) => void): void {
  if (h.status !== 0) f(':status', String(h.status));
  if (h.authority !== '') f(':authority', h.authority);
  if (h.path !== '') f(':path', h.path);
  if (h.method !== '') f(':method', h.method);
  if (h.scheme !== '') f(':scheme', h.scheme);
  if (h.protocol !== '') f(':protocol', h.protocol);
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) f(list[i], list[i + 1]);
}
