/**
 * The balancer of a cluster that says more than lb_policy: typed policies, subsets, localities, zones, slow start, bounded loads. Mirrors how
 * ClusterInfoImpl finds a factory and LegacyLbPolicyConfigHelper makes the older fields typed ones
 * (source/common/upstream/upstream_impl.cc, source/extensions/load_balancing_policies).
 */
import { refuse, within } from '../../config/refusal.ts';
import type {
  Cluster as ClusterMessage,
  ClusterSlowStartConfig,
  LeastRequest,
  LoadBalancingPolicy,
  LocalityLbConfig,
  Maglev,
  OverrideHost,
  Random as RandomMessage,
  RingHash,
  RoundRobin,
  Subset,
} from '../../config/schema/types.ts';
import { runtimeDouble, uintByKey } from '../../runtime/runtime.ts';
import type { Cluster, ClusterContext, LocalPlace } from '../cluster.ts';
import type { Host } from '../host.ts';
import { boundedLoad } from './bounded-load.ts';
import { fullScan } from './full-scan.ts';
import type { Policy } from './host-picker.ts';
import { DEFAULT_ACTIVE_REQUEST_BIAS, weightByLoad } from './least-request.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { murmurHash2 } from './murmur2.ts';
import { OverrideHostBalancer } from './override-host.ts';
import { overridable } from './override-status.ts';
import { basePolicy, ownOptions, type PolicyOptions } from './policy.ts';
import { PriorityBalancer, type PriorityBalancerSettings, panicOf } from './priority-balancer.ts';
import { weightOf } from './round-robin.ts';
import { SlowStart, slowStart } from './slow-start.ts';
import { SubsetBalancer } from './subset-balancer.ts';
import { type SubsetConfig, subsetSettings } from './subset-selectors.ts';
import { localityShares, weightedLocalities } from './weighted-localities.ts';
import { DEFAULT_MIN_CLUSTER_SIZE, ZoneRouting, zoneAware } from './zone-aware.ts';

const LB = 'envoy.extensions.load_balancing_policies.';
/** Type URL of a typed policy → the lb_policy it is. */
const TYPED: Readonly<Record<string, string>> = {
  [`${LB}round_robin.v3.RoundRobin`]: 'ROUND_ROBIN',
  [`${LB}least_request.v3.LeastRequest`]: 'LEAST_REQUEST',
  [`${LB}random.v3.Random`]: 'RANDOM',
  [`${LB}maglev.v3.Maglev`]: 'MAGLEV',
  [`${LB}ring_hash.v3.RingHash`]: 'RING_HASH',
};
const SUBSET = `${LB}subset.v3.Subset`;
const OVERRIDE_HOST = `${LB}override_host.v3.OverrideHost`;
const CLUSTER_PROVIDED = `${LB}cluster_provided.v3.ClusterProvided`;

const OTHERS: ReadonlySet<string> = new Set([SUBSET, OVERRIDE_HOST, CLUSTER_PROVIDED]);

/** What the typed messages have in common with the older fields, by the names of the typed ones. */
interface Chosen {
  readonly policy: string;
  /** Of a policy that hashes: where its sizes stand. */
  readonly message: object;
  readonly options: PolicyOptions;
  readonly slowStart?: ClusterSlowStartConfig;
  readonly locality?: LocalityLbConfig;
  readonly balanceFactor?: number;
  readonly murmur?: boolean;
  readonly fullScan?: boolean;
  readonly subset?: SubsetConfig;
  readonly override?: OverrideHost;
}

/** The first typed policy of the list that there is here, as Envoy takes the first it knows; undefined for none. */
function firstKnown(list: LoadBalancingPolicy | undefined): { typeUrl: string; value: unknown } | undefined {
  for (const p of list?.policies ?? []) {
    const typed = p.typedExtensionConfig?.typedConfig;
    if (typed === undefined) continue;
    if (TYPED[typed.typeUrl] !== undefined || OTHERS.has(typed.typeUrl)) return typed;
  }
  return undefined;
}

/** Of the policy that is taken; undefined for none. */
export function firstKnownType(list: LoadBalancingPolicy): string | undefined {
  return firstKnown(list)?.typeUrl;
}

/** The policy says that the cluster's type chooses. */
export function providedByType(config: ClusterMessage): boolean {
  const { loadBalancingPolicy: typed, lbSubsetConfig } = config;
  if (typed !== undefined) return firstKnown(typed)?.typeUrl === CLUSTER_PROVIDED;
  if (config.lbPolicy !== 'CLUSTER_PROVIDED') return false;
  if ((lbSubsetConfig?.subsetSelectors ?? []).length > 0) {
    refuse(config, 'lb_policy', 'cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config');
  }
  return true;
}

export function nobodyProvides(config: ClusterMessage): never {
  const message = `cluster manager: cluster provided LB specified but cluster '${config.name ?? ''}' did not provide one. Check cluster documentation.`;
  return refuse(config, 'load_balancing_policy', message);
}

export function configuredBalancer(cluster: Cluster, ctx: ClusterContext): LoadBalancer {
  const { info } = cluster;
  const { config } = info;
  const chosen = chosenOf(config);
  const panic = isTyped(config) ? panicOf(config, failsOnPanic(chosen)) : panicOf(config);
  const make = (): LoadBalancer => ofPriorities(chosen, panic, cluster, ctx);
  const { subset } = chosen;
  const balancer: LoadBalancer =
    subset === undefined || (subset.subsetSelectors ?? []).length === 0
      ? make()
      : new SubsetBalancer(subsetSettings(subset), make, info.scope);
  const statuses = config.commonLbConfig?.overrideHostStatus?.statuses;
  if (statuses !== undefined) balancer.mayOverride = overridable(statuses);
  return chosen.override === undefined ? balancer : new OverrideHostBalancer(chosen.override, balancer);
}

/** load_balancing_policy counts instead of lb_policy, whatever that says. */
function isTyped(config: ClusterMessage): boolean {
  return config.loadBalancingPolicy !== undefined;
}

/** Throws Envoy's sentences for fields that contradict each other. */
function chosenOf(config: ClusterMessage): Chosen {
  const { lbSubsetConfig: subset } = config;
  if (isTyped(config)) {
    if (subset !== undefined) {
      refuse(config, 'lb_subset_config', 'cluster: load_balancing_policy cannot be combined with lb_subset_config');
    }
    return typed(config, config.loadBalancingPolicy, `cluster: '${config.name ?? ''}'`);
  }
  if (subset?.localityWeightAware === true && config.commonLbConfig?.localityWeightedLbConfig === undefined) {
    const message = `Locality weight aware subset LB requires that a locality_weighted_lb_config be set in ${config.name ?? ''}`;
    refuse(config, 'lb_subset_config', message);
  }
  return older(config);
}

function typed(config: ClusterMessage, list: LoadBalancingPolicy | undefined, of: string): Chosen {
  const found = firstKnown(list);
  if (found === undefined || found.typeUrl === CLUSTER_PROVIDED) {
    const names = (list?.policies ?? []).map((p) => p.typedExtensionConfig?.name ?? '').join(', ');
    const message =
      of === OVERRIDE_HOST
        ? `dynamic forwarding LB: didn't find a registered fallback load balancer factory with names from ${names}`
        : `cluster: didn't find a registered load balancer factory implementation for ${of} with names from [${names}]`;
    return refuse(config, 'load_balancing_policy', message);
  }
  if (found.typeUrl === SUBSET) {
    const subset = found.value as Subset;
    return { ...typed(config, subset.subsetLbPolicy, 'subset lb'), subset };
  }
  if (found.typeUrl === OVERRIDE_HOST) {
    const override = found.value as OverrideHost;
    return { ...typed(config, override.fallbackPolicy, OVERRIDE_HOST), override };
  }
  const value = found.value as RoundRobin & LeastRequest & RandomMessage & RingHash & Maglev;
  const { localityWeightedLbConfig } = value;
  return {
    policy: TYPED[found.typeUrl],
    message: value,
    options: value,
    slowStart: value.slowStartConfig,
    locality: localityWeightedLbConfig === undefined ? value.localityLbConfig : { localityWeightedLbConfig },
    balanceFactor: value.consistentHashingLbConfig?.hashBalanceFactor ?? value.hashBalanceFactor,
    murmur: value.hashFunction === 'MURMUR_HASH_2',
    // enable_full_scan does nothing in Envoy 1.40.
    fullScan: value.selectionMethod === 'FULL_SCAN',
  };
}

function older(config: ClusterMessage): Chosen {
  const { commonLbConfig: common, lbPolicy: policy = 'ROUND_ROBIN' } = config;
  const { localityWeightedLbConfig, zoneAwareLbConfig } = common ?? {};
  return {
    policy,
    message: config.ringHashLbConfig ?? config,
    options: ownOptions(config),
    slowStart:
      policy === 'LEAST_REQUEST'
        ? config.leastRequestLbConfig?.slowStartConfig
        : config.roundRobinLbConfig?.slowStartConfig,
    locality: localityWeightedLbConfig === undefined ? { zoneAwareLbConfig } : { localityWeightedLbConfig },
    balanceFactor: common?.consistentHashingLbConfig?.hashBalanceFactor,
    murmur: config.ringHashLbConfig?.hashFunction === 'MURMUR_HASH_2',
    subset: config.lbSubsetConfig,
  };
}

function failsOnPanic({ locality }: Chosen): boolean {
  return locality?.zoneAwareLbConfig?.failTrafficOnPanic === true;
}

/** One for the cluster, or for each of its subsets. */
function ofPriorities(
  chosen: Chosen,
  panic: PriorityBalancerSettings,
  cluster: Cluster,
  ctx: ClusterContext,
): LoadBalancer {
  const { info } = cluster;
  const { random, local = NO_PLACE } = ctx;
  if (chosen.policy === 'RING_HASH' || chosen.policy === 'MAGLEV') {
    const hash = chosen.murmur === true ? murmurHash2 : undefined;
    let policy = within(chosen.message, () => basePolicy(chosen.policy, chosen.options, info, random, hash));
    const { balanceFactor = 0, locality } = chosen;
    if (balanceFactor > 0) policy = boundedLoad(policy, balanceFactor, info);
    if (locality?.localityWeightedLbConfig !== undefined) policy = localityShares(policy, local.locality);
    const balancer = new PriorityBalancer(policy, random, info, panic);
    // A place without a weight has nobody.
    balancer.takesTheOnly = locality?.localityWeightedLbConfig === undefined;
    return balancer;
  }
  const hosts = hostsPolicy(chosen, cluster, ctx);
  let zones: ZoneRouting | null = null;
  let policy = hosts;
  if (local.cluster !== '' && local.cluster !== info.name) {
    zones = zoneRouting(chosen, panic, cluster, ctx, local);
    policy = zoneAware(hosts, zones);
  }
  if (chosen.locality?.localityWeightedLbConfig !== undefined) {
    policy = weightedLocalities(hosts, policy, random, local.locality);
  }
  const balancer: LoadBalancer = new PriorityBalancer(policy, random, info, panic);
  if (zones !== null) balancer.retire = () => zones.retire();
  return balancer;
}

/** Round robin, least request and random, among hosts of one list. */
function hostsPolicy(chosen: Chosen, { info }: Cluster, { random }: ClusterContext): Policy {
  const bias = runtimeDouble(chosen.options.activeRequestBias, DEFAULT_ACTIVE_REQUEST_BIAS);
  const scans = chosen.policy === 'LEAST_REQUEST' && chosen.fullScan === true;
  const policy = scans ? fullScan(random, bias) : basePolicy(chosen.policy, chosen.options, info, random);
  const { slowStart: config } = chosen;
  if (config === undefined || (config.slowStartWindow ?? 0) === 0 || chosen.policy === 'RANDOM') return policy;
  const weight = (): ((host: Host) => number) =>
    chosen.policy === 'LEAST_REQUEST' ? weightByLoad(bias.value) : weightOf;
  return slowStart(policy, new SlowStart(config), weight, random);
}

function zoneRouting(
  { locality }: Chosen,
  panic: PriorityBalancerSettings,
  { info }: Cluster,
  { random, clusters }: ClusterContext,
  local: LocalPlace,
): ZoneRouting {
  const zone = locality?.zoneAwareLbConfig;
  const settings = {
    minClusterSize: uintByKey(
      'upstream.zone_routing.min_cluster_size',
      zone?.minClusterSize ?? DEFAULT_MIN_CLUSTER_SIZE,
    ),
    routingEnabled: uintByKey('upstream.zone_routing.enabled', Math.round(zone?.routingEnabled?.value ?? 100)),
    failOnPanic: zone?.failTrafficOnPanic === true,
    forceLocalMin:
      zone?.forceLocalZone !== undefined
        ? (zone.forceLocalZone.minSize ?? 1)
        : Number(zone?.forceLocalityDirectRouting === true),
    byWeight: zone?.localityBasis === 'HEALTHY_HOSTS_WEIGHT',
    panic,
  };
  return new ZoneRouting(settings, clusters.ref(local.cluster), local.locality, random, info.scope);
}

const NO_PLACE: LocalPlace = { cluster: '', locality: { region: '', zone: '', subZone: '' } };
