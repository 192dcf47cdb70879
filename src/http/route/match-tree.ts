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
} from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';
import { inputMatcher } from './input-matchers.ts';
import type { RequestContext } from './request-context.ts';

/** Undefined where the request has no such value. */
export type MatchInput = (h: Headers, context: RequestContext) => string | undefined;

/** Null where nothing matches. */
export type MatchTree<A> = (h: Headers, context: RequestContext) => A | null;

/** A TypedExtensionConfig of xds. */
export interface TypedConfig {
  readonly name?: string;
  readonly typedConfig?: Any;
}

export interface TreeBuild<A> {
  readonly regex: RegexCompiler;
  input(config: TypedConfig): MatchInput;
  action(config: TypedConfig): A;
}

/** What Envoy says before what is wrong with a tree of routes. */
export const TREE = 'requirement violation while creating route match tree: INVALID_ARGUMENT: ';

type Test = (h: Headers, context: RequestContext) => boolean;

export function compileMatchTree<A>(matcher: Matcher, build: TreeBuild<A>): MatchTree<A> {
  const otherwise = matcher.onNoMatch === undefined ? null : onMatch(matcher.onNoMatch, build);
  const first =
    matcher.matcherList !== undefined
      ? matchList(matcher.matcherList, build)
      : matcher.matcherTree !== undefined
        ? matchMap(matcher.matcherTree, build)
        : null;
  return (h, context) => first?.(h, context) ?? otherwise?.(h, context) ?? null;
}

function onMatch<A>(config: MatcherOnMatch, build: TreeBuild<A>): MatchTree<A> {
  if (config.keepMatching === true) {
    refuse(config, 'keep_matching', 'keep_matching is not supported in this context', {
      envoy: `${TREE}keep_matching is not supported in this context`,
    });
  }
  if (config.matcher !== undefined) return compileMatchTree(config.matcher, build);
  const action = build.action((config.action ?? {}) as TypedConfig);
  return () => action;
}

function matchList<A>(config: MatcherMatcherList, build: TreeBuild<A>): MatchTree<A> {
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

function predicate<A>(config: Predicate, build: TreeBuild<A>): Test {
  if (config.singlePredicate !== undefined) return single(config.singlePredicate, build);
  if (config.notMatcher !== undefined) {
    const test = predicate(config.notMatcher, build);
    return (h, context) => !test(h, context);
  }
  const tests = (list: readonly Predicate[] | undefined): readonly Test[] => each(list, (p) => predicate(p, build));
  if (config.orMatcher !== undefined) {
    const any = tests(config.orMatcher.predicate);
    return (h, context) => any.some((test) => test(h, context));
  }
  const all = tests(config.andMatcher?.predicate);
  return (h, context) => all.every((test) => test(h, context));
}

/** What the request does not have matches nothing. */
function single<A>(config: SinglePredicate, build: TreeBuild<A>): Test {
  const input = build.input((config.input ?? {}) as TypedConfig);
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

function matchMap<A>(config: MatcherMatcherTree, build: TreeBuild<A>): MatchTree<A> {
  const input = build.input((config.input ?? {}) as TypedConfig);
  if (config.customMatch !== undefined) {
    return refuse(config, 'custom_match', 'a custom_match of a matcher_tree is not supported yet');
  }
  const rows = new Map<string, MatchTree<A>>();
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
