/**
 * request_headers_to_add/remove and response_headers_to_add/remove of route configuration, virtual host and route, joined into one
 * list per route when the config is built. Mirrors Router::HeaderParser (source/common/router/header_parser.cc): within a level
 * removals come first; the route's level goes first unless most_specific_header_mutations_wins.
 */

import type { Headers } from '../../codec/headers.ts';
import { about, each, refuse } from '../../config/refusal.ts';
import type { HeaderValueOption, Route } from '../../config/schema/types.ts';
import { asciiLower, isWritableName, isWritableValue, toWire } from '../../platform/wire-text.ts';

/** What configuration, virtual host and route have in common. */
export type HeaderLevel = Pick<
  Route,
  'requestHeadersToAdd' | 'requestHeadersToRemove' | 'responseHeadersToAdd' | 'responseHeadersToRemove'
>;

const APPEND = 0;
const ADD_IF_ABSENT = 1;
const OVERWRITE_OR_ADD = 2;
const OVERWRITE = 3;
const REMOVE = 4;

interface Step {
  readonly action: number;
  readonly name: string;
  readonly value: string;
}

export class HeaderMutations {
  private readonly steps: readonly Step[];
  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }

  apply(h: Headers): void {
    for (const s of this.steps) {
      switch (s.action) {
        case REMOVE:
          h.remove(s.name);
          break;
        case APPEND:
          h.addUnchecked(s.name, s.value);
          break;
        case ADD_IF_ABSENT:
          if (!h.has(s.name)) h.addUnchecked(s.name, s.value);
          break;
        case OVERWRITE_OR_ADD:
          h.remove(s.name);
          h.addUnchecked(s.name, s.value);
          break;
        case OVERWRITE:
          if (h.remove(s.name)) h.addUnchecked(s.name, s.value);
          break;
      }
    }
  }
}

/** Null when there is nothing to do. `first`: applied before the others; `levels`: most specific first. Throws for substitution commands, which are not supported yet. */
export function compileMutations(
  direction: 'request' | 'response',
  first: HeaderLevel | null,
  levels: readonly HeaderLevel[],
  mostSpecificWins: boolean,
): HeaderMutations | null {
  const steps: Step[] = [];
  // Whoever is applied last wins.
  const ordered = mostSpecificWins ? [...levels].reverse() : levels;
  for (const level of first === null ? ordered : [first, ...ordered]) {
    const add = direction === 'request' ? level.requestHeadersToAdd : level.responseHeadersToAdd;
    const remove = direction === 'request' ? level.requestHeadersToRemove : level.responseHeadersToRemove;
    (remove ?? []).forEach((name, i) => {
      steps.push(removeStep(level, `${direction}_headers_to_remove[${i}]`, name));
    });
    // Envoy overwrites first and appends then, whatever the order in the config.
    const added = each(add, addStep).filter((step) => step !== null);
    steps.push(...added.filter(overwrites), ...added.filter((step) => !overwrites(step)));
  }
  return steps.length === 0 ? null : new HeaderMutations(steps);
}

const overwrites = (step: Step): boolean => step.action === OVERWRITE || step.action === OVERWRITE_OR_ADD;

function removeStep(level: HeaderLevel, field: string, key: string): Step {
  const name = asciiLower(toWire(key));
  if (isReserved(name)) refuse(level, field, ':-prefixed or host headers may not be removed');
  return { action: REMOVE, name, value: '' };
}

/** What the proxy itself decides about: where a request goes, and whether an answer is one. */
const isReserved = (name: string): boolean => name.startsWith(':') || name === 'host';

function addStep(option: HeaderValueOption): Step | null {
  const name = asciiLower(toWire(option.header?.key ?? ''));
  const { append, appendAction } = option;
  if (append !== undefined && appendAction !== undefined && appendAction !== 'APPEND_IF_EXISTS_OR_ADD') {
    refuse(option, 'append', "Both append and append_action are set and it's not allowed");
  }
  const header = option.header ?? option;
  if (isReserved(name)) refuse(header, 'key', ':-prefixed or host headers may not be modified');
  if (!isWritableName(name)) refuse(header, 'key', `'${option.header?.key ?? ''}' is no name of a header`);
  const value = about(header, 'value', () => literal(name, option.header?.value ?? ''));
  if (value === '' && option.keepEmptyValue !== true) return null;
  // `append` is the older form: true, its default, means append.
  if (append !== undefined) return { action: append ? APPEND : OVERWRITE_OR_ADD, name, value };
  switch (appendAction) {
    case 'ADD_IF_ABSENT':
      return { action: ADD_IF_ABSENT, name, value };
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      return { action: OVERWRITE_OR_ADD, name, value };
    case 'OVERWRITE_IF_EXISTS':
      return { action: OVERWRITE, name, value };
    default:
      return { action: APPEND, name, value };
  }
}

function literal(name: string, value: string): string {
  const text = value.replaceAll('%%', '\0');
  if (text.includes('%')) {
    throw new Error(`header '${name}': substitution commands (%…%) in header values are not supported yet: '${value}'`);
  }
  const wire = toWire(text.replaceAll('\0', '%'));
  if (!isWritableValue(wire)) throw new Error(`header '${name}': the value has a line break or a NUL`);
  return wire;
}
