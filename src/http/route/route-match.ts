/**
 * What a route matches: its path, and what headers, query, cookies and the rest of the request say. A match makes no object. Role of the
 * matchers in Envoy's source/common/router/config_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { Any, RouteMatch as RouteMatchMessage, UriTemplateMatchConfig } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { runtimeShare } from '../../runtime/runtime.ts';
import { isGrpcContentType } from '../grpc.ts';
import { HeaderMatcher, stringTest } from '../headers/header-matcher.ts';
import { NO_REGEXES, type RegexCompiler, type StringTest } from '../headers/regex.ts';
import { CookieMatcher } from './cookie-matcher.ts';
import { type PathTemplate, parseTemplate } from './path-template.ts';
import { QueryMatcher } from './query-matcher.ts';
import { regexPrefix } from './regex-prefix.ts';
import { filterStateText, NO_REQUEST_CONTEXT, type RequestContext } from './request-context.ts';
import { metadataTest } from './value-matcher.ts';

/** What `kind` says about `text`: the path starts with it, is it, or is tested by a pattern. */
export const ROUTE_PREFIX = 0;
export const ROUTE_PATH = 1;
export const ROUTE_PATTERN = 2;
/** As a prefix, but behind it the path ends or has a `/`. */
export const ROUTE_SEPARATED = 3;
/** CONNECT, whatever its path. */
export const ROUTE_CONNECT = 4;

type Condition = (path: string, headers: Headers, context: RequestContext) => boolean;

const NO_MATCHERS: readonly HeaderMatcher[] = [];
const NO_CONDITIONS: readonly Condition[] = [];

export class RouteMatch {
  /** ROUTE_…; read by the route index, as are `text`, `beginning` and `fold`. */
  readonly kind: number;
  /** Wire text, but for a pattern; lower-cased when `fold` is set. */
  readonly text: string;
  /** What every path that matches begins with; '' where nothing is known. */
  readonly beginning: string;
  private readonly pattern: StringTest | null;
  /** Of path_match_policy. */
  readonly template: PathTemplate | null;
  /** case_sensitive is false; says nothing about a pattern. */
  readonly fold: boolean;
  private readonly grpc: boolean;
  private readonly headers: readonly HeaderMatcher[];
  /** What few routes have. */
  private readonly conditions: readonly Condition[];

  constructor(config: RouteMatchMessage, regex: RegexCompiler = NO_REGEXES.test) {
    let kind = ROUTE_PREFIX;
    let text = toWire(config.prefix ?? '');
    let pattern: StringTest | null = null;
    let template: PathTemplate | null = null;
    if (config.path !== undefined) {
      kind = ROUTE_PATH;
      text = toWire(config.path);
    } else if (config.safeRegex !== undefined) {
      kind = ROUTE_PATTERN;
      text = config.safeRegex.regex ?? '';
      pattern = regex(text);
    } else if (config.pathMatchPolicy?.typedConfig !== undefined) {
      kind = ROUTE_PATTERN;
      template = pathTemplate(config.pathMatchPolicy.typedConfig);
      const expression = template.pattern;
      pattern = (path) => expression.test(path);
    } else if (config.pathSeparatedPrefix !== undefined) {
      kind = ROUTE_SEPARATED;
      text = toWire(config.pathSeparatedPrefix);
    } else if (config.connectMatcher !== undefined) {
      kind = ROUTE_CONNECT;
    }
    this.fold = config.caseSensitive === false && kind !== ROUTE_PATTERN && kind !== ROUTE_CONNECT;
    this.kind = kind;
    this.text = this.fold ? asciiLower(text) : text;
    this.pattern = pattern;
    this.template = template;
    this.beginning = template !== null ? template.beginning : kind === ROUTE_PATTERN ? regexPrefix(text) : this.text;
    this.grpc = config.grpc !== undefined;
    this.headers = config.headers?.length ? config.headers.map((h) => new HeaderMatcher(h, regex)) : NO_MATCHERS;
    this.conditions = conditionsOf(config, regex);
  }

  /** `end`: where the path ends in `path`, and its query or fragment begins. */
  matches(path: string, end: number, headers: Headers, context = NO_REQUEST_CONTEXT): boolean {
    return this.matchesPath(path, end, headers) && this.matchesRest(path, headers, context);
  }

  private matchesPath(path: string, end: number, headers: Headers): boolean {
    const { text, kind } = this;
    if (kind === ROUTE_PATTERN) return this.pattern!(end === path.length ? path : path.slice(0, end));
    if (kind === ROUTE_CONNECT) return headers.method === 'CONNECT';
    // The usual case, and the fastest.
    if (kind === ROUTE_PATH && end === path.length && !this.fold) return path === text;
    if (kind === ROUTE_PATH ? end !== text.length : end < text.length) return false;
    if (kind === ROUTE_SEPARATED && !this.separated(path, end)) return false;
    return this.fold ? startsFolded(path, 0, text) : path.startsWith(text);
  }

  private separated(path: string, end: number): boolean {
    const { length } = this.text;
    return end === length || path.charCodeAt(length) === 47; /* / */
  }

  /** For the index, which has found the path to begin with `beginning`. */
  matchesFound(path: string, end: number, headers: Headers, context: RequestContext): boolean {
    const { kind } = this;
    if (kind > ROUTE_PATH) {
      if (kind === ROUTE_SEPARATED ? !this.separated(path, end) : !this.matchesPath(path, end, headers)) return false;
    }
    return this.matchesRest(path, headers, context);
  }

  private matchesRest(path: string, headers: Headers, context: RequestContext): boolean {
    if (this.grpc && !isGrpcContentType(headers.get('content-type'))) return false;
    const matchers = this.headers;
    for (let i = 0; i < matchers.length; i++) if (!matchers[i].matches(headers)) return false;
    const { conditions } = this;
    for (let i = 0; i < conditions.length; i++) if (!conditions[i](path, headers, context)) return false;
    return true;
  }

  /** How much of the path a prefix_rewrite takes the place of. */
  matchedLength(end: number): number {
    return this.kind === ROUTE_PREFIX || this.kind === ROUTE_SEPARATED || this.kind === ROUTE_PATH
      ? this.text.length
      : end;
  }
}

/** The only kind of path_match_policy there is. */
function pathTemplate(any: Any): PathTemplate {
  const { pathTemplate: template = '' } = any.value as UriTemplateMatchConfig;
  try {
    return parseTemplate(template);
  } catch (error) {
    throw new Error(`path_match_policy.path_template ${template} is invalid: ${(error as Error).message}`);
  }
}

function conditionsOf(config: RouteMatchMessage, regex: RegexCompiler): readonly Condition[] {
  const conditions: Condition[] = [];
  if (config.runtimeFraction !== undefined) {
    const part = runtimeShare(config.runtimeFraction, 1);
    conditions.push(() => part.happens());
  }
  for (const q of config.queryParameters ?? []) {
    const matcher = new QueryMatcher(q, regex);
    conditions.push((path) => matcher.matches(path));
  }
  for (const c of config.cookies ?? []) {
    const matcher = new CookieMatcher(c, regex);
    conditions.push((_, headers) => matcher.matches(headers));
  }
  const { presented, validated } = config.tlsContext ?? {};
  if (presented !== undefined || validated !== undefined) {
    conditions.push((_, __, context) => {
      const tls = context.connection?.security?.tls;
      const has = tls !== undefined && tls.peer !== null;
      return (presented ?? has) === has && (validated ?? (has && tls.peerValidated)) === (has && tls.peerValidated);
    });
  }
  for (const m of config.filterState ?? []) {
    const { key = '' } = m;
    const test = stringTest(m.stringMatch ?? {}, regex);
    conditions.push((_, __, context) => {
      const value = filterStateText(context, key);
      return value !== undefined && test(value);
    });
  }
  for (const m of config.dynamicMetadata ?? []) {
    const test = metadataTest(m, regex);
    conditions.push((_, __, context) => test(context));
  }
  return conditions.length === 0 ? NO_CONDITIONS : conditions;
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

/** Up to this many characters a loop is faster than two calls of indexOf. */
const LOOP_CHARS = 40;

/** Where the path ends and its query or fragment begins. */
export function pathEnd(path: string): number {
  const n = path.length;
  if (n <= LOOP_CHARS) {
    for (let i = 0; i < n; i++) {
      const c = path.charCodeAt(i);
      if (c === 63 /* ? */ || c === 35 /* # */) return i;
    }
    return n;
  }
  const query = path.indexOf('?');
  const hash = path.indexOf('#');
  if (hash >= 0 && (query < 0 || hash < query)) return hash;
  return query < 0 ? path.length : query;
}
