/**
 * The functions and operators of CEL that Envoy's builder has (cel-cpp's RegisterBuiltinFunctions with its options, RegisterRegexFunctions): by name
 * and number of arguments, a method's object being the first. Each is given values, none of them an error, and says undefined for one.
 */
import type { RE2JS } from 're2js';
import { asciiLower, fromWire, toWire } from '../platform/wire-text.ts';
import { realText } from './print.ts';
import {
  bounded,
  calendar,
  dayOfYear,
  durationJson,
  NS_PER_S,
  parseDuration,
  parseTimestamp,
  secondsOf,
  timestampJson,
} from './time.ts';
import {
  Bytes,
  compare,
  Duration,
  equal,
  inInt64,
  inUint64,
  MapLiteral,
  MapValue,
  Message,
  Timestamp,
  typeOf,
  Uint,
  type Value,
} from './values.ts';

export type CelFunction = (args: readonly Value[]) => Value | undefined;

/** core.v3.CelExpressionConfig. */
export interface CelOptions {
  readonly stringConversion: boolean;
  readonly stringConcat: boolean;
  readonly stringFunctions: boolean;
}

/** Compiles RE2 that reads UTF-8. */
export type RegexSource = (pattern: string) => RE2JS;

const int = (n: bigint): bigint | undefined => (inInt64(n) ? n : undefined);
const uint = (n: bigint): Uint | undefined => (inUint64(n) ? new Uint(n) : undefined);

type Arithmetic = (a: bigint, b: bigint) => bigint | undefined;

/** Both are of one type. */
function arithmetic(whole: Arithmetic, real: ((a: number, b: number) => number) | null): CelFunction {
  return ([a, b]) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') {
      const n = whole(a, b);
      return n === undefined ? undefined : int(n);
    }
    if (a instanceof Uint && b instanceof Uint) {
      const n = whole(a.value, b.value);
      return n === undefined ? undefined : uint(n);
    }
    return real !== null && typeof a === 'number' && typeof b === 'number' ? real(a, b) : undefined;
  };
}

const sum = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
);
const difference = arithmetic(
  (a, b) => a - b,
  (a, b) => a - b,
);
const MIN_INT64 = -(2n ** 63n);

function add(options: CelOptions): CelFunction {
  return (args) => {
    const [a, b] = args;
    if (a instanceof Duration && b instanceof Duration) return bounded(a.ns + b.ns);
    if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.ns + b.ns);
    if (a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.ns + b.ns);
    if (!options.stringConcat) return sum(args);
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    return a instanceof Bytes && b instanceof Bytes ? new Bytes(a.bytes + b.bytes) : sum(args);
  };
}

const subtract: CelFunction = (args) => {
  const [a, b] = args;
  if (a instanceof Duration && b instanceof Duration) return bounded(a.ns - b.ns);
  if (a instanceof Timestamp && b instanceof Timestamp) return bounded(a.ns - b.ns);
  return a instanceof Timestamp && b instanceof Duration ? new Timestamp(a.ns - b.ns) : difference(args);
};

const negate: CelFunction = ([a]) => (typeof a === 'bigint' ? int(-a) : typeof a === 'number' ? -a : undefined);

const relation =
  (holds: (order: number) => boolean): CelFunction =>
  ([a, b]) => {
    const order = compare(a, b);
    return order === undefined ? undefined : holds(order);
  };

const inside: CelFunction = ([a, b]) => {
  if (Array.isArray(b)) return b.some((item: Value) => equal(a, item));
  return b instanceof MapValue ? b.get(a) !== undefined : undefined;
};

const index: CelFunction = ([a, b]) => {
  if (a instanceof MapValue) return a.get(b);
  if (!Array.isArray(a)) return undefined;
  const n = b instanceof Uint ? Number(b.value) : typeof b === 'bigint' ? Number(b) : b;
  return typeof n === 'number' && Number.isInteger(n) && n >= 0 && n < a.length ? a[n] : undefined;
};

/** Characters of UTF-8; a byte that is none counts as one. */
function characters(wire: string): string[] {
  return [...(fromWire(wire) ?? wire)];
}

const size: CelFunction = ([a]) => {
  if (typeof a === 'string') return BigInt(characters(a).length);
  if (a instanceof Bytes) return BigInt(a.bytes.length);
  if (Array.isArray(a)) return BigInt(a.length);
  return a instanceof MapValue ? BigInt(a.keys().length) : undefined;
};

const ofTexts =
  (test: (a: string, b: string) => boolean): CelFunction =>
  ([a, b]) =>
    typeof a === 'string' && typeof b === 'string' ? test(a, b) : undefined;

const ofReal = (n: number): bigint | undefined => (Number.isFinite(n) ? BigInt(Math.trunc(n)) : undefined);

/** As absl::SimpleAtoi has it: a sign, and blanks around. */
function whole(wire: string): bigint | undefined {
  const found = /^[ \t\n\v\f\r]*([+-]?\d+)[ \t\n\v\f\r]*$/.exec(wire);
  return found === null ? undefined : BigInt(found[1].replace('+', ''));
}

const toInt: CelFunction = ([a]) => {
  const n =
    a instanceof Uint
      ? a.value
      : typeof a === 'number'
        ? ofReal(a)
        : typeof a === 'string'
          ? whole(a)
          : typeof a === 'boolean'
            ? BigInt(a)
            : a instanceof Timestamp
              ? secondsOf(a)
              : a;
  return typeof n === 'bigint' ? int(n) : undefined;
};

const toUint: CelFunction = ([a]) => {
  if (a instanceof Uint) return a;
  const n = typeof a === 'number' ? (a < 0 ? undefined : ofReal(a)) : typeof a === 'string' ? whole(a) : a;
  return typeof n === 'bigint' ? uint(n) : undefined;
};

const REAL =
  /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+|inf(?:inity)?|nan))[ \t\n\v\f\r]*$/i;

const toDouble: CelFunction = ([a]) => {
  if (typeof a === 'number') return a;
  if (typeof a === 'bigint') return Number(a);
  if (a instanceof Uint) return Number(a.value);
  const word = typeof a === 'string' ? REAL.exec(a)?.[1].toLowerCase() : undefined;
  if (word === undefined) return undefined;
  const sign = word.startsWith('-') ? -1 : 1;
  const rest = word.replace(/^[+-]/, '');
  return sign * (rest.startsWith('inf') ? Number.POSITIVE_INFINITY : Number(rest));
};

const TRUE = new Set(['1', 't', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'false', 'FALSE', 'False']);

const toBool: CelFunction = ([a]) => {
  if (typeof a === 'boolean') return a;
  if (typeof a !== 'string') return undefined;
  return TRUE.has(a) ? true : FALSE.has(a) ? false : undefined;
};

const toBytes: CelFunction = ([a]) => (typeof a === 'string' ? new Bytes(a) : a instanceof Bytes ? a : undefined);

const toText: CelFunction = ([a]) => {
  if (typeof a === 'string') return a;
  if (typeof a === 'number') return realText(a);
  if (typeof a === 'bigint' || typeof a === 'boolean') return String(a);
  if (a instanceof Uint) return String(a.value);
  if (a instanceof Bytes) return fromWire(a.bytes) === null ? undefined : a.bytes;
  if (a instanceof Duration) return durationJson(a);
  return a instanceof Timestamp ? timestampJson(a) : undefined;
};

const toDuration: CelFunction = ([a]) =>
  a instanceof Duration ? a : typeof a === 'string' ? parseDuration(fromWire(a) ?? '') : undefined;
const toTimestamp: CelFunction = ([a]) => {
  if (a instanceof Timestamp) return a;
  if (typeof a === 'bigint') return new Timestamp(a * NS_PER_S);
  return typeof a === 'string' ? parseTimestamp(a) : undefined;
};

/** Of a timestamp, in a zone that may be named; of a duration where `whole` says how many ns one is. */
function part(of: (date: Date, ms: number) => number, wholeNs: bigint, modulo = 0n): CelFunction {
  return ([a, zone]) => {
    if (a instanceof Timestamp) {
      const found = zone === undefined ? calendar(a, '') : typeof zone === 'string' ? calendar(a, zone) : undefined;
      return found === undefined ? undefined : BigInt(of(found.date, found.ms));
    }
    if (!(a instanceof Duration) || wholeNs === 0n || zone !== undefined) return undefined;
    const n = a.ns / wholeNs;
    return modulo === 0n ? n : n % modulo;
  };
}

/** What a program may hold: cel-cpp's regex_max_program_size is 100 in Envoy, of RE2's own instructions. */
const MAX_REGEX_SIZE = 100;

/** RE2's program of a pattern that may begin anywhere has two instructions for that; one for ^ and $ it has not. */
const SEARCHED = 2;

/** Throws Envoy's sentence. */
export function compilePattern(pattern: string, regexes: RegexSource): RE2JS {
  let regex: RE2JS;
  try {
    regex = regexes(pattern);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`failed to create an expression: invalid regular expression: ${message}`);
  }
  const begins = pattern.startsWith('^') ? -1 : SEARCHED;
  const ends = pattern.endsWith('$') && !pattern.endsWith('\\$') ? -1 : 0;
  if (regex.programSize() + begins + ends > MAX_REGEX_SIZE) {
    throw new Error('failed to create an expression: regular expression exceeds max allowed size');
  }
  return regex;
}

/** A pattern that comes with a request: what cannot be compiled is an error. */
function latePattern(pattern: Value, regexes: RegexSource): RE2JS | undefined {
  if (typeof pattern !== 'string') return undefined;
  try {
    return compilePattern(fromWire(pattern) ?? '', regexes);
  } catch {
    return undefined;
  }
}

/** Anywhere in the text. */
export const finds = (regex: RE2JS, wire: string): boolean => regex.matcher(fromWire(wire) ?? wire).find();

function matches(regexes: RegexSource): CelFunction {
  return ([a, pattern]) => {
    if (typeof a !== 'string') return undefined;
    const regex = latePattern(pattern, regexes);
    return regex === undefined ? undefined : finds(regex, a);
  };
}

/** What `\0` to `\9` of a rewrite mean. */
function extract(regexes: RegexSource): CelFunction {
  return ([a, pattern, rewrite]) => {
    const regex = latePattern(pattern, regexes);
    if (regex === undefined || typeof a !== 'string' || typeof rewrite !== 'string') return undefined;
    const found = regex.matcher(fromWire(a) ?? a);
    const said = fromWire(rewrite) ?? rewrite;
    if (/\\(?![0-9\\])/.test(said.replaceAll('\\\\', ''))) return undefined;
    const groups = [...said.matchAll(/\\(\\|\d)/g)].map(([, n]) => (n === '\\' ? 0 : Number(n)));
    if (groups.some((n) => n > regex.groupCount()) || !found.find()) return undefined;
    return toWire(said.replace(/\\(\\|\d)/g, (_, n: string) => (n === '\\' ? n : (found.group(Number(n)) ?? ''))));
  };
}

/** The first group of what is matched as a whole. */
function capture(regexes: RegexSource): CelFunction {
  return ([a, pattern]) => {
    const found = wholeMatch(a, latePattern(pattern, regexes));
    return found === undefined ? undefined : toWire(found.group(1) ?? '');
  };
}

/** All its groups, by their names or their numbers. */
function captureAll(regexes: RegexSource): CelFunction {
  return ([a, pattern]) => {
    const regex = latePattern(pattern, regexes);
    const found = wholeMatch(a, regex);
    if (found === undefined || regex === undefined) return undefined;
    const named = new Map(Object.entries(regex.namedGroups()).map(([name, n]) => [n, name]));
    return MapLiteral.of(
      Array.from({ length: regex.groupCount() }, (_, i) => [
        toWire(named.get(i + 1) ?? String(i + 1)),
        toWire(found.group(i + 1) ?? ''),
      ]),
    );
  };
}

function wholeMatch(a: Value, regex: RE2JS | undefined): ReturnType<RE2JS['matcher']> | undefined {
  if (regex === undefined || typeof a !== 'string' || regex.groupCount() === 0) return undefined;
  const subject = fromWire(a) ?? a;
  const found = regex.matcher(subject);
  return regex.matches(subject) && found.matches() ? found : undefined;
}

const ofText =
  (make: (wire: string) => Value | undefined): CelFunction =>
  ([a]) =>
    typeof a === 'string' ? make(a) : undefined;

/** A place in a text by characters; -1: none that there is. */
const place = (v: Value | undefined, from: number, to: number): number => {
  const n = typeof v === 'bigint' ? Number(v) : v === undefined ? from : -1;
  return n >= 0 && n <= to ? n : -1;
};

const charAt: CelFunction = ([a, at]) => {
  if (typeof a !== 'string') return undefined;
  const list = characters(a);
  const n = place(at, -1, list.length);
  return n < 0 ? undefined : toWire(list[n] ?? '');
};

function indexOf(last: boolean): CelFunction {
  return ([a, b, from]) => {
    if (typeof a !== 'string' || typeof b !== 'string') return undefined;
    const list = characters(a);
    const wanted = characters(b);
    const start = place(from, last ? list.length : 0, list.length);
    if (start < 0) return undefined;
    const here = (i: number): boolean => wanted.every((c, k) => list[i + k] === c);
    const step = last ? -1 : 1;
    for (
      let i = last ? Math.min(start, list.length - wanted.length) : start;
      i >= 0 && i <= list.length - wanted.length;
      i += step
    ) {
      if (here(i)) return BigInt(i);
    }
    return -1n;
  };
}

const substring: CelFunction = ([a, from, to]) => {
  if (typeof a !== 'string') return undefined;
  const list = characters(a);
  const start = place(from, -1, list.length);
  const end = place(to, list.length, list.length);
  return start < 0 || end < start ? undefined : toWire(list.slice(start, end).join(''));
};

const split: CelFunction = ([a, by, most]) => {
  if (typeof a !== 'string' || typeof by !== 'string') return undefined;
  const limit = most === undefined ? -1 : typeof most === 'bigint' ? Number(most) : Number.NaN;
  if (Number.isNaN(limit)) return undefined;
  if (limit === 0) return [];
  const parts = by === '' ? characters(a).map(toWire) : a.split(by);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(by)];
};

const join: CelFunction = ([a, by = '']) =>
  Array.isArray(a) && a.every((item) => typeof item === 'string') && typeof by === 'string' ? a.join(by) : undefined;

const replace: CelFunction = ([a, from, to, most]) => {
  if (typeof a !== 'string' || typeof from !== 'string' || typeof to !== 'string') return undefined;
  const limit = most === undefined ? -1 : typeof most === 'bigint' ? Number(most) : Number.NaN;
  if (Number.isNaN(limit)) return undefined;
  const parts = from === '' ? ['', ...characters(a).map(toWire), ''] : a.split(from);
  let out = parts[0];
  for (let i = 1; i < parts.length; i++) out += (limit < 0 || i <= limit ? to : from) + parts[i];
  return out;
};

/** By name, then `/` and the number of arguments, a method's object with them. `global` and `method`: how it may be called. */
export interface FunctionRow {
  readonly call: CelFunction;
  readonly global: boolean;
  readonly method: boolean;
}

const both = (f: CelFunction): FunctionRow => ({ call: f, global: true, method: true });
const global = (f: CelFunction): FunctionRow => ({ call: f, global: true, method: false });
const method = (f: CelFunction): FunctionRow => ({ call: f, global: false, method: true });

const H = 3600n * NS_PER_S;
const M = 60n * NS_PER_S;
const PARTS: Readonly<Record<string, CelFunction>> = {
  getFullYear: part((d) => d.getUTCFullYear(), 0n),
  getMonth: part((d) => d.getUTCMonth(), 0n),
  getDate: part((d) => d.getUTCDate(), 0n),
  getDayOfMonth: part((d) => d.getUTCDate() - 1, 0n),
  getDayOfWeek: part((d) => d.getUTCDay(), 0n),
  getDayOfYear: part(dayOfYear, 0n),
  getHours: part((d) => d.getUTCHours(), H),
  getMinutes: part((d) => d.getUTCMinutes(), M),
  getSeconds: part((d) => d.getUTCSeconds(), NS_PER_S),
  getMilliseconds: part((_, ms) => ms, 1_000_000n, 1000n),
};

export function functionTable(options: CelOptions, regexes: RegexSource): ReadonlyMap<string, FunctionRow> {
  const rows: Record<string, FunctionRow> = {
    '!_/1': global(([a]) => (typeof a === 'boolean' ? !a : undefined)),
    '-_/1': global(negate),
    '_+_/2': global(add(options)),
    '_-_/2': global(subtract),
    '_*_/2': global(
      arithmetic(
        (a, b) => a * b,
        (a, b) => a * b,
      ),
    ),
    '_/_/2': global(
      arithmetic(
        (a, b) => (b === 0n ? undefined : a / b),
        (a, b) => a / b,
      ),
    ),
    '_%_/2': global(arithmetic((a, b) => (b === 0n || (a === MIN_INT64 && b === -1n) ? undefined : a % b), null)),
    '_==_/2': global(([a, b]) => equal(a, b)),
    '_!=_/2': global(([a, b]) => !equal(a, b)),
    '_<_/2': global(relation((n) => n < 0)),
    '_<=_/2': global(relation((n) => n <= 0)),
    '_>_/2': global(relation((n) => n > 0)),
    '_>=_/2': global(relation((n) => n >= 0)),
    '@in/2': global(inside),
    '_in_/2': global(inside),
    'in/2': global(inside),
    '_[_]/2': global(index),
    'size/1': both(size),
    'contains/2': both(ofTexts((a, b) => a.includes(b))),
    'startsWith/2': both(ofTexts((a, b) => a.startsWith(b))),
    'endsWith/2': both(ofTexts((a, b) => a.endsWith(b))),
    'matches/2': both(matches(regexes)),
    're.extract/3': global(extract(regexes)),
    're.capture/2': global(capture(regexes)),
    're.captureN/2': global(captureAll(regexes)),
    'int/1': global(toInt),
    'uint/1': global(toUint),
    'double/1': global(toDouble),
    'bool/1': global(toBool),
    'bytes/1': global(toBytes),
    'duration/1': global(toDuration),
    'timestamp/1': global(toTimestamp),
    'dyn/1': global(([a]) => a),
    'type/1': global(([a]) => (a instanceof Message ? undefined : typeOf(a))),
  };
  for (const [name, f] of Object.entries(PARTS)) {
    rows[`${name}/1`] = method(f);
    rows[`${name}/2`] = method(f);
  }
  if (options.stringConversion) rows['string/1'] = global(toText);
  if (options.stringFunctions) {
    const upper = (wire: string): string => wire.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    rows['lowerAscii/1'] = method(ofText(asciiLower));
    rows['upperAscii/1'] = method(ofText(upper));
    rows['trim/1'] = method(ofText((wire) => toWire((fromWire(wire) ?? wire).trim())));
    rows['reverse/1'] = method(ofText((wire) => toWire(characters(wire).reverse().join(''))));
    rows['charAt/2'] = method(charAt);
    for (const n of [2, 3]) {
      rows[`indexOf/${n}`] = method(indexOf(false));
      rows[`lastIndexOf/${n}`] = method(indexOf(true));
      rows[`substring/${n}`] = method(substring);
      rows[`split/${n}`] = method(split);
      rows[`replace/${n + 1}`] = method(replace);
      rows[`join/${n - 1}`] = method(join);
    }
  }
  return new Map(Object.entries(rows));
}
