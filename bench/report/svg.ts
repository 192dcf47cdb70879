/** Bar charts as SVG: one bar a contender, a line from the lowest to the highest round. No script, colours by class. */

export interface Bar {
  label: string;
  value: number;
  lowest: number;
  highest: number;
  /** Drawn in the main colour. */
  own: boolean;
}

export interface Chart {
  title: string;
  unit: string;
  bars: Bar[];
}

const WIDTH = 560;
const LABELS = 116;
const VALUES = 84;
const ROW = 26;
const TOP = 44;

const STYLE = `
.bg{fill:#fff}.t{fill:#1a1a1a}.s{fill:#666}.own{fill:#0a7d5a}.other{fill:#9aa7b5}.w{stroke:#1a1a1a;stroke-width:1.5}
text{font:13px system-ui,sans-serif}.h{font-weight:600;font-size:15px}
.l{fill:none;stroke-width:2}.lown{stroke:#0a7d5a;stroke-width:3}.l0{stroke:#8a4bbd}.l1{stroke:#c2410c}.l2{stroke:#2563c9}.l3{stroke:#8a6d00}.l4{stroke:#777}
.g{stroke:#8884}.load{fill:#8881}
@media(prefers-color-scheme:dark){.bg{fill:#15181c}.t{fill:#e8e8e8}.s{fill:#9aa}.own{fill:#2fc493}.other{fill:#55606c}.w{stroke:#e8e8e8}
.lown{stroke:#2fc493}.l0{stroke:#c79bf0}.l1{stroke:#fb923c}.l2{stroke:#7aa7f7}.l3{stroke:#e3c34d}.l4{stroke:#aaa}}
`;

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A whole document; `withStyle` false when it stands in a page that has the style already. */
export function barChart(chart: Chart, format: (n: number) => string, withStyle = true): string {
  const { title, unit, bars } = chart;
  const height = TOP + bars.length * ROW + 8;
  const most = Math.max(...bars.map((b) => b.highest), Number.MIN_VALUE);
  const x = (v: number): number => (v / most) * (WIDTH - LABELS - VALUES);
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    withStyle ? `<style>${STYLE}</style>` : '',
    `<rect class="bg" width="${WIDTH}" height="${height}" rx="6"/>`,
    `<text class="t h" x="12" y="24">${escapeXml(title)} <tspan class="s" font-weight="400">${escapeXml(unit)}</tspan></text>`,
  ];
  for (const [i, bar] of bars.entries()) {
    const y = TOP + i * ROW;
    const mid = y + ROW / 2 - 3;
    const end = LABELS + x(bar.highest);
    out.push(
      `<text class="t" x="${LABELS - 10}" y="${mid + 5}" text-anchor="end">${escapeXml(bar.label)}</text>`,
      `<rect class="${bar.own ? 'own' : 'other'}" x="${LABELS}" y="${y}" width="${x(bar.value).toFixed(1)}" height="${ROW - 7}" rx="2"/>`,
    );
    if (bar.highest > bar.lowest) {
      out.push(
        `<line class="w" x1="${(LABELS + x(bar.lowest)).toFixed(1)}" y1="${mid}" x2="${end.toFixed(1)}" y2="${mid}"/>`,
      );
    }
    out.push(`<text class="t" x="${(end + 8).toFixed(1)}" y="${mid + 5}">${escapeXml(format(bar.value))}</text>`);
  }
  out.push('</svg>');
  return out.filter((s) => s !== '').join('\n');
}

export const CHART_STYLE = STYLE;
