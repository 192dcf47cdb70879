/**
 * lb_subset_config, read: which keys make subsets, and what happens to a request that has none. Mirrors SubsetSelector and
 * LoadBalancerSubsetInfoImpl (source/extensions/load_balancing_policies/subset/subset_lb_config.{h,cc}).
 */
import { each, refuse } from '../../config/refusal.ts';
import type {
  ClusterLbSubsetConfig,
  ClusterLbSubsetConfigLbSubsetSelector,
  Subset,
} from '../../config/schema/types.ts';
import type { LbMetadata } from './load-balancer.ts';
import { byBytes } from './subset-criteria.ts';

export type SubsetConfig = ClusterLbSubsetConfig & Pick<Subset, 'allowRedundantKeys'>;

export interface Selector {
  /** In the order of bytes, each once. */
  readonly keys: readonly string[];
  readonly keySet: ReadonlySet<string>;
  readonly singleHost: boolean;
  readonly fallback: 'NOT_DEFINED' | 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET' | 'KEYS_SUBSET';
  readonly fallbackKeys: ReadonlySet<string>;
}

export interface SubsetSettings {
  readonly selectors: readonly Selector[];
  readonly fallback: 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET';
  readonly defaultSubset: LbMetadata;
  readonly localityWeightAware: boolean;
  readonly scaleLocalityWeight: boolean;
  readonly panicModeAny: boolean;
  readonly listAsAny: boolean;
  readonly fallbackList: boolean;
  readonly allowRedundantKeys: boolean;
}

/** Throws Envoy's sentences for what the configuration gets wrong. */
export function subsetSettings(config: SubsetConfig): SubsetSettings {
  const named = (config.subsetSelectors ?? []).filter((s) => (s.keys ?? []).length > 0);
  const selectors = each(named, selectorOf);
  const allowRedundantKeys = config.allowRedundantKeys === true;
  if (allowRedundantKeys) selectors.sort((a, b) => b.keys.length - a.keys.length);
  return {
    selectors,
    fallback: config.fallbackPolicy ?? 'NO_FALLBACK',
    defaultSubset: config.defaultSubset ?? {},
    localityWeightAware: config.localityWeightAware === true,
    scaleLocalityWeight: config.scaleLocalityWeight === true,
    panicModeAny: config.panicModeAny === true,
    listAsAny: config.listAsAny === true,
    fallbackList: config.metadataFallbackPolicy === 'FALLBACK_LIST',
    allowRedundantKeys,
  };
}

function selectorOf(config: ClusterLbSubsetConfigLbSubsetSelector): Selector {
  const keySet = new Set(config.keys);
  const fallbackKeys = new Set(config.fallbackKeysSubset);
  const { fallbackPolicy: fallback = 'NOT_DEFINED' } = config;
  if (fallback !== 'KEYS_SUBSET') {
    if (fallbackKeys.size > 0) {
      refuse(config, 'fallback_keys_subset', 'fallback_keys_subset can be set only for KEYS_SUBSET fallback_policy');
    }
  } else if (fallbackKeys.size === 0) {
    refuse(config, 'fallback_keys_subset', 'fallback_keys_subset cannot be empty');
  } else if (![...fallbackKeys].every((key) => keySet.has(key))) {
    refuse(config, 'fallback_keys_subset', 'fallback_keys_subset must be a subset of selector keys');
  } else if (fallbackKeys.size === keySet.size) {
    refuse(config, 'fallback_keys_subset', 'fallback_keys_subset cannot be equal to keys');
  }
  const singleHost = config.singleHostPerSubset === true;
  return { keys: [...keySet].sort(byBytes), keySet, singleHost, fallback, fallbackKeys };
}
