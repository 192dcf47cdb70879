/**
 * Regular expressions of the config (RegexMatcher) against wire text. Envoy 1.40's RE2 reads pattern and text as Latin-1, so a letter
 * outside ASCII is two to four of its characters: `[é]` is one of two bytes, and (?i) folds ASCII only. Envoy 1.16's read UTF-8.
 */
import { fromWire, toWire } from '../../platform/wire-text.ts';

export type StringTest = (value: string) => boolean;
/** Compiles an RE2 pattern to a test of a whole value, as it stands on the wire. */
export type RegexCompiler = (pattern: string) => StringTest;

/** One match after the other in a text. */
export interface RegexMatches {
  find(): boolean;
  start(group?: number): number;
  end(): number;
  group(n: number): string | null;
}
export interface CompiledRegex {
  matches(text: string): boolean;
  matcher(text: string): RegexMatches;
  groupCount(): number;
}

/** What a config's regexes are made with; loaded for configs that have one. */
export interface Regexes {
  readonly test: RegexCompiler;
  /** For a search: of wire text. */
  readonly compile: (pattern: string) => CompiledRegex;
}

/** Loads RE2, for configs that use a regex anywhere. */
export async function loadRegexes(envoy16 = false): Promise<Regexes> {
  const { RE2JS } = await import('re2js');
  const compile = (pattern: string): CompiledRegex => RE2JS.compile(pattern);
  const test = (pattern: string): StringTest => {
    const re = compile(pattern);
    return (value) => re.matches(value);
  };
  if (envoy16) {
    return {
      compile: (pattern) => compile(toWire(pattern)),
      test: (pattern) => {
        const matches = test(pattern);
        // What is not UTF-8 matches nothing but \C, which RE2JS does not have.
        return (value) => {
          const text = fromWire(value);
          return text !== null && matches(text);
        };
      },
    };
  }
  return {
    compile: (pattern) => compile(toWire(pattern)),
    test: (pattern) => {
      const wire = toWire(pattern);
      if (wire === pattern || !FOLDS.test(pattern)) return test(wire);
      // RE2JS would fold 0xC0 to 0xDE as the Latin-1 letters they are: bytes beyond ASCII stand at private characters instead.
      const matches = test(hidden(wire).replace(BYTE_ESCAPE, (_, hex: string) => hide(Number.parseInt(hex, 16))));
      return (value) => matches(hidden(value));
    },
  };
}

export async function loadRegexCompiler(envoy16 = false): Promise<RegexCompiler> {
  return (await loadRegexes(envoy16)).test;
}

/** A group that sets the flag i. */
const FOLDS = /\(\?[a-zA-Z]*i/;
const BYTE_ESCAPE = /\\x\{?([89a-fA-F][0-9a-fA-F])\}?/g;
const PRIVATE = 0xe000;

const hide = (byte: number): string => String.fromCharCode(PRIVATE + byte);
const hidden = (wire: string): string => wire.replace(/[\x80-\xff]/g, (c) => hide(c.charCodeAt(0)));

function missing(): never {
  throw new Error('a regex was not announced to the route compiler');
}
/** For configs without any. */
export const NO_REGEXES: Regexes = { test: missing, compile: missing };

/** Fields whose value is a RegexMatcher, or has one. */
const REGEX_FIELDS: readonly string[] = [
  'allowExpression',
  'disallowExpression',
  'safeRegex',
  'safeRegexMatch',
  'regexRewrite',
  'hostRewritePathRegex',
];

/** Whether building from this message, or from anything in it, needs the regex engine. */
export function needsRegex(message: unknown): boolean {
  if (Array.isArray(message)) return message.some(needsRegex);
  if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return false;
  if (message instanceof Map) return needsRegex([...message.values()]);
  for (const [key, value] of Object.entries(message)) {
    if (typeof value === 'object' && (REGEX_FIELDS.includes(key) || needsRegex(value))) return true;
  }
  return false;
}

/** What a filter's config needs of the engine; nothing is loaded for one without a regex. */
export async function filterRegexes(config: unknown, envoy16: boolean): Promise<RegexCompiler> {
  return needsRegex(config) ? loadRegexCompiler(envoy16) : NO_REGEXES.test;
}
