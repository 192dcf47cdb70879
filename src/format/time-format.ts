/**
 * Times as START_TIME and EMIT_TIME print them: strftime's letters as absl::FormatTime knows them, and Envoy's own %s, %f and %3f
 * (source/common/common/utility.cc, DateFormatter). Precise to the microsecond, as Envoy's clock is.
 */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const DAY_MS = 86_400_000;

/** A moment, as the clock on the wall (UTC or local) shows it. */
class Wall {
  /** ms since the epoch. */
  readonly ms: number;
  /** Minutes east of UTC. */
  readonly offset: number;
  /** Its UTC fields are what the wall shows. */
  readonly date: Date;
  constructor(ms: number, local: boolean) {
    this.ms = ms;
    this.offset = local ? -new Date(ms).getTimezoneOffset() : 0;
    this.date = new Date(ms + this.offset * 60_000);
  }
  get dayOfYear(): number {
    return Math.floor((this.date.getTime() - Date.UTC(this.date.getUTCFullYear(), 0, 1)) / DAY_MS);
  }
}

type Part = (w: Wall) => string;

const two = (n: number): string => String(n).padStart(2, '0');
const padded = (n: number): string => String(n).padStart(2, ' ');
const hour12 = (w: Wall): number => w.date.getUTCHours() % 12 || 12;

/** `digits` of a second's fraction, of which six are known. */
function fraction(w: Wall, digits: number): string {
  const micros = String(Math.floor((w.ms % 1000) * 1000)).padStart(6, '0');
  return micros.padEnd(digits, '0').slice(0, digits);
}
/** As many digits as it takes. */
const shortFraction = (w: Wall): string => fraction(w, 6).replace(/0+$/, '');

function zone(w: Wall, colon: string): string {
  const minutes = Math.abs(w.offset);
  return `${w.offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

/** ISO 8601: the week's Thursday decides about its year. */
function isoWeek(w: Wall): { year: number; week: number } {
  const thursday = new Date(w.date.getTime() + (4 - (w.date.getUTCDay() || 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 };
}

const LETTERS: Readonly<Record<string, Part>> = {
  a: (w) => DAYS[w.date.getUTCDay()].slice(0, 3),
  A: (w) => DAYS[w.date.getUTCDay()],
  b: (w) => MONTHS[w.date.getUTCMonth()].slice(0, 3),
  B: (w) => MONTHS[w.date.getUTCMonth()],
  C: (w) => two(Math.floor(w.date.getUTCFullYear() / 100)),
  d: (w) => two(w.date.getUTCDate()),
  e: (w) => padded(w.date.getUTCDate()),
  f: (w) => fraction(w, 9),
  g: (w) => two(isoWeek(w).year % 100),
  G: (w) => String(isoWeek(w).year),
  H: (w) => two(w.date.getUTCHours()),
  I: (w) => two(hour12(w)),
  j: (w) => String(w.dayOfYear + 1).padStart(3, '0'),
  k: (w) => padded(w.date.getUTCHours()),
  l: (w) => padded(hour12(w)),
  m: (w) => two(w.date.getUTCMonth() + 1),
  M: (w) => two(w.date.getUTCMinutes()),
  n: () => '\n',
  p: (w) => (w.date.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: (w) => (w.date.getUTCHours() < 12 ? 'am' : 'pm'),
  s: (w) => String(Math.floor(w.ms / 1000)),
  S: (w) => two(w.date.getUTCSeconds()),
  t: () => '\t',
  u: (w) => String(w.date.getUTCDay() || 7),
  U: (w) => two(Math.floor((w.dayOfYear + 7 - w.date.getUTCDay()) / 7)),
  V: (w) => two(isoWeek(w).week),
  w: (w) => String(w.date.getUTCDay()),
  W: (w) => two(Math.floor((w.dayOfYear + 7 - ((w.date.getUTCDay() + 6) % 7)) / 7)),
  y: (w) => two(w.date.getUTCFullYear() % 100),
  Y: (w) => String(w.date.getUTCFullYear()),
  z: (w) => zone(w, ''),
  Z: (w) => (w.offset === 0 ? 'UTC' : zone(w, '')),
  '%': () => '%',
};
/** Letters that stand for several. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  h: '%b',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/** `%E3S`, `%E*S`, `%E3f`, `%E*f`, `%Ez`, `%E*z`, `%3f`, or one letter. */
const SPEC = /%(?:E(\d+|\*)(S|f)|(E\*?z)|(\d)f|([\s\S]))/g;

export type TimeFormatter = (ms: number) => string;

/** Wire text. What no letter stands for is printed as it is. */
export function compileTime(format: string, local: boolean): TimeFormatter {
  const parts: (string | Part)[] = [];
  const plain = format.replace(/%([cDFhrRTxX])/g, (_, c: string) => SHORTHANDS[c]);
  let at = 0;
  for (const match of plain.matchAll(SPEC)) {
    const [whole, digits, what, colon, short, letter] = match;
    if (match.index > at) parts.push(plain.slice(at, match.index));
    at = match.index + whole.length;
    if (digits !== undefined) parts.push(seconds(digits, what === 'S'));
    else if (colon !== undefined) parts.push((w) => zone(w, ':'));
    else if (short !== undefined) parts.push((w) => fraction(w, Number(short)));
    else parts.push(LETTERS[letter] ?? whole);
  }
  if (at < plain.length) parts.push(plain.slice(at));
  return (ms) => {
    const w = new Wall(ms, local);
    let text = '';
    for (const p of parts) text += typeof p === 'string' ? p : p(w);
    return text;
  };
}

/** The fraction of a second, with the whole seconds before it or without. */
function seconds(digits: string, whole: boolean): Part {
  const part: Part = digits === '*' ? shortFraction : (w) => fraction(w, Math.min(15, Number(digits)));
  if (!whole) return digits === '*' ? (w) => shortFraction(w) || '0' : part;
  return (w) => {
    const after = part(w);
    return two(w.date.getUTCSeconds()) + (after === '' ? '' : `.${after}`);
  };
}

let isoSecond = -1;
let isoPrefix = '';

/** What START_TIME and EMIT_TIME print without an argument: ISO 8601 with milliseconds. Most lines are of the second of the one before. */
export const isoTime: TimeFormatter = (ms) => {
  const second = Math.floor(ms / 1000);
  if (second !== isoSecond) {
    isoSecond = second;
    // 2026-01-31T12:34:56.
    isoPrefix = new Date(second * 1000).toISOString().slice(0, 20);
  }
  const rest = Math.floor(ms - second * 1000);
  return `${isoPrefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
};
