/**
 * request_headers_to_add/remove and response_headers_to_add/remove of route configuration, virtual host and route, joined into one
 * list per route when the config is built. Mirrors Router::HeaderParser (source/common/router/header_parser.cc): within a level
 * removals come first; the route's level goes first unless most_specific_header_mutations_wins.
 */

import type { Headers } from '../../codec/headers.ts';
import { about, each, Gather, refuse } from '../../config/refusal.ts';
import type {
  DirectResponseAction,
  HeaderValueOption,
  RouteRateLimit as RateLimit,
  RateLimitAction,
  Route,
  RouteAction,
  SubstitutionFormatString,
} from '../../config/schema/types.ts';
import type { FormatBuild, FormatContext, FormatInfo, Formatter } from '../../format/format-context.ts';
import { NO_LOG } from '../../format/format-context.ts';
import { asciiLower, isWritableName, isWritableValue, toWire } from '../../platform/wire-text.ts';
import type { BodyFormat } from './body-format.ts';

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
  /** '' where there is a format. */
  readonly value: string;
  /** Null for a value that is always the same. */
  readonly format: Formatter | null;
  readonly keepEmpty: boolean;
}

/** format/compile.ts, loaded for configs that have commands in a value. */
type CompileValue = (format: string, build: FormatBuild) => string | Formatter;

/** What values are formatted from: one for all, as nothing of it outlives a call. */
const context: { -readonly [K in keyof FormatContext]: FormatContext[K] | null } = {
  info: null,
  request: null,
  response: null,
  responseTrailers: null,
};
const values: (string | null)[] = [];

export class HeaderMutations {
  /** One list a level, or all of them in one where nothing is formatted. */
  private readonly levels: readonly (readonly Step[])[];
  private readonly formats: boolean;
  constructor(levels: readonly (readonly Step[])[]) {
    this.formats = levels.some((steps) => steps.some((s) => s.format !== null));
    this.levels = this.formats ? levels : [levels.flat()];
  }

  /** `h` is the request or the response. */
  apply(h: Headers, info: FormatInfo, request: Headers, response: Headers | null): void {
    if (!this.formats) {
      for (const s of this.levels[0]) change(h, s, s.value);
      return;
    }
    context.info = info;
    context.request = request;
    context.response = response;
    for (const steps of this.levels) {
      // A level sees what those before it left, and nothing of its own but what it removed.
      let formatted = false;
      for (let i = 0; i < steps.length; i++) {
        const s = steps[i];
        if (s.action === REMOVE) change(h, s, '');
        else formatted ||= s.format !== null;
      }
      if (formatted) for (let i = 0; i < steps.length; i++) values[i] = valueToSet(steps[i]);
      for (let i = 0; i < steps.length; i++) {
        const s = steps[i];
        const value = formatted ? values[i] : s.value;
        if (s.action !== REMOVE && value !== null) change(h, s, value);
      }
    }
    context.info = null;
    context.request = null;
    context.response = null;
  }
}

/** Null: the header stays as it is. */
function valueToSet(s: Step): string | null {
  if (s.format === null) return s.value;
  const value = s.format(context as FormatContext, NO_LOG);
  // What a request brings decoded may be what ends a line.
  return (value === '' && !s.keepEmpty) || !isWritableValue(value) ? null : value;
}

function change(h: Headers, s: Step, value: string): void {
  switch (s.action) {
    case REMOVE:
      h.remove(s.name);
      break;
    case APPEND:
      h.addUnchecked(s.name, value);
      break;
    case ADD_IF_ABSENT:
      if (!h.has(s.name)) h.addUnchecked(s.name, value);
      break;
    case OVERWRITE_OR_ADD:
      h.remove(s.name);
      h.addUnchecked(s.name, value);
      break;
    case OVERWRITE:
      if (h.remove(s.name)) h.addUnchecked(s.name, value);
      break;
  }
}

/** Whether something in a message is, or may be, formatted, so that a FormatCompiler is needed. */
export function hasFormats(message: unknown): boolean {
  if (Array.isArray(message)) return message.some(hasFormats);
  if (message instanceof Map) return [...message.values()].some(hasFormats);
  if (typeof message !== 'object' || message === null) return false;
  const { header, bodyFormat, hostRewrite, pathRewrite, hitsAddend, remoteAddressMatch } =
    message as HeaderValueOption & RouteAction & DirectResponseAction & Pick<RateLimit, 'hitsAddend'> & RateLimitAction;
  if ((hitsAddend?.format ?? '') !== '' || remoteAddressMatch?.descriptorValue?.includes('%') === true) return true;
  if (typeof header?.value === 'string' && header.value.includes('%')) return true;
  if (bodyFormat !== undefined || typeof hostRewrite === 'string' || typeof pathRewrite === 'string') return true;
  return Object.values(message).some(hasFormats);
}

export interface FormatCompiler {
  readonly compile: CompileValue;
  readonly build: FormatBuild;
  body(config: SubstitutionFormatString): BodyFormat;
  /** `omitEmpty`: nothing instead of `-`. */
  text(format: string, omitEmpty: boolean): Formatter;
}

/** Null when there is nothing to do. `first`: applied before the others; `levels`: most specific first. `formats`: null where nothing `hasFormats`. */
export function compileMutations(
  direction: 'request' | 'response',
  first: HeaderLevel | null,
  levels: readonly HeaderLevel[],
  mostSpecificWins: boolean,
  formats: FormatCompiler | null,
): HeaderMutations | null {
  const all: (readonly Step[])[] = [];
  // What is wrong at one level hides nothing of another.
  const found = new Gather();
  // Whoever is applied last wins.
  const ordered = mostSpecificWins ? [...levels].reverse() : levels;
  for (const level of first === null ? ordered : [first, ...ordered]) {
    const add = direction === 'request' ? level.requestHeadersToAdd : level.responseHeadersToAdd;
    const remove = direction === 'request' ? level.requestHeadersToRemove : level.responseHeadersToRemove;
    const steps: Step[] = [];
    (remove ?? []).forEach((name, i) => {
      found.run(() => steps.push(removeStep(level, `${direction}_headers_to_remove[${i}]`, name)));
    });
    found.run(() => {
      // Envoy overwrites first and appends then, whatever the order in the config.
      const added = each(add, (option) => addStep(option, formats)).filter((step) => step !== null);
      steps.push(...added.filter(overwrites), ...added.filter((step) => !overwrites(step)));
    });
    if (steps.length > 0) all.push(steps);
  }
  found.done();
  return all.length === 0 ? null : new HeaderMutations(all);
}

const overwrites = (step: Step): boolean => step.action === OVERWRITE || step.action === OVERWRITE_OR_ADD;

function removeStep(level: HeaderLevel, field: string, key: string): Step {
  const name = asciiLower(toWire(key));
  if (isReserved(name)) refuse(level, field, ':-prefixed or host headers may not be removed');
  return { action: REMOVE, name, value: '', format: null, keepEmpty: false };
}

/** What the proxy itself decides about: where a request goes, and whether an answer is one. */
const isReserved = (name: string): boolean => name.startsWith(':') || name === 'host';

function addStep(option: HeaderValueOption, formats: FormatCompiler | null): Step | null {
  const name = asciiLower(toWire(option.header?.key ?? ''));
  const { append, appendAction } = option;
  if (append !== undefined && appendAction !== undefined && appendAction !== 'APPEND_IF_EXISTS_OR_ADD') {
    refuse(option, 'append', "Both append and append_action are set and it's not allowed");
  }
  const header = option.header ?? option;
  if (isReserved(name)) refuse(header, 'key', ':-prefixed or host headers may not be modified');
  if (!isWritableName(name)) refuse(header, 'key', `'${option.header?.key ?? ''}' is no name of a header`);
  const { value, format } = about(header, 'value', () => valueOrFormat(name, option.header?.value ?? '', formats));
  const keepEmpty = option.keepEmptyValue === true;
  if (format === null && value === '' && !keepEmpty) return null;
  return { action: actionOf(append, appendAction), name, value, format, keepEmpty };
}

function actionOf(append: boolean | undefined, appendAction: HeaderValueOption['appendAction']): number {
  // `append` is the older form: true, its default, means append.
  if (append !== undefined) return append ? APPEND : OVERWRITE_OR_ADD;
  switch (appendAction) {
    case 'ADD_IF_ABSENT':
      return ADD_IF_ABSENT;
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      return OVERWRITE_OR_ADD;
    case 'OVERWRITE_IF_EXISTS':
      return OVERWRITE;
    default:
      return APPEND;
  }
}

/** A value that is always the same is worked out once. */
function valueOrFormat(
  name: string,
  text: string,
  formats: FormatCompiler | null,
): { value: string; format: Formatter | null } {
  const made = formats === null || !text.includes('%') ? toWire(text) : formats.compile(text, formats.build);
  if (typeof made !== 'string') return { value: '', format: made };
  const value = made;
  if (!isWritableValue(value)) throw new Error(`header '${name}': the value has a line break or a NUL`);
  return { value, format: null };
}
