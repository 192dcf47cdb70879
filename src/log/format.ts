/**
 * `--log-format`: spdlog's pattern language as Envoy uses it (docs operations/cli, `--log-format`), with Envoy's own
 * flags `%_` (message with `\n` escaped), `%j` and `%+` (message as the inside of a JSON string), `%*` (the extra JSON
 * properties of a tagged line: none here) and `%N` (version). Compiled once; a line is then a few concatenations.
 */

/** Of Envoy 1.16 and 1.40 alike. */
export const DEFAULT_FORMAT = '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v';

export type Formatter = (timeMs: number, level: string, name: string, text: string) => string;

/** The fields of the line being formatted. One object, reused: a line is formatted to its end before the next begins. */
const line = { date: new Date(0), ms: 0, level: '', name: '', text: '', previousMs: Date.now() };

type Piece = () => string;

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);
const three = (n: number): string => String(n).padStart(3, '0');
const hour12 = (): number => line.date.getHours() % 12 || 12;
const clock = (): string =>
  `${two(line.date.getHours())}:${two(line.date.getMinutes())}:${two(line.date.getSeconds())}`;
const dayMonthYear = (): string =>
  `${two(line.date.getMonth() + 1)}/${two(line.date.getDate())}/${two(line.date.getFullYear() % 100)}`;
const halfDay = (): string => (line.date.getHours() >= 12 ? 'PM' : 'AM');
/** As Linux numbers them: the main thread has the process's id. Not asked of node:worker_threads, which costs 4 ms to load. */
let thread = String(process.pid);
/** Worker `index` (1 …) says so before it logs. */
export function setLogThread(index: number): void {
  thread = String(process.pid + index);
}
const jsonInside = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('\x7f', '\\u007f');
/** Envoy's lines carry the C++ file and line; ours name the logger, so that patterns which expect `[x:N]` still match. */
const source = (): string => `envoylet/${line.name}`;
const elapsed = (): number => Math.max(0, line.ms - line.previousMs);

const FLAGS: Record<string, Piece> = {
  v: () => line.text,
  _: () => line.text.replaceAll('\r\n', '\\r\\n').replaceAll('\n', '\\n'),
  j: () => jsonInside(line.text),
  '+': () => jsonInside(line.text),
  '*': () => '',
  N: () => version,
  t: () => thread,
  P: () => String(process.pid),
  n: () => line.name,
  l: () => line.level,
  L: () => line.level[0].toUpperCase(),
  a: () => DAYS[line.date.getDay()].slice(0, 3),
  A: () => DAYS[line.date.getDay()],
  b: () => MONTHS[line.date.getMonth()].slice(0, 3),
  h: () => MONTHS[line.date.getMonth()].slice(0, 3),
  B: () => MONTHS[line.date.getMonth()],
  c: () => `${FLAGS.a()} ${FLAGS.b()} ${line.date.getDate()} ${clock()} ${line.date.getFullYear()}`,
  C: () => two(line.date.getFullYear() % 100),
  Y: () => String(line.date.getFullYear()),
  D: dayMonthYear,
  x: dayMonthYear,
  m: () => two(line.date.getMonth() + 1),
  d: () => two(line.date.getDate()),
  H: () => two(line.date.getHours()),
  I: () => two(hour12()),
  M: () => two(line.date.getMinutes()),
  S: () => two(line.date.getSeconds()),
  e: () => three(line.ms % 1000),
  f: () => three(line.ms % 1000) + '000',
  F: () => three(line.ms % 1000) + '000000',
  E: () => String(Math.floor(line.ms / 1000)),
  p: halfDay,
  r: () => `${two(hour12())}:${two(line.date.getMinutes())}:${two(line.date.getSeconds())} ${halfDay()}`,
  R: () => `${two(line.date.getHours())}:${two(line.date.getMinutes())}`,
  T: clock,
  X: clock,
  z: () => {
    const minutes = -line.date.getTimezoneOffset();
    const abs = Math.abs(minutes);
    return `${minutes < 0 ? '-' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
  },
  g: source,
  s: () => line.name,
  '#': () => '0',
  '@': () => `${source()}:0`,
  '!': () => '',
  o: () => String(elapsed()),
  i: () => String(elapsed() * 1000),
  u: () => String(elapsed() * 1_000_000),
  O: () => String(Math.floor(elapsed() / 1000)),
  '^': () => '',
  $: () => '',
  '%': () => '%',
};

let version = '';
/** What `%N` shows. */
export function setFormatVersion(text: string): void {
  version = text;
}

/** spdlog's widest field. */
const MAX_WIDTH = 64;

function padded(piece: Piece, align: string, width: number, truncate: boolean): Piece {
  return () => {
    const text = piece();
    const missing = width - text.length;
    if (missing <= 0) return truncate ? text.slice(0, width) : text;
    if (align === '-') return text + ' '.repeat(missing);
    if (align === '=') return ' '.repeat(missing >> 1) + text + ' '.repeat(missing - (missing >> 1));
    return ' '.repeat(missing) + text;
  };
}

/** Flags whose text changes with the second at most: runs of them are put together once a second, not once a line. */
const STEADY = 'aAbhBcCYDxmdHIMSprRTXzEtPN*^$!%';

/** One text for a whole second. */
function steady(pieces: readonly Piece[]): Piece {
  let second = -1;
  let text = '';
  return () => {
    const now = Math.floor(line.ms / 1000);
    if (now !== second) {
      second = now;
      line.date.setTime(line.ms);
      text = pieces.map((piece) => piece()).join('');
    }
    return text;
  };
}

/** Never throws: an unknown flag is printed as it stands, as spdlog does. */
export function compileFormat(pattern: string): Formatter {
  const pieces: Piece[] = [];
  let run: Piece[] = [];
  const endRun = (): void => {
    if (run.length > 0) pieces.push(steady(run));
    run = [];
  };
  const literal = (text: string): void => {
    if (text !== '') run.push(() => text);
  };
  let last = 0;
  const shape = /%([-=]?)(\d*)(!?)([\s\S])/g;
  for (let m = shape.exec(pattern); m !== null; m = shape.exec(pattern)) {
    literal(pattern.slice(last, m.index));
    last = shape.lastIndex;
    let [whole, align, digits, bang, flag] = m;
    // `%!` is a flag of its own; `%8!n` truncates.
    if (bang !== '' && digits === '') {
      bang = '';
      flag = '!';
      last -= 1;
      shape.lastIndex = last;
      whole = whole.slice(0, -1);
    }
    const piece = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
    if (piece === undefined) {
      literal(whole);
      continue;
    }
    const width = Math.min(Number(digits || 0), MAX_WIDTH);
    const shaped = width > 0 ? padded(piece, align, width, bang !== '') : piece;
    if (STEADY.includes(flag)) run.push(shaped);
    else {
      endRun();
      pieces.push(shaped);
    }
  }
  literal(pattern.slice(last));
  endRun();
  return (timeMs, level, name, text) => {
    line.ms = timeMs;
    line.level = level;
    line.name = name;
    line.text = text;
    let out = '';
    for (const piece of pieces) out += piece();
    line.previousMs = timeMs;
    return out;
  };
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', "'": "\\'", '\\': '\\\\' };

/** `--log-format-escaped`: C escapes, every byte outside printable ASCII as three octal digits (absl::CEscape). */
export function escapeLine(text: string): string {
  return text.replace(/[\n\r\t"'\\]|[^\x20-\x7e]/gu, (c) => {
    const known = ESCAPES[c];
    if (known !== undefined) return known;
    let out = '';
    for (const byte of Buffer.from(c, 'utf8')) out += `\\${byte.toString(8).padStart(3, '0')}`;
    return out;
  });
}
