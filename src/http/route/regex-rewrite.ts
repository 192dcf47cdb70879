/**
 * RegexMatchAndSubstitute: every match of an RE2 pattern is replaced. `\0` to `\9` in the substitution stand for the match and its groups.
 * As RE2::GlobalReplace, which Envoy uses: an empty match right behind another match counts for nothing.
 */
import type { RegexMatchAndSubstitute } from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Regexes } from '../headers/regex.ts';

export type Rewrite = (text: string) => string;

/** Literal text, or the number of a group. */
type Part = string | number;

/** Throws Envoy's sentence for a substitution that RE2 refuses. */
export function compileRewrite(config: RegexMatchAndSubstitute, regexes: Regexes): Rewrite {
  const re = regexes.compile(config.pattern?.regex ?? '');
  const parts = parseSubstitution(config.substitution ?? '', re.groupCount());
  return (text) => {
    const m = re.matcher(text);
    let out = '';
    let from = 0;
    let behind = -1;
    while (m.find()) {
      const start = m.start();
      const end = m.end();
      if (start === end && start === behind) continue;
      out += text.slice(from, start);
      for (const p of parts) out += typeof p === 'string' ? p : (m.group(p) ?? '');
      from = end;
      behind = end;
    }
    return out + text.slice(from);
  };
}

function parseSubstitution(text: string, groups: number): Part[] {
  const parts: Part[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      literal += text[i];
      continue;
    }
    const next = text[++i];
    if (next === '\\') literal += '\\';
    else if (next !== undefined && next >= '0' && next <= '9') {
      if (Number(next) > groups) {
        throw new Error(
          `invalid substitution string, max capturing group ${next} is greater than the number of groups in the pattern`,
        );
      }
      if (literal !== '') parts.push(toWire(literal));
      literal = '';
      parts.push(Number(next));
    } else throw new Error(`invalid substitution string: '\\' must be followed by a digit or '\\'`);
  }
  if (literal !== '') parts.push(toWire(literal));
  return parts;
}
