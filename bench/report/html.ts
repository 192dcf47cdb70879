/** The report: one file, no script, nothing loaded from anywhere. */
import { type BenchResult, REFERENCE } from '../result.ts';
import { caveat } from './caveat.ts';
import { chartsOfBlock, linesOf } from './charts.ts';
import { blocks, roundsOf, short, show, unitOf } from './figures.ts';
import { lineChart } from './line-chart.ts';
import { barChart, CHART_STYLE, escapeXml } from './svg.ts';
import { FAILURES } from './table.ts';

const STYLE = `
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid color-mix(in srgb,CanvasText 18%,transparent)}
th:first-child,td:first-child,.text td,.text th{text-align:left}
td{white-space:nowrap;vertical-align:top;line-height:1.25}th{vertical-align:bottom;line-height:1.25}
th small,td small{font-weight:400;opacity:.65}
.scroll{overflow-x:auto}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:.4rem 1.5rem;align-items:start}
svg{max-width:100%;height:auto;display:block}
nav a{margin-right:.9rem}
h2{margin-top:2.6rem}
.warning{border:2px solid #c62828;border-radius:4px;padding:.5rem .8rem;font-weight:600}
@media(max-width:700px){
.text td{white-space:normal;overflow-wrap:anywhere}
.figures,.figures tbody,.figures tr,.figures td{display:block}
.figures tr:first-child{display:none}
.figures tr{border-bottom:2px solid color-mix(in srgb,CanvasText 35%,transparent);padding:.3rem 0}
.figures td{display:flex;justify-content:space-between;gap:1rem;white-space:normal;padding:.15rem 0}
.figures td:first-child{font-weight:600}
.figures td::before{content:attr(data-label);opacity:.75;text-align:left}
.figures td br{display:none}
}
`;

const e = escapeXml;

export function html(result: BenchResult): string {
  const { machine, options } = result;
  const all = blocks(result);
  const warning = caveat(result);
  const parts = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>envoylet benchmark</title>',
    `<style>${STYLE}${CHART_STYLE}</style></head><body>`,
    '<h1>envoylet benchmark</h1>',
    warning === '' ? '' : `<p class="warning" role="alert">${e(warning)}</p>`,
    `<p>${e(result.date)} · ${e(machine.cpu)} · ${machine.cores} cores · ${machine.memoryMb} MiB · ${e(machine.platform)} · Node ${e(machine.node)}`,
    `${machine.governor === '' ? '' : ` · governor ${e(machine.governor)}`}</p>`,
    `<p>${roundsOf(options.rounds)} of ${options.seconds} s after ${options.warmup} s of warm-up, a fresh process each, contenders in turn. `,
    'Bars and figures are medians; lines in the bars go from the lowest to the highest round. ',
    `${machine.proxyCpu === '' ? 'Nothing was pinned to a CPU: proxy, load and backends competed.' : `The proxy ran on CPU ${e(machine.proxyCpu)}, load and backends on ${e(machine.otherCpus)}.`}</p>`,
    '<div class="scroll"><table class="text"><tr><th>contender</th><th>version</th><th>kind</th></tr>',
    ...result.contenders.map((c) => `<tr><td>${e(c.name)}</td><td>${e(c.version)}</td><td>${e(c.kind)}</td></tr>`),
    '</table></div>',
    `<nav>${all.map((b) => `<a href="#${e(b.scenario.name)}">${e(b.scenario.name)}</a>`).join(' ')}</nav>`,
  ];
  for (const block of all) {
    const { scenario, metrics, rows } = block;
    const hasRatio = rows.some((r) => Number.isFinite(r.cpuRatio));
    parts.push(`<h2 id="${e(scenario.name)}">${e(scenario.name)}</h2><p>${e(scenario.title)}</p>`);
    parts.push(
      '<div class="charts">',
      ...chartsOfBlock(result, block).map((chart) => barChart(chart, short, false)),
      ...linesOf(result, scenario.name).map((chart) => lineChart(chart, false)),
      '</div>',
    );
    if (warning !== '') parts.push(`<p class="warning">${e(warning)}</p>`);
    parts.push(
      '<div class="scroll"><table class="figures"><tr><th></th>',
      hasRatio ? `<th>CPU × ${REFERENCE}</th>` : '',
    );
    parts.push(
      ...metrics.map((m) => `<th>${e(m.label)}<br><small>${e(unitOf(m, scenario))}</small></th>`),
      '<th>load by</th></tr>',
    );
    for (const row of rows) {
      parts.push(
        `<tr><td>${e(row.contender)}</td>`,
        hasRatio ? `<td data-label="CPU × ${REFERENCE}">${short(row.cpuRatio)}</td>` : '',
      );
      for (const m of metrics) {
        const f = row.figures.get(m.key);
        const spread = f !== undefined && f.rounds > 1 ? `<br><small>±${Math.round(f.spread * 100)} %</small>` : '';
        const label = [m.label, unitOf(m, scenario)].filter((s) => s !== '').join(', ');
        parts.push(`<td data-label="${e(label)}">${f === undefined ? '–' : show(m, f.median)}${spread}</td>`);
      }
      parts.push(`<td data-label="load by">${e(row.by)}</td></tr>`);
    }
    parts.push('</table></div>');
  }
  if (result.failures.length > 0) {
    parts.push('<h2>Not timed</h2><ul>');
    for (const f of result.failures) {
      parts.push(`<li>${e(f.contender)}, ${e(f.scenario)}: ${FAILURES[f.kind]}: <code>${e(f.message)}</code></li>`);
    }
    parts.push('</ul>');
  }
  if (result.notes.length > 0)
    parts.push('<h2>Notes</h2><ul>', ...result.notes.map((n) => `<li>${e(n)}</li>`), '</ul>');
  parts.push('</body></html>');
  return `${parts.filter((s) => s !== '').join('\n')}\n`;
}
