/**
 * Regular expressions of the config (RegexMatcher) against wire text. Envoy 1.40's RE2 reads pattern and text as Latin-1, so a letter
 * outside ASCII is two to four of its characters: `[é]` is one of two bytes, and (?i) folds ASCII only. Envoy 1.16's read UTF-8.
 */
import { fromWire, toWire } from '../../platform/wire-text.ts';

export type StringTest = (value: string) => boolean;
/** Compiles an RE2 pattern to a test of a whole value, as it stands on the wire. */
export type RegexCompiler = (pattern: string) => StringTest;

/** Loads RE2, for configs that use a regex anywhere. */
export async function loadRegexCompiler(envoy16 = false): Promise<RegexCompiler> {
  const { RE2JS } = await import('re2js');
  const compile = (pattern: string): StringTest => {
    const re = RE2JS.compile(pattern);
    return (value) => re.matches(value);
  };
  if (envoy16) {
    return (pattern) => {
      const test = compile(pattern);
      // What is not UTF-8 matches nothing but \C, which RE2JS does not have.
      return (value) => {
        const text = fromWire(value);
        return text !== null && test(text);
      };
    };
  }
  return (pattern) => {
    const wire = toWire(pattern);
    if (wire === pattern || !FOLDS.test(pattern)) return compile(wire);
    // RE2JS would fold 0xC0 to 0xDE as the Latin-1 letters they are: bytes beyond ASCII stand at private characters instead.
    const test = compile(hidden(wire).replace(BYTE_ESCAPE, (_, hex: string) => hide(Number.parseInt(hex, 16))));
    return (value) => test(hidden(value));
  };
}

/** A group that sets the flag i. */
const FOLDS = /\(\?[a-zA-Z]*i/;
const BYTE_ESCAPE = /\\x\{?([89a-fA-F][0-9a-fA-F])\}?/g;
const PRIVATE = 0xe000;

const hide = (byte: number): string => String.fromCharCode(PRIVATE + byte);
const hidden = (wire: string): string => wire.replace(/[\x80-\xff]/g, (c) => hide(c.charCodeAt(0)));
