/**
 * HeaderMatcher (envoy.config.route.v3.HeaderMatcher), compiled. A missing header never matches, except for
 * `present_match: false` and an inverted `present_match` (Envoy: Http::HeaderUtility::HeaderData).
 */

import type { Headers } from '../../codec/headers.ts';
import type { HeaderMatcher as HeaderMatcherMessage, StringMatcher } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import type { RegexCompiler, StringTest } from './regex.ts';

function missingRegex(): never {
  throw new Error('a regex was not announced to the route compiler');
}

export class HeaderMatcher {
  readonly name: string;
  private readonly test: StringTest;
  private readonly present: boolean;
  private readonly isPresentMatch: boolean;
  private readonly invert: boolean;
  private readonly missingAsEmpty: boolean;

  constructor(config: HeaderMatcherMessage, regex: RegexCompiler = missingRegex) {
    this.name = asciiLower(toWire(config.name ?? ''));
    this.invert = config.invertMatch ?? false;
    this.missingAsEmpty = config.treatMissingHeaderAsEmpty ?? false;
    const test = valueTest(config, regex);
    this.isPresentMatch = test === null;
    this.present = config.presentMatch ?? true;
    this.test = test ?? always;
  }

  /** Each value of a repeated header is looked at on its own (1.40; 1.16 joined them with ','). */
  matches(headers: Headers): boolean {
    if (this.isPresentMatch) {
      const there = this.missingAsEmpty || headerValue(headers, this.name) !== undefined;
      return (there === this.present) !== this.invert;
    }
    const { name } = this;
    if (name.charCodeAt(0) === 58 /* : */) return this.single(headerValue(headers, name));
    const list = headers.list;
    let seen = false;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== name) continue;
      seen = true;
      if (this.test(list[i + 1])) return !this.invert;
    }
    return seen ? this.invert : this.single(undefined);
  }

  private single(value: string | undefined): boolean {
    if (value === undefined && !this.missingAsEmpty) return false;
    return this.test(value ?? '') !== this.invert;
  }
}

function always(): boolean {
  return true;
}

/** All values joined with ','; pseudo-headers by their HTTP/2 names. */
export function headerValue(headers: Headers, name: string): string | undefined {
  if (name.charCodeAt(0) === 58 /* : */) {
    if (name === ':path') return headers.path || undefined;
    if (name === ':method') return headers.method || undefined;
    if (name === ':authority') return headers.authority || undefined;
    if (name === ':scheme') return headers.scheme || undefined;
    if (name === ':status') return headers.status > 0 ? String(headers.status) : undefined;
    return undefined;
  }
  return headers.getAll(name);
}

/** Null means a presence test. */
function valueTest(config: HeaderMatcherMessage, regex: RegexCompiler): StringTest | null {
  if (config.exactMatch !== undefined) {
    const want = toWire(config.exactMatch);
    // An empty exact_match matches any value there is.
    return want === '' ? always : (v) => v === want;
  }
  if (config.safeRegexMatch !== undefined) return regex(config.safeRegexMatch.regex ?? '');
  if (config.rangeMatch !== undefined) {
    const start = config.rangeMatch.start ?? 0;
    const end = config.rangeMatch.end ?? 0;
    return (v) => {
      if (!/^[+-]?\d{1,19}$/.test(v)) return false;
      const n = Number(v);
      return n >= start && n < end;
    };
  }
  if (config.prefixMatch !== undefined) return stringTest({ prefix: config.prefixMatch }, regex);
  if (config.suffixMatch !== undefined) return stringTest({ suffix: config.suffixMatch }, regex);
  if (config.containsMatch !== undefined) return stringTest({ contains: config.containsMatch }, regex);
  if (config.stringMatch !== undefined) return stringTest(config.stringMatch, regex);
  return null;
}

/** envoy.type.matcher.v3.StringMatcher, of wire text. ignore_case means ASCII letters (absl::EqualsIgnoreCase), but for a regex. */
export function stringTest(m: StringMatcher, regex: RegexCompiler): StringTest {
  const fold = m.ignoreCase ?? false;
  const wanted = (s: string): string => (fold ? asciiLower(toWire(s)) : toWire(s));
  if (m.exact !== undefined) {
    const want = wanted(m.exact);
    return fold ? (v) => asciiLower(v) === want : (v) => v === want;
  }
  if (m.prefix !== undefined) {
    const want = wanted(m.prefix);
    return fold ? (v) => asciiLower(v).startsWith(want) : (v) => v.startsWith(want);
  }
  if (m.suffix !== undefined) {
    const want = wanted(m.suffix);
    return fold ? (v) => asciiLower(v).endsWith(want) : (v) => v.endsWith(want);
  }
  if (m.contains !== undefined) {
    const want = wanted(m.contains);
    return fold ? (v) => asciiLower(v).includes(want) : (v) => v.includes(want);
  }
  if (m.safeRegex !== undefined) return regex(m.safeRegex.regex ?? '');
  return always;
}
