/** RE2 regexes of admin requests, with the words Envoy's RE2 has for what is wrong with one. Imported when one is given. */
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** re2js speaks like Go's regexp, Envoy like C++ RE2. */
const WORDS: Readonly<Record<string, string>> = {
  'missing closing )': 'missing )',
  'missing closing ]': 'missing ]',
  'missing argument to repetition operator': 'no argument for repetition operator',
  'invalid nested repetition operator': 'bad repetition operator',
  'trailing backslash at end of expression': 'trailing \\',
  'invalid or unsupported Perl syntax': 'invalid perl operator',
  'invalid repeat count': 'invalid repetition size',
  'invalid named capture': 'invalid named capture group',
};

export type Matcher = (text: string) => boolean;

export class RegexError extends Error {}

/** Matches somewhere in the text, or with `whole` all of it. Throws RegexError. */
export function compileRegex(pattern: string, whole = false): Matcher {
  try {
    const regex = RE2JS.compile(pattern);
    return whole ? (text) => regex.testExact(text) : (text) => regex.test(text);
  } catch (e) {
    if (!(e instanceof RE2JSSyntaxException)) throw new RegexError('unexpected error');
    // `(?<` without a name is no Perl operator to C++ RE2 1.40 is built with.
    const what = e.input === '(?<' ? 'invalid perl operator' : (WORDS[e.error] ?? e.error);
    throw new RegexError(e.input === null || e.input === undefined ? what : `${what}: ${e.input}`);
  }
}
