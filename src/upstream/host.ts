/**
 * One upstream endpoint: an address with a weight, a place and its numbers. It keeps its identity (stats, pools) as long as
 * its address stays in the cluster. Mirrors Envoy's Upstream::HostImpl (source/common/upstream/upstream_impl.h).
 */
import type { Address } from '../transport/address.ts';
import type { LbEndpointConfig, LocalityLbEndpointsConfig } from './cluster-config.ts';
import type { Cluster, Host, HttpPool, RedisHostClient } from './types.ts';
import { HostStats } from './types.ts';

/** Weight of an endpoint without load_balancing_weight (api: defaults to 1). */
export const DEFAULT_WEIGHT = 1;

export class UpstreamHost implements Host {
  /** Not readonly in fact only for LOGICAL_DNS, where one host moves from address to address. */
  address: Address;
  readonly hostname: string;
  readonly cluster: Cluster;
  readonly priority: number;
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
  weight: number;
  healthy: boolean;
  /** Neither healthy nor unhealthy: used when the healthy ones do not suffice (health_status DEGRADED). */
  degraded: boolean;
  readonly canary: boolean;
  /** `hash_key` of the endpoint's envoy.lb metadata: what consistent hashing uses instead of the address. '' when absent. */
  readonly hashKey: string;
  readonly stats = new HostStats();
  httpPool: HttpPool | null = null;
  redisClient: RedisHostClient | null = null;
  /** What health_status of the config said: UNKNOWN, HEALTHY, UNHEALTHY, DRAINING, TIMEOUT or DEGRADED. */
  private readonly configHealth: string;

  constructor(
    cluster: Cluster,
    address: Address,
    hostname: string,
    locality: LocalityLbEndpointsConfig,
    ep: LbEndpointConfig,
  ) {
    this.cluster = cluster;
    this.address = address;
    this.hostname = hostname;
    this.priority = locality.priority ?? 0;
    this.region = locality.locality?.region ?? '';
    this.zone = locality.locality?.zone ?? '';
    this.subZone = locality.locality?.subZone ?? '';
    this.weight = ep.loadBalancingWeight ?? DEFAULT_WEIGHT;
    this.configHealth = ep.healthStatus ?? 'UNKNOWN';
    this.degraded = this.configHealth === 'DEGRADED';
    this.healthy = this.configHealth === 'UNKNOWN' || this.configHealth === 'HEALTHY';
    const lb = ep.metadata?.filterMetadata?.get('envoy.lb');
    this.canary = lb?.canary === true;
    this.hashKey = typeof lb?.hash_key === 'string' ? lb.hash_key : '';
  }

  /** As `/clusters` prints it (HostUtility::healthFlagsToString). */
  get healthFlags(): string {
    if (this.degraded) return '/degraded_eds_health';
    return this.healthy ? 'healthy' : '/failed_eds_health';
  }

  /** The host left its cluster: whatever still runs on it may finish, then its connections close. */
  drain(): void {
    if (this.httpPool !== null) this.httpPool.drain();
    if (this.redisClient !== null) this.redisClient.drain();
  }
}
