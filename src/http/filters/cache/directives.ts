/**
 * What cache-control, pragma and dates say. Mirrors source/extensions/filters/http/cache/cache_headers_utils.cc; a directive with a value that
 * is no number of seconds counts as not there (RFC 9111 section 1.2.2).
 */
import type { Headers } from '../../../codec/headers.ts';
import { asciiLower } from '../../../platform/wire-text.ts';

/** Of a request; seconds, null for nothing. */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly maxAge: number | null;
  readonly minFresh: number | null;
  /** Infinity where it names no number. */
  readonly maxStale: number | null;
}

/** Of an answer; seconds, null for nothing. */
export interface ResponseDirectives {
  readonly noCache: boolean;
  /** no-store, private. */
  readonly noStore: boolean;
  /** must-revalidate, proxy-revalidate. */
  readonly noStale: boolean;
  readonly maxAge: number | null;
}

/** What a request says that has no such header, or is not asked. */
export const SAYS_NOTHING: RequestDirectives = {
  noCache: false,
  noStore: false,
  maxAge: null,
  minFresh: null,
  maxStale: null,
};

/** Blanks as absl::StripAsciiWhitespace takes them. */
const BLANK = '[ \\t\\n\\v\\f\\r]*';
const AROUND = new RegExp(`^${BLANK}|${BLANK}$`, 'g');
const INTEGER = new RegExp(`^${BLANK}([-+]?[0-9]+)${BLANK}$`);
/** Of Envoy's `long`; a number is not that exact, and no lifetime is that long. */
const MAX_LONG = 9223372036854775807n;

/** absl::SimpleAtoi<long>; null where it fails. */
export function integer(text: string): number | null {
  const digits = INTEGER.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  return value > MAX_LONG || value < -MAX_LONG - 1n ? null : Number(value);
}

function seconds(text: string): number | null {
  const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  const value = integer(quoted ? text.slice(1, -1) : text);
  return value === null || value < 0 ? null : value;
}

/** Commas part directives, also within quotes, as in Envoy. */
function* directives(value: string): Generator<readonly [name: string, argument: string]> {
  for (const part of value.split(',')) {
    const directive = part.replace(AROUND, '');
    const equals = directive.indexOf('=');
    yield equals < 0
      ? [asciiLower(directive), '']
      : [asciiLower(directive.slice(0, equals)), directive.slice(equals + 1)];
  }
}

export function requestDirectives(h: Headers): RequestDirectives {
  const control = h.getAll('cache-control') ?? '';
  if (control === '') {
    const pragma = h.getAll('pragma') ?? '';
    return pragma === '' ? SAYS_NOTHING : { ...SAYS_NOTHING, noCache: parseRequest(pragma).noCache };
  }
  return parseRequest(control);
}

function parseRequest(value: string): RequestDirectives {
  const said: { -readonly [K in keyof RequestDirectives]: RequestDirectives[K] } = { ...SAYS_NOTHING };
  for (const [name, argument] of directives(value)) {
    if (name === 'no-cache') said.noCache = true;
    else if (name === 'no-store') said.noStore = true;
    else if (name === 'max-age') said.maxAge = seconds(argument);
    else if (name === 'min-fresh') said.minFresh = seconds(argument);
    else if (name === 'max-stale') said.maxStale = argument === '' ? Number.POSITIVE_INFINITY : seconds(argument);
  }
  return said;
}

export function responseDirectives(h: Headers): ResponseDirectives {
  const said: { -readonly [K in keyof ResponseDirectives]: ResponseDirectives[K] } = {
    noCache: false,
    noStore: false,
    noStale: false,
    maxAge: null,
  };
  for (const [name, argument] of directives(h.getAll('cache-control') ?? '')) {
    if (name === 'no-cache') said.noCache = true;
    else if (name === 'no-store' || name === 'private') said.noStore = true;
    else if (name === 'must-revalidate' || name === 'proxy-revalidate') said.noStale = true;
    else if (name === 's-maxage' || (name === 'max-age' && said.maxAge === null)) said.maxAge = seconds(argument);
  }
  return said;
}

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const MONTH_NAMES = asciiLower(MONTHS).split('|');
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)';
/** IMF-fixdate; RFC 850; asctime: RFC 9110 section 5.6.7. */
const FIXDATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d?) (${MONTHS}) (\\d{4}) ${TIME} GMT$`, 'i');
const RFC850 = new RegExp(
  `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d\\d?)-(${MONTHS})-(\\d\\d) ${TIME} GMT$`,
  'i',
);
const ASCTIME = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (${MONTHS}) +(\\d\\d?) ${TIME} (\\d{4})$`, 'i');

/** ms since 1970; 0, as in Envoy, for what is none of the three forms. */
export function httpTime(text: string | undefined): number {
  if (text === undefined) return 0;
  let m = FIXDATE.exec(text);
  if (m !== null) return moment(Number(m[3]), m[2], m[1], m[4], m[5], m[6]);
  m = RFC850.exec(text);
  if (m !== null) {
    const year = Number(m[3]);
    return moment(year < 69 ? 2000 + year : 1900 + year, m[2], m[1], m[4], m[5], m[6]);
  }
  m = ASCTIME.exec(text);
  return m === null ? 0 : moment(Number(m[6]), m[1], m[2], m[3], m[4], m[5]);
}

function moment(year: number, month: string, day: string, hour: string, minute: string, second: string): number {
  const index = MONTH_NAMES.indexOf(asciiLower(month));
  const date = new Date(0);
  date.setUTCFullYear(year, index, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  // A 31st of February, or a 25th hour, is no moment.
  const exact = date.getUTCDate() === Number(day) && date.getUTCHours() === Number(hour) && Number(minute) < 60;
  return exact && Number(second) <= 60 ? date.getTime() : 0;
}
