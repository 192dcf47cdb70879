/** Table, HTML and SVG from a result. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chartsOf } from '../report/charts.ts';
import { short } from '../report/figures.ts';
import { html } from '../report/html.ts';
import { barChart } from '../report/svg.ts';
import { table } from '../report/table.ts';
import { type BenchResult, readResult } from '../result.ts';

/** '' = not wanted. */
export function writeReports(result: BenchResult, files: { html: string; svg: string }): void {
  if (files.html !== '') writeFileSync(files.html, html(result));
  if (files.svg === '') return;
  mkdirSync(files.svg, { recursive: true });
  for (const chart of chartsOf(result)) {
    const scenario = result.scenarios.find((s) => chart.name.startsWith(s.name.replaceAll('@', '-at-')))?.name ?? '';
    const titled = { ...chart, title: `${scenario}: ${chart.title}` };
    writeFileSync(join(files.svg, `${chart.name}.svg`), `${barChart(titled, short)}\n`);
  }
}

export function report(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { html: { type: 'string' }, svg: { type: 'string' } },
  });
  if (positionals.length !== 1) throw new Error('usage: bench report A.json [--html FILE] [--svg DIR]');
  const result = readResult(positionals[0]);
  writeReports(result, { html: values.html ?? '', svg: values.svg ?? '' });
  process.stdout.write(`${table(result)}\n`);
  return 0;
}
