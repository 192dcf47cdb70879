/**
 * `stats_config`: which metrics are kept, which parts of their names are tags, where the buckets of histograms end. Mirrors StatsMatcherImpl,
 * TagProducerImpl and HistogramSettingsImpl (source/common/stats). Loaded for configs that have it.
 */
import { refuse } from '../config/refusal.ts';
import type { StatsConfig, StatsMatcher, StringMatcher, TagSpecifier } from '../config/schema/types.ts';
import { stringTest } from '../http/headers/header-matcher.ts';
import { loadRegexes, NO_REGEXES, needsRegex, type Regexes } from '../http/headers/regex.ts';
import { DEFAULT_BUCKETS } from '../stats/histogram-statistics.ts';
import { isDefaultTag, type OwnRule, type Tag, TagRules } from '../stats/tags.ts';

export interface StatsSettings {
  /** Null: everything is kept. */
  readonly rejects: ((name: string) => boolean) | null;
  readonly rules: TagRules;
  readonly edgesOf: (name: string) => readonly number[];
}

/** `fixed`: tags of the command line. Throws Envoy's sentences for what the config gets wrong. */
export async function statsSettings(config: StatsConfig, fixed: readonly Tag[]): Promise<StatsSettings> {
  const specifiers = config.statsTags ?? [];
  const regexes = needsRegex(config) || specifiers.some((s) => s.regex) ? await loadRegexes() : NO_REGEXES;
  return {
    rejects: config.statsMatcher === undefined ? null : rejection(config.statsMatcher, regexes),
    rules: tagRules(config, fixed, regexes),
    edgesOf: edges(config, regexes),
  };
}

/** The matcher alone, for event loops that show nothing themselves. */
export async function rejectionOf(matcher: StatsMatcher): Promise<(name: string) => boolean> {
  return rejection(matcher, needsRegex(matcher) ? await loadRegexes() : NO_REGEXES);
}

function rejection(
  { rejectAll, inclusionList, exclusionList }: StatsMatcher,
  regexes: Regexes,
): (name: string) => boolean {
  if (rejectAll !== undefined) return rejectAll ? () => true : () => false;
  const tests = (patterns: readonly StringMatcher[] = []): ((name: string) => boolean)[] =>
    patterns.map((p) => stringTest(p, regexes.test));
  if (inclusionList !== undefined) {
    const kept = tests(inclusionList.patterns);
    return (name) => !kept.some((test) => test(name));
  }
  const left = tests(exclusionList?.patterns);
  return (name) => left.some((test) => test(name));
}

function tagRules(config: StatsConfig, fixed: readonly Tag[], regexes: Regexes): TagRules {
  const { statsTags = [], useAllDefaultTags = true, allowDefaultTagOverrides = false } = config;
  const own = statsTags.map((s) => ownRule(s, useAllDefaultTags, regexes)).filter((rule) => rule !== null);
  const replaced = allowDefaultTagOverrides ? new Set(statsTags.filter(isNew).map((s) => s.tagName)) : null;
  return TagRules.of((tag) => useAllDefaultTags && replaced?.has(tag) !== true, fixed, own);
}

/** It says itself what the tag is. */
const isNew = (s: TagSpecifier): boolean => s.fixedValue !== undefined || (s.regex ?? '') !== '';

function ownRule(s: TagSpecifier, hasDefaults: boolean, regexes: Regexes): OwnRule | Tag | string | null {
  const { tagName: tag = '', regex = '', fixedValue } = s;
  if (tag === '') refuse(s, 'tag_name', 'tag_name cannot be empty');
  if (fixedValue !== undefined) return { name: tag, value: fixedValue };
  if (regex === '') {
    if (!isDefaultTag(tag)) {
      refuse(s, 'tag_name', `No regex specified for tag specifier and no default regex for name: '${tag}'`);
    }
    // With all default tags it is there already.
    return hasDefaults ? null : tag;
  }
  return { kind: 'own', tag, firstPart: FIRST_PART.exec(regex)?.[1] ?? '', find: finder(s, regex, regexes) };
}

/** What a pattern must begin with for only such names to be tried: `^cluster\.`. */
const FIRST_PART = /^\^(\w+)\\\./;

function finder(s: TagSpecifier, regex: string, regexes: Regexes): OwnRule['find'] {
  let compiled: ReturnType<Regexes['compile']>;
  try {
    compiled = regexes.compile(regex);
  } catch (error) {
    return refuse(s, 'regex', `Invalid regex '${regex}': ${(error as Error).message}`);
  }
  // Without a group nothing can be found.
  if (compiled.groupCount() < 1) return () => null;
  return (name) => {
    const matcher = compiled.matcher(name);
    if (!matcher.find()) return null;
    const removed = matcher.group(1);
    if (removed === null) return null;
    const start = matcher.start(1);
    const value = compiled.groupCount() > 1 ? (matcher.group(2) ?? removed) : removed;
    // Envoy keeps it in parts between dots.
    return { start, end: start + removed.length, value: value.replace(/\.+$/, '') };
  };
}

function edges({ histogramBucketSettings = [] }: StatsConfig, regexes: Regexes): (name: string) => readonly number[] {
  if (histogramBucketSettings.length === 0) return () => DEFAULT_BUCKETS;
  const settings = histogramBucketSettings
    .filter((s) => (s.buckets ?? []).length > 0)
    .map((s) => ({
      test: stringTest(s.match ?? {}, regexes.test),
      edges: [...(s.buckets ?? [])].sort((a, b) => a - b),
    }));
  return (name) => settings.find((s) => s.test(name))?.edges ?? DEFAULT_BUCKETS;
}
