/** Judges one case from the two transcripts; a line-by-line difference of bytes when they do not agree. */
import type { Case } from './case.ts';
import { normalise, printable } from './normalise.ts';
import { type Transcript, UNREACHED } from './scenario.ts';
import { nameIds } from './spans.ts';

/** Lines of a transcript, bytes made visible, normalised with the ports of its side. */
export function render(transcript: Transcript, ports: ReadonlyMap<string, number>): string[] {
  const lines: string[] = [];
  for (const actor of [...transcript.keys()].sort()) {
    lines.push(`[${actor}]`);
    for (const seen of transcript.get(actor)!) lines.push(...printable(normalise(seen, ports)).split('\n'));
  }
  return nameIds(lines);
}

/** What is wrong, as text to print; '' when the case holds. */
export function judge(c: Case, envoy: string[], envoylet: string[]): string {
  const missing = [
    ...lacks('envoy', envoy, [...c.holds, ...c.envoy, `!${UNREACHED}`]),
    ...lacks('envoylet', envoylet, c.envoylet),
  ];
  if (missing.length > 0) return [...missing, ...difference(envoy, envoylet)].join('\n');
  const same = envoy.join('\n') === envoylet.join('\n');
  if (c.difference === '') return same ? '' : difference(envoy, envoylet).join('\n');
  return same ? `${c.difference} of docs/behaviour.md is no difference any more` : '';
}

function lacks(who: string, lines: readonly string[], wanted: readonly string[]): string[] {
  const all = lines.join('\n');
  return wanted
    .filter((text) => (text.startsWith('!') ? all.includes(text.slice(1)) : !all.includes(text)))
    .map((text) => `${who} must${text.startsWith('!') ? ' not' : ''} show: ${text.replace(/^!/, '')}`);
}

/** `-` only Envoy, `+` only envoylet: the longest common subsequence of lines. */
export function difference(a: readonly string[], b: readonly string[]): string[] {
  const common: Uint32Array[] = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(`    ${a[i++]}`);
      j++;
    } else if (i < a.length && (j >= b.length || common[i + 1]![j]! >= common[i]![j + 1]!)) out.push(`  - ${a[i++]}`);
    else out.push(`  + ${b[j++]}`);
  }
  return out;
}
