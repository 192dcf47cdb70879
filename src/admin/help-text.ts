/** The list of commands, shown by /help and under a wrong path. */
import { endpoints } from './endpoints.ts';

export function helpText(): string {
  let out = 'admin commands are:\n';
  for (const e of endpoints()) {
    out += `  ${e.path}${e.mutates ? ' (POST)' : ''}: ${e.description}\n`;
    for (const p of e.params ?? []) {
      out += `      ${p.name}: ${p.description}${p.choices === undefined ? '' : `; One of (${p.choices.join(', ')})`}\n`;
    }
  }
  return out;
}
