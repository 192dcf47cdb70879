/** Table, HTML and SVG from a result. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { USAGE } from '../options.ts';
import { chartsOfBlock, linesOf } from '../report/charts.ts';
import { blocks, short } from '../report/figures.ts';
import { html } from '../report/html.ts';
import { lineChart } from '../report/line-chart.ts';
import { barChart } from '../report/svg.ts';
import { table } from '../report/table.ts';
import { type BenchResult, readResult } from '../result.ts';

/** '' = not wanted. */
export function writeReports(result: BenchResult, files: { html: string; svg: string }): void {
  if (files.html !== '') writeFileSync(files.html, html(result));
  if (files.svg === '') return;
  mkdirSync(files.svg, { recursive: true });
  const write = (name: string, svg: string): void => writeFileSync(join(files.svg, `${name}.svg`), `${svg}\n`);
  for (const block of blocks(result)) {
    const titled = <T extends { title: string }>(chart: T): T => ({
      ...chart,
      title: `${block.scenario.name}: ${chart.title}`,
    });
    for (const chart of chartsOfBlock(result, block)) write(chart.name, barChart(titled(chart), short));
    for (const chart of linesOf(result, block.scenario.name)) write(chart.name, lineChart(titled(chart)));
  }
}

export function report(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { html: { type: 'string' }, svg: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals.length !== 1) throw new Error('usage: bench report A.json [--html FILE] [--svg DIR]');
  const result = readResult(positionals[0]);
  writeReports(result, { html: values.html ?? '', svg: values.svg ?? '' });
  process.stdout.write(`${table(result)}\n`);
  return 0;
}
