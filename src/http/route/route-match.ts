/**
 * What a route matches: its path, and what the headers say. A match makes no object. Role of the matchers in Envoy's
 * source/common/router/config_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { RouteMatch as RouteMatchMessage } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { isGrpcContentType } from '../grpc.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';

/** What `kind` says about `text`: the path starts with it, is it, or matches it as a regex. */
export const ROUTE_PREFIX = 0;
export const ROUTE_PATH = 1;
export const ROUTE_REGEX = 2;

const NO_MATCHERS: readonly HeaderMatcher[] = [];

export class RouteMatch {
  /** ROUTE_PREFIX, ROUTE_PATH or ROUTE_REGEX; read by the route index, as are `text` and `fold`. */
  readonly kind: number;
  /** Wire text, but for a regex; lower-cased when `fold` is set. */
  readonly text: string;
  private readonly pattern: ((path: string) => boolean) | null;
  /** case_sensitive is false; says nothing about a regex. */
  readonly fold: boolean;
  private readonly grpc: boolean;
  private readonly headers: readonly HeaderMatcher[];

  constructor(config: RouteMatchMessage, regex: RegexCompiler | undefined) {
    this.pattern = null;
    this.fold = config.caseSensitive === false && config.safeRegex === undefined;
    if (config.path !== undefined) {
      this.kind = ROUTE_PATH;
      this.text = toWire(config.path);
    } else if (config.safeRegex !== undefined) {
      this.kind = ROUTE_REGEX;
      this.text = config.safeRegex.regex ?? '';
      if (regex === undefined) throw new Error('a regex was not announced to the route compiler');
      this.pattern = regex(this.text);
    } else {
      this.kind = ROUTE_PREFIX;
      this.text = toWire(config.prefix ?? '');
    }
    if (this.fold) this.text = asciiLower(this.text);
    this.grpc = config.grpc !== undefined;
    this.headers = config.headers?.length ? config.headers.map((h) => new HeaderMatcher(h, regex)) : NO_MATCHERS;
  }

  /** `end`: where the query or fragment of `path` begins. */
  matches(path: string, end: number, headers: Headers): boolean {
    return this.matchesPath(path, end) && this.matchesRest(headers);
  }

  private matchesPath(path: string, end: number): boolean {
    const { text, kind } = this;
    if (kind === ROUTE_REGEX) return this.pattern!(end === path.length ? path : path.slice(0, end));
    // The usual case, and the fastest.
    if (kind === ROUTE_PATH && end === path.length && !this.fold) return path === text;
    if (kind === ROUTE_PATH ? end !== text.length : end < text.length) return false;
    return this.fold ? startsFolded(path, 0, text) : path.startsWith(text);
  }

  /** For the index, which has found the path to fit. */
  matchesFound(path: string, end: number, headers: Headers): boolean {
    return (this.kind !== ROUTE_REGEX || this.matchesPath(path, end)) && this.matchesRest(headers);
  }

  private matchesRest(headers: Headers): boolean {
    if (this.grpc && !isGrpcContentType(headers.get('content-type'))) return false;
    const matchers = this.headers;
    for (let i = 0; i < matchers.length; i++) if (!matchers[i].matches(headers)) return false;
    return true;
  }
}

/** Whether `path` has `lower` at `from`, but for the case of ASCII letters. */
export function startsFolded(path: string, from: number, lower: string): boolean {
  if (path.length - from < lower.length) return false;
  for (let i = 0; i < lower.length; i++) if (foldedUnit(path, from + i) !== lower.charCodeAt(i)) return false;
  return true;
}

export function foldedUnit(path: string, at: number): number {
  const c = path.charCodeAt(at);
  return c >= 0x41 && c <= 0x5a ? c + 32 : c;
}

/** Where the path ends and its query or fragment begins. */
export function pathEnd(path: string): number {
  const query = path.indexOf('?');
  const hash = path.indexOf('#');
  if (hash >= 0 && (query < 0 || hash < query)) return hash;
  return query < 0 ? path.length : query;
}

/** Whether compiling this needs the regex engine. */
export function matchNeedsRegex(config: RouteMatchMessage | undefined): boolean {
  if (config?.safeRegex !== undefined) return true;
  return (config?.headers ?? []).some((h) => h.safeRegexMatch !== undefined || h.stringMatch?.safeRegex !== undefined);
}
