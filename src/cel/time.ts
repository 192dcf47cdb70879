/** Durations and timestamps of CEL: read as cel-cpp reads them (Go's form of a duration, RFC 3339), written as abseil and as protobuf write them. */
import { Duration, Timestamp } from './values.ts';

const NS_PER_MS = 1_000_000n;
export const NS_PER_S = 1_000_000_000n;
const MS_PER_DAY = 86_400_000;

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  ms: NS_PER_MS,
  s: NS_PER_S,
  m: 60n * NS_PER_S,
  h: 3600n * NS_PER_S,
};
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/y;
/** abseil's and protobuf's: ten thousand years. */
const MAX_DURATION_NS = 315_576_000_000n * NS_PER_S;

export const ofMs = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

/** `1h1m1.5s`. Undefined: it is none. */
export function parseDuration(text: string): Duration | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const rest = text.slice(sign.length);
  if (rest === '0') return new Duration(0n);
  let ns = 0n;
  let at = 0;
  do {
    PART.lastIndex = at;
    const match = PART.exec(rest);
    if (match === null || (match[1] === '' && (match[2] ?? '') === '')) return undefined;
    const unit = UNITS[match[3]];
    const fraction = match[2] ?? '';
    ns += BigInt(match[1]) * unit + (fraction === '' ? 0n : (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length));
    at = PART.lastIndex;
  } while (at < rest.length);
  return bounded(sign === '-' ? -ns : ns);
}

export function bounded(ns: bigint): Duration | undefined {
  return ns > MAX_DURATION_NS || ns < -MAX_DURATION_NS ? undefined : new Duration(ns);
}

const RFC3339 = /^(\d{4,5})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

export function parseTimestamp(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const ms = date.getTime() + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
  const [offsetHours, offsetMinutes] = /^[Zz]$/.test(zone) ? [0, 0] : zone.slice(1).split(':').map(Number);
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000 * (zone.startsWith('-') ? -1 : 1);
  return new Timestamp(BigInt(ms - offset) * NS_PER_MS + BigInt(fraction.padEnd(9, '0')));
}

/** absl::FormatDuration: `1h1m1.5s`, and below a second in the largest unit that is not less than one. */
export function durationText({ ns }: Duration): string {
  if (ns === 0n) return '0';
  const sign = ns < 0n ? '-' : '';
  const n = ns < 0n ? -ns : ns;
  if (n < 1000n) return `${sign}${n}ns`;
  if (n < NS_PER_MS) return `${sign}${decimal(n, 3)}us`;
  if (n < NS_PER_S) return `${sign}${decimal(n, 6)}ms`;
  const hours = n / UNITS.h;
  const minutes = (n % UNITS.h) / UNITS.m;
  const seconds = n % UNITS.m;
  const rest = seconds === 0n ? '' : `${decimal(seconds, 9)}s`;
  return `${sign}${hours === 0n ? '' : `${hours}h`}${minutes === 0n ? '' : `${minutes}m`}${rest}`;
}

/** `n` with its point `digits` from the right, without zeros at the end. */
function decimal(n: bigint, digits: number): string {
  const text = n.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return text.slice(0, -digits) + (fraction === '' ? '' : `.${fraction}`);
}

/** protobuf's JSON form: nothing, or three, six or nine digits behind the point. */
function protoFraction(ns: bigint): string {
  if (ns === 0n) return '';
  const digits = ns.toString().padStart(9, '0');
  return `.${digits.replace(/(?:0{6}|0{3})$/, '')}`;
}

export function durationJson({ ns }: Duration): string {
  const n = ns < 0n ? -ns : ns;
  return `${ns < 0n ? '-' : ''}${n / NS_PER_S}${protoFraction(n % NS_PER_S)}s`;
}

/** Seconds below, and what is left of the second, never negative. */
function split(ns: bigint): [seconds: bigint, ns: bigint] {
  const left = ((ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
  return [(ns - left) / NS_PER_S, left];
}

const two = (n: number): string => String(n).padStart(2, '0');

function dateText(seconds: bigint, padded: boolean): string {
  const d = new Date(Number(seconds) * 1000);
  const year = String(d.getUTCFullYear());
  const day = `${padded ? year.padStart(4, '0') : year}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  return `${day}T${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

/** absl::FormatTime in UTC. */
export function timestampText({ ns }: Timestamp): string {
  const [seconds, left] = split(ns);
  const fraction = left === 0n ? '' : `.${left.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${dateText(seconds, false)}${fraction}+00:00`;
}

export function timestampJson({ ns }: Timestamp): string {
  const [seconds, left] = split(ns);
  return `${dateText(seconds, true)}${protoFraction(left)}Z`;
}

/** Seconds since 1970, as int() says it. */
export const secondsOf = (t: Timestamp): bigint => split(t.ns)[0];

export interface Calendar {
  readonly date: Date;
  readonly ms: number;
}

/** The date in a zone of its name, or `±hh:mm` from UTC; '' is UTC. Undefined: there is no such zone. */
export function calendar({ ns }: Timestamp, zone: string): Calendar | undefined {
  const [seconds, left] = split(ns);
  const ms = Number(left / NS_PER_MS);
  const utc = Number(seconds) * 1000;
  const offset = /^([+-]?)(\d{1,2}):(\d\d)$/.exec(zone);
  if (zone === '' || zone === 'UTC') return { date: new Date(utc), ms };
  if (offset !== null) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1);
    return { date: new Date(utc + minutes * 60_000), ms };
  }
  const parts = zoneParts(zone, utc);
  return parts === undefined ? undefined : { date: parts, ms };
}

/** A form a zone: making one is what costs. Zones come from the config or from a request, so they are few or are forgotten. */
const forms = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMS = 32;

function zoneParts(zone: string, utc: number): Date | undefined {
  let form = forms.get(zone);
  if (form === undefined) {
    try {
      form = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      return undefined;
    }
    if (forms.size >= MAX_FORMS) forms.clear();
    forms.set(zone, form);
  }
  const found: Partial<Record<string, number>> = {};
  for (const { type, value } of form.formatToParts(utc)) found[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date;
}

/** From 0. */
export function dayOfYear(date: Date): number {
  const first = new Date(date);
  first.setUTCMonth(0, 1);
  return Math.round(Math.floor(date.getTime() / MS_PER_DAY) - Math.floor(first.getTime() / MS_PER_DAY));
}
