/** `bench readme A.json …`: README's table of figures from results, printed or written between README's marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { USAGE } from '../options.ts';
import { readmeTable, replaceTable } from '../report/readme.ts';
import { readResult } from '../result.ts';

export function readme(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { write: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals.length === 0) throw new Error('usage: bench readme A.json [B.json …] [--write README.md]');
  const table = readmeTable(positionals.map(readResult));
  if (values.write === undefined) process.stdout.write(`${table}\n`);
  else writeFileSync(values.write, replaceTable(readFileSync(values.write, 'utf8'), table));
  return 0;
}
