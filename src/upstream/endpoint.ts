/**
 * What discovery knows of a cluster's hosts, as data: it says the same to every event loop, across threads where there are several. Mirrors
 * ClusterLoadAssignment (envoy/config/endpoint/v3/endpoint.proto) after names have been resolved.
 */

import { refuse } from '../config/refusal.ts';
import type {
  Any,
  ClusterLoadAssignmentPolicy,
  EndpointHealthCheckConfig,
  LbEndpoint,
  LocalityLbEndpoints,
  Locality as LocalityMessage,
  Metadata,
} from '../config/schema/types.ts';
import { isIP } from '../platform/ip.ts';
import type { Address } from '../transport/address.ts';
import { flagsOfStatus } from './health/health-flags.ts';

/** Weight of an endpoint without load_balancing_weight (api: defaults to 1). */
export const DEFAULT_WEIGHT = 1;

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

export interface Endpoint {
  /** Unique in its cluster. The same id is the same host: it keeps its connections and numbers, whatever else about it changed. */
  readonly id: number;
  readonly address: Address;
  /** More addresses of the same host. */
  readonly others?: readonly Address[];
  /** The name it was resolved from, or its own ('' for STATIC without one, as Envoy prints it). */
  readonly hostname: string;
  readonly weight: number;
  /** HealthFlag bits (health/health-flags.ts) of a host that is new; of one that is there already only EDS_FLAGS count. */
  readonly health: number;
  readonly metadata: Metadata | undefined;
  /** How it is checked, where that is not as it is used. */
  readonly check?: EndpointHealthCheckConfig;
}

export interface LocalityEndpoints {
  readonly locality: Locality;
  /** Of the locality among the others of its priority; 0 when it has none. */
  readonly weight: number;
  readonly endpoints: readonly Endpoint[];
}

/** All endpoints of one priority from now on. */
export interface PriorityUpdate {
  readonly priority: number;
  readonly localities: readonly LocalityEndpoints[];
  /** Of discovery that sends it with the endpoints; absent: as the cluster's own config says. */
  readonly policy?: Pick<
    ClusterLoadAssignmentPolicy,
    'overprovisioningFactor' | 'weightedPriorityHealth' | 'dropOverloads'
  >;
}

/** Of typed metadata: the proxy through which a host is reached (http-11-proxy.ts). */
export const PROXY_ADDRESS = 'envoy.http11_proxy_transport_socket.proxy_address';

const NOWHERE: Locality = { region: '', zone: '', subZone: '' };

export function makeLocality(c: LocalityMessage | undefined): Locality {
  return c === undefined ? NOWHERE : { region: c.region ?? '', zone: c.zone ?? '', subZone: c.subZone ?? '' };
}

export function makeEndpoint(
  id: number,
  address: Address,
  hostname: string,
  config: LbEndpoint,
  others: readonly Address[] = [],
): Endpoint {
  const endpoint: Endpoint = {
    id,
    address,
    ...(others.length > 0 && { others }),
    hostname,
    weight: config.loadBalancingWeight ?? DEFAULT_WEIGHT,
    health: flagsOfStatus(config.healthStatus),
    metadata: config.metadata,
  };
  const check = config.endpoint?.healthCheckConfig;
  return check === undefined ? endpoint : { ...endpoint, check };
}

/** Throws Envoy's sentences; `hasPorts`: the host is no pipe. */
export function checkHealthAddress(config: LbEndpoint, hasPorts: boolean): void {
  const check = config.endpoint?.healthCheckConfig;
  if (check === undefined) return;
  if (!hasPorts && (check.portValue ?? 0) > 0) {
    refuse(check, 'port_value', 'Invalid host configuration: non-zero port for non-IP address');
  }
  const at = check.address?.socketAddress;
  if (at !== undefined && isIP(at.address ?? '') === 0) {
    refuse(at, 'address', `malformed IP address: ${at.address ?? ''}`);
  }
}

export function makeLocalityEndpoints(config: LocalityLbEndpoints, endpoints: readonly Endpoint[]): LocalityEndpoints {
  const locality = makeLocality(config.locality);
  const weight = config.loadBalancingWeight ?? 0;
  const proxy = config.metadata?.typedFilterMetadata?.get(PROXY_ADDRESS);
  if (proxy === undefined) return { locality, weight, endpoints };
  return { locality, weight, endpoints: endpoints.map((e) => throughProxy(e, proxy)) };
}

/** The locality's, where the host has none of its own. */
function throughProxy(endpoint: Endpoint, proxy: Any): Endpoint {
  const { metadata } = endpoint;
  const typed = metadata?.typedFilterMetadata;
  if (typed?.has(PROXY_ADDRESS) === true) return endpoint;
  const typedFilterMetadata = new Map([...(typed ?? []), [PROXY_ADDRESS, proxy] as const]);
  return { ...endpoint, metadata: { ...metadata, typedFilterMetadata } };
}
