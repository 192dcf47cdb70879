/** What every text that a regex matches as a whole begins with, so that a route index can leave the regex alone for other paths. */

/** Characters that mean themselves in RE2's syntax and can be followed by anything: printable ASCII but for the operators. */
const LITERAL = /[!"#%&',/0-9:;<=>@A-Z_`a-z~ -]/;
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/**
 * The literal text `pattern` (RE2 syntax, matched as a whole, as Envoy's safe_regex) begins with; '' where that is not plain to see, and for
 * every alternative (`|`). Never more than all matches have in common.
 */
export function regexPrefix(pattern: string): string {
  if (pattern.includes('|')) return '';
  let prefix = '';
  for (let at = pattern[0] === '^' ? 1 : 0; at < pattern.length; ) {
    const escaped = pattern[at] === '\\';
    const c = escaped ? (pattern[at + 1] ?? '') : pattern[at];
    // \d, \Q, \x41 and the like are more than the character they name.
    if (c === '' || !(escaped ? PUNCTUATION : LITERAL).test(c)) return prefix;
    at += escaped ? 2 : 1;
    const next = pattern[at];
    // The last one may not be there at all; flags may stand between it and what repeats it: `a(?i)*`.
    if (next === '*' || next === '?' || next === '{' || next === '+' || pattern.startsWith('(?', at)) return prefix;
    prefix += c;
  }
  return prefix;
}
