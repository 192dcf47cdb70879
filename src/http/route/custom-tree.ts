/**
 * custom_match of a matcher_tree: rows found by the range an address lies in, or by a domain. Mirrors source/extensions/common/matcher
 * (ip_range_matcher.h, domain_matcher.h).
 */
import { each, refuse, refuseUnregistered } from '../../config/refusal.ts';
import type {
  XdsIPMatcher as IPMatcher,
  XdsMatcherOnMatch as MatcherOnMatch,
  XdsServerNameMatcher as ServerNameMatcher,
} from '../../config/schema/types.ts';
import { IpPrefixMap, isIP } from '../../platform/ip.ts';
import type { MatchInput, MatchTree, TypedConfig } from './match-tree.ts';

type RowMaker<A, H, C> = (row: MatcherOnMatch) => MatchTree<A, H, C>;

export function customTree<A, H, C>(
  config: TypedConfig,
  input: MatchInput<H, C>,
  make: RowMaker<A, H, C>,
): MatchTree<A, H, C> {
  const { typedConfig } = config;
  switch (typedConfig?.typeUrl) {
    case 'xds.type.matcher.v3.IPMatcher':
      return byRange(typedConfig.value as IPMatcher, input, make);
    case 'xds.type.matcher.v3.ServerNameMatcher':
      return byDomain(typedConfig.value as ServerNameMatcher, input, make);
    default:
      return refuseUnregistered(config);
  }
}

interface RangeRow<A, H, C> {
  readonly found: MatchTree<A, H, C>;
  /** Only where it is the first that the address lies in. */
  readonly exclusive: boolean;
}

/** The longest range first; where it leads nowhere, the ones around it. */
function byRange<A, H, C>(config: IPMatcher, input: MatchInput<H, C>, make: RowMaker<A, H, C>): MatchTree<A, H, C> {
  const ranges = new IpPrefixMap<RangeRow<A, H, C>[]>();
  each(config.rangeMatchers, (m) => {
    const row = { found: make(m.onMatch ?? {}), exclusive: m.exclusive ?? false };
    each(m.ranges, (range) => {
      const ip = range.addressPrefix ?? '';
      const version = isIP(ip);
      if (version === 0) {
        refuse(range, 'address_prefix', `malformed IP address: ${ip}`);
      }
      const bits = Math.min(range.prefixLen ?? 0, version === 4 ? 32 : 128);
      ranges.getOrAdd(`${ip}/${bits}`, () => []).push(row);
    });
  });
  return (h, context) => {
    const ip = input(h, context);
    if (ip === undefined) return null;
    let first = true;
    for (const rows of ranges.all(ip)) {
      for (const row of rows) {
        if (row.exclusive && !first) continue;
        const found = row.found(h, context);
        if (found !== null) return found;
        first = false;
      }
    }
    return null;
  };
}

/** The name itself, then `*.` of its longest suffix, then `*`. */
function byDomain<A, H, C>(
  config: ServerNameMatcher,
  input: MatchInput<H, C>,
  make: RowMaker<A, H, C>,
): MatchTree<A, H, C> {
  const rows = new Map<string, MatchTree<A, H, C>>();
  each(config.domainMatchers, (m) => {
    const found = make(m.onMatch ?? {});
    for (const domain of m.domains ?? []) {
      if (rows.has(domain)) refuse(m, 'domains', `Duplicate domain in ServerNameMatcher: ${domain}`);
      const wrong = wrongDomain(domain);
      if (wrong !== '') refuse(m, 'domains', wrong);
      rows.set(domain, found);
    }
  });
  return (h, context) => {
    const name = input(h, context);
    if (name === undefined || name === '') return null;
    let found = name.startsWith('*') ? null : (rows.get(name)?.(h, context) ?? null);
    for (let dot = name.indexOf('.'); found === null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      found = rows.get(`*${name.slice(dot)}`)?.(h, context) ?? null;
    }
    return found ?? rows.get('*')?.(h, context) ?? null;
  };
}

function wrongDomain(domain: string): string {
  if (domain === '*') return '';
  if (domain === '') return 'Empty domain in ServerNameMatcher';
  const star = domain.indexOf('*');
  if (star < 0) return '';
  if (star !== 0 || domain.length < 3 || domain[1] !== '.') {
    return `Invalid wildcard domain format: ${domain}. Only '*' and '*.domain' patterns are supported`;
  }
  if (domain.includes('*', 1)) {
    return `Invalid wildcard domain format: ${domain}. Multiple wildcards are not supported`;
  }
  return '';
}
