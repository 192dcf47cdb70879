/** Figures over time as SVG: a line a contender, the time of the load shaded. Same looks as the bars (svg.ts). */
import { CHART_STYLE, escapeXml } from './svg.ts';

export interface Line {
  label: string;
  /** Drawn in the main colour. */
  own: boolean;
  /** Seconds and value, in the order of time. */
  points: readonly (readonly [number, number])[];
}

export interface LineChart {
  title: string;
  unit: string;
  lines: Line[];
  /** Seconds: from and to. */
  shaded: readonly [number, number];
}

const WIDTH = 560;
const HEIGHT = 260;
const LEFT = 52;
const RIGHT = 16;
const TOP = 64;
const BOTTOM = 34;
/** Strokes of the others, after the main colour. */
const COLOURS = 5;

const format = (n: number): string => Number(n.toPrecision(3)).toLocaleString('en');

/** 1, 2 or 5 times a power of ten, so that about five of them fill `most`. */
export function stepFor(most: number): number {
  const raw = most / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((f) => f * power >= raw) ?? 10);
}

/** A whole document; `withStyle` false when it stands in a page that has the style already. */
export function lineChart(chart: LineChart, withStyle = true): string {
  const { title, unit, lines, shaded } = chart;
  const all = lines.flatMap((l) => l.points);
  const last = Math.max(...all.map(([s]) => s), 1);
  const most = Math.max(...all.map(([, v]) => v), Number.MIN_VALUE);
  const x = (s: number): string => (LEFT + (s / last) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (v: number): string => (HEIGHT - BOTTOM - (v / most) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeXml(title)}">`,
    withStyle ? `<style>${CHART_STYLE}</style>` : '',
    `<rect class="bg" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text class="t h" x="12" y="24">${escapeXml(title)} <tspan class="s" font-weight="400">${escapeXml(unit)}</tspan></text>`,
    `<rect class="load" x="${x(shaded[0])}" y="${TOP}" width="${(Number(x(shaded[1])) - Number(x(shaded[0]))).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/>`,
  ];
  for (let v = 0; v <= most; v += stepFor(most)) {
    out.push(
      `<line class="g" x1="${LEFT}" y1="${y(v)}" x2="${WIDTH - RIGHT}" y2="${y(v)}"/>`,
      `<text class="s" x="${LEFT - 8}" y="${Number(y(v)) + 4}" text-anchor="end">${format(v)}</text>`,
    );
  }
  for (let s = 0; s <= last; s += stepFor(last)) {
    out.push(`<text class="s" x="${x(s)}" y="${HEIGHT - 14}" text-anchor="middle">${format(s)} s</text>`);
  }
  let at = 12;
  let other = 0;
  for (const line of lines) {
    const style = line.own ? 'lown' : `l${other++ % COLOURS}`;
    const path = line.points.map(([s, v]) => `${x(s)},${y(v)}`).join(' ');
    out.push(
      `<polyline class="l ${style}" points="${path}"/>`,
      `<line class="l ${style}" x1="${at}" y1="44" x2="${at + 18}" y2="44"/>`,
      `<text class="t" x="${at + 24}" y="48">${escapeXml(line.label)}</text>`,
    );
    at += 24 + 8 * line.label.length + 18;
  }
  out.push('</svg>');
  return out.filter((s) => s !== '').join('\n');
}
