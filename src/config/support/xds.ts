/** What is done with the messages of schema/generated/xds.ts; see support.ts. */
import type { Entry } from './support.ts';

const MATCHER = 'xds.type.matcher.v3';

const entries: Readonly<Record<string, Entry>> = {
  'xds.core.v3.CidrRange': { does: '*' },
  'xds.core.v3.TypedExtensionConfig': { does: '*' },
  [`${MATCHER}.CelMatcher`]: { does: 'expr_match', inert: 'description' },
  [`${MATCHER}.HttpAttributesCelMatchInput`]: {},
  [`${MATCHER}.IPMatcher`]: { does: '*' },
  [`${MATCHER}.IPMatcher.IPRangeMatcher`]: { does: '*' },
  [`${MATCHER}.Matcher`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherList`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherList.FieldMatcher`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherList.Predicate`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherList.Predicate.PredicateList`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherList.Predicate.SinglePredicate`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherTree`]: { does: '*' },
  [`${MATCHER}.Matcher.MatcherTree.MatchMap`]: { does: '*' },
  [`${MATCHER}.Matcher.OnMatch`]: { does: '*' },
  [`${MATCHER}.RegexMatcher`]: { does: '*' },
  [`${MATCHER}.RegexMatcher.GoogleRE2`]: {},
  [`${MATCHER}.ServerNameMatcher`]: { does: '*' },
  [`${MATCHER}.ServerNameMatcher.DomainMatcher`]: { does: '*' },
  [`${MATCHER}.StringMatcher`]: { does: 'exact prefix suffix safe_regex contains ignore_case' },
  'xds.type.v3.CelExpression': { does: '*' },
};
export default entries;
