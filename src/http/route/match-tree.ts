/**
 * xds.type.matcher.v3.Matcher, compiled: a list of predicates or a map by a value, and what is done where one matches. Whoever has such a
 * tree says which inputs it may look at and what its actions are. Role of source/common/matcher (list_matcher.h, exact_map_matcher.h,
 * prefix_map_matcher.h).
 */
import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type {
  Any,
  XdsMatcher as Matcher,
  XdsMatcherMatcherList as MatcherMatcherList,
  XdsMatcherMatcherTree as MatcherMatcherTree,
  XdsMatcherOnMatch as MatcherOnMatch,
  XdsMatcherMatcherListPredicate as Predicate,
  XdsMatcherMatcherListPredicateSinglePredicate as SinglePredicate,
  XdsCelExpression,
  XdsCelMatcher,
} from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';
import { customTree } from './custom-tree.ts';
import { inputMatcher } from './input-matchers.ts';
import type { RequestContext } from './request-context.ts';

/** Undefined where what is matched, a request or (for a tree of filter chains) a socket, has no such value. */
export type MatchInput<H = Headers, C = RequestContext> = (h: H, context: C) => string | undefined;

/** Null where nothing matches. */
export type MatchTree<A, H = Headers, C = RequestContext> = (h: H, context: C) => A | null;

/** A TypedExtensionConfig of xds. */
export interface TypedConfig {
  readonly name?: string;
  readonly typedConfig?: Any;
}

export interface TreeBuild<A, H = Headers, C = RequestContext> {
  readonly regex: RegexCompiler;
  /** A match with keep_matching is passed over; absent: it is refused. */
  readonly keepsMatching?: boolean;
  /** Absent: no predicate may be an expression of CEL. */
  readonly cel?: (config: XdsCelExpression) => MatchTest<H, C>;
  input(config: TypedConfig): MatchInput<H, C>;
  action(config: TypedConfig): A;
}

/** What Envoy says before what is wrong with a tree of routes. */
export const TREE = 'requirement violation while creating route match tree: INVALID_ARGUMENT: ';

export type MatchTest<H, C> = (h: H, context: C) => boolean;
type Test<H, C> = MatchTest<H, C>;

const CEL_INPUT = 'xds.type.matcher.v3.HttpAttributesCelMatchInput';
const CEL_MATCHER = 'xds.type.matcher.v3.CelMatcher';

export function compileMatchTree<A, H, C>(matcher: Matcher, build: TreeBuild<A, H, C>): MatchTree<A, H, C> {
  const otherwise = matcher.onNoMatch === undefined ? null : onMatch(matcher.onNoMatch, build);
  const first =
    matcher.matcherList !== undefined
      ? matchList(matcher.matcherList, build)
      : matcher.matcherTree !== undefined
        ? matchMap(matcher.matcherTree, build)
        : null;
  return (h, context) => first?.(h, context) ?? otherwise?.(h, context) ?? null;
}

function onMatch<A, H, C>(config: MatcherOnMatch, build: TreeBuild<A, H, C>): MatchTree<A, H, C> {
  if (config.keepMatching === true && build.keepsMatching !== true) {
    refuse(config, 'keep_matching', 'keep_matching is not supported in this context', {
      envoy: `${TREE}keep_matching is not supported in this context`,
    });
  }
  if (config.matcher !== undefined) {
    const below = compileMatchTree(config.matcher, build);
    return config.keepMatching === true ? nothing : below;
  }
  const action = build.action((config.action ?? {}) as TypedConfig);
  return config.keepMatching === true ? nothing : () => action;
}

const nothing = (): null => null;

function matchList<A, H, C>(config: MatcherMatcherList, build: TreeBuild<A, H, C>): MatchTree<A, H, C> {
  const fields = each(config.matchers, (m) => ({
    test: predicate(m.predicate ?? {}, build),
    found: onMatch(m.onMatch ?? {}, build),
  }));
  return (h, context) => {
    for (let i = 0; i < fields.length; i++) {
      if (!fields[i].test(h, context)) continue;
      const found = fields[i].found(h, context);
      if (found !== null) return found;
    }
    return null;
  };
}

function predicate<A, H, C>(config: Predicate, build: TreeBuild<A, H, C>): Test<H, C> {
  if (config.singlePredicate !== undefined) return single(config.singlePredicate, build);
  if (config.notMatcher !== undefined) {
    const test = predicate(config.notMatcher, build);
    return (h, context) => !test(h, context);
  }
  const tests = (list: readonly Predicate[] | undefined): readonly Test<H, C>[] =>
    each(list, (p) => predicate(p, build));
  if (config.orMatcher !== undefined) {
    const any = tests(config.orMatcher.predicate);
    return (h, context) => any.some((test) => test(h, context));
  }
  const all = tests(config.andMatcher?.predicate);
  return (h, context) => all.every((test) => test(h, context));
}

/** What the request does not have matches nothing. */
function single<A, H, C>(config: SinglePredicate, build: TreeBuild<A, H, C>): Test<H, C> {
  const of = (config.input ?? {}) as TypedConfig;
  const matcher = (config.customMatch as TypedConfig | undefined)?.typedConfig;
  const isCel = matcher?.typeUrl === CEL_MATCHER;
  if (build.cel !== undefined && of.typedConfig?.typeUrl === CEL_INPUT) {
    if (!isCel) refuse(config, '', 'Unsupported data input type: cel_data_input');
    return build.cel((matcher.value as XdsCelMatcher).exprMatch ?? {});
  }
  const input = build.input(of);
  if (isCel) refuse(config, '', 'Unsupported data input type: string');
  const test = valueTest(config, build.regex);
  return (h, context) => {
    const value = input(h, context);
    return value !== undefined && test(value);
  };
}

function valueTest(config: SinglePredicate, regex: RegexCompiler): StringTest {
  const { valueMatch, customMatch } = config;
  if (valueMatch !== undefined) return stringTest(valueMatch, regex);
  return inputMatcher((customMatch ?? {}) as TypedConfig);
}

function matchMap<A, H, C>(config: MatcherMatcherTree, build: TreeBuild<A, H, C>): MatchTree<A, H, C> {
  const input = build.input((config.input ?? {}) as TypedConfig);
  if (config.customMatch !== undefined) {
    return customTree(config.customMatch as TypedConfig, input, (row) => onMatch(row, build));
  }
  const rows = new Map<string, MatchTree<A, H, C>>();
  for (const [key, row] of (config.exactMatchMap ?? config.prefixMatchMap)?.map ?? []) {
    rows.set(toWire(key), onMatch(row, build));
  }
  if (config.exactMatchMap !== undefined) {
    return (h, context) => {
      const value = input(h, context);
      return value === undefined ? null : (rows.get(value)?.(h, context) ?? null);
    };
  }
  // The longest first; where it leads nowhere, the next one.
  const lengths = [...new Set(Array.from(rows.keys(), (key) => key.length))].sort((a, b) => b - a);
  return (h, context) => {
    const value = input(h, context);
    if (value === undefined) return null;
    for (let i = 0; i < lengths.length; i++) {
      if (lengths[i] > value.length) continue;
      const found = rows.get(value.slice(0, lengths[i]))?.(h, context) ?? null;
      if (found !== null) return found;
    }
    return null;
  };
}
