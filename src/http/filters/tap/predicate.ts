/**
 * Which requests are tapped: a MatchPredicate, decided bit by bit as the request and its answer pass. Mirrors the matchers of
 * source/extensions/common/matcher/matcher.cc.
 */
import type { Headers } from '../../../codec/headers.ts';
import { refuse } from '../../../config/refusal.ts';
import type { HeaderMatcher as HeaderMatcherMessage, Messages } from '../../../config/schema/types.ts';
import { HeaderMatcher } from '../../headers/header-matcher.ts';
import type { RegexCompiler } from '../../headers/regex.ts';

/** The older `match_config` has the same fields. */
export type PredicateMessage = Messages['envoy.config.common.matcher.v3.MatchPredicate'];
type BodyMatch = NonNullable<PredicateMessage['httpRequestGenericBodyMatch']>;

/** What passes. */
export const REQUEST_HEADERS = 0;
export const REQUEST_BODY = 1;
export const REQUEST_TRAILERS = 2;
export const RESPONSE_HEADERS = 3;
export const RESPONSE_BODY = 4;
export const RESPONSE_TRAILERS = 5;
export type Part = 0 | 1 | 2 | 3 | 4 | 5;

/** Of one request. */
export interface Verdict {
  matches: boolean;
  mayChange: boolean;
  see(part: Part, headers: Headers | null, body: Buffer | null): void;
}

/** Makes a verdict a request. */
export type Predicate = () => Verdict;

const ANY: Verdict = { matches: true, mayChange: false, see: () => {} };

class HeadersVerdict implements Verdict {
  matches = false;
  mayChange = true;
  private readonly part: Part;
  private readonly matchers: readonly HeaderMatcher[];
  constructor(part: Part, matchers: readonly HeaderMatcher[]) {
    this.part = part;
    this.matchers = matchers;
  }
  see(part: Part, headers: Headers | null): void {
    if (part !== this.part || headers === null) return;
    this.matches = this.matchers.every((m) => m.matches(headers));
    this.mayChange = false;
  }
}

/** All patterns are somewhere in the first `limit` bytes; 0 = unlimited. */
class BodyVerdict implements Verdict {
  matches = false;
  mayChange = true;
  private readonly part: Part;
  private readonly limit: number;
  private readonly missing: Set<Buffer>;
  private readonly longest: number;
  /** The last bytes that came: a pattern may begin in them. */
  private tail: Buffer = Buffer.alloc(0);
  private bytes = 0;
  constructor(part: Part, patterns: readonly Buffer[], limit: number, longest: number) {
    this.part = part;
    this.limit = limit;
    this.missing = new Set(patterns);
    this.longest = longest;
  }
  see(part: Part, _headers: Headers | null, body: Buffer | null): void {
    if (part !== this.part || body === null || !this.mayChange) return;
    const all = this.limit === 0 ? body : body.subarray(0, Math.max(this.limit - this.bytes, 0));
    this.bytes += body.length;
    const text = this.tail.length === 0 ? all : Buffer.concat([this.tail, all]);
    for (const pattern of this.missing) if (text.includes(pattern)) this.missing.delete(pattern);
    this.matches = this.missing.size === 0;
    this.mayChange = !this.matches && (this.limit === 0 || this.bytes < this.limit);
    this.tail = Buffer.from(text.subarray(Math.max(text.length - this.longest + 1, 0)));
  }
}

class SetVerdict implements Verdict {
  matches = false;
  mayChange = false;
  private readonly all: boolean;
  private readonly rules: readonly Verdict[];
  constructor(all: boolean, rules: readonly Verdict[]) {
    this.all = all;
    this.rules = rules;
    this.update();
  }
  see(part: Part, headers: Headers | null, body: Buffer | null): void {
    for (const r of this.rules) r.see(part, headers, body);
    this.update();
  }
  private update(): void {
    const { all, rules } = this;
    this.matches = all ? rules.every((r) => r.matches) : rules.some((r) => r.matches);
    const settled = rules.some((r) => r.matches !== all && !r.mayChange);
    this.mayChange = !settled && rules.some((r) => r.mayChange);
  }
}

class NotVerdict implements Verdict {
  matches = false;
  mayChange = false;
  private readonly rule: Verdict;
  constructor(rule: Verdict) {
    this.rule = rule;
    this.update();
  }
  see(part: Part, headers: Headers | null, body: Buffer | null): void {
    this.rule.see(part, headers, body);
    this.update();
  }
  private update(): void {
    this.matches = !this.rule.matches;
    this.mayChange = this.rule.mayChange;
  }
}

export function compilePredicate(m: PredicateMessage, regex: RegexCompiler): Predicate {
  const headers = (part: Part, list: { readonly headers?: readonly HeaderMatcherMessage[] }): Predicate => {
    const matchers = (list.headers ?? []).map((h) => new HeaderMatcher(h, regex));
    return () => new HeadersVerdict(part, matchers);
  };
  const body = (part: Part, { bytesLimit = 0, patterns = [] }: BodyMatch): Predicate => {
    const texts = patterns.map((p) => p.binaryMatch ?? Buffer.from(p.stringMatch ?? ''));
    const longest = Math.max(...texts.map((text) => text.length), 1);
    if (bytesLimit > 0 && bytesLimit < longest) {
      const what = patterns.find((_, i) => texts[i].length > bytesLimit);
      const kind = what?.binaryMatch === undefined ? 'string' : 'binary';
      refuse(m, '', `Generic body match ${kind} pattern is longer than bytes_limit: ${bytesLimit}`);
    }
    return () => new BodyVerdict(part, texts, bytesLimit, longest);
  };
  const set = (all: boolean, rules: readonly PredicateMessage[]): Predicate => {
    const compiled = rules.map((r) => compilePredicate(r, regex));
    return () =>
      new SetVerdict(
        all,
        compiled.map((make) => make()),
      );
  };
  if (m.orMatch !== undefined) return set(false, m.orMatch.rules ?? []);
  if (m.andMatch !== undefined) return set(true, m.andMatch.rules ?? []);
  if (m.notMatch !== undefined) {
    const make = compilePredicate(m.notMatch, regex);
    return () => new NotVerdict(make());
  }
  if (m.httpRequestHeadersMatch !== undefined) return headers(REQUEST_HEADERS, m.httpRequestHeadersMatch);
  if (m.httpRequestTrailersMatch !== undefined) return headers(REQUEST_TRAILERS, m.httpRequestTrailersMatch);
  if (m.httpResponseHeadersMatch !== undefined) return headers(RESPONSE_HEADERS, m.httpResponseHeadersMatch);
  if (m.httpResponseTrailersMatch !== undefined) return headers(RESPONSE_TRAILERS, m.httpResponseTrailersMatch);
  if (m.httpRequestGenericBodyMatch !== undefined) return body(REQUEST_BODY, m.httpRequestGenericBodyMatch);
  if (m.httpResponseGenericBodyMatch !== undefined) return body(RESPONSE_BODY, m.httpResponseGenericBodyMatch);
  return () => ANY;
}
