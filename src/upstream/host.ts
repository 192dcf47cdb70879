/**
 * One upstream host in one event loop: an address with a weight, a place, its health and its numbers, and what other layers keep for
 * it. It keeps its identity (numbers, pools) as long as its endpoint stays in the cluster. Mirrors Envoy's Upstream::HostImpl
 * (source/common/upstream/upstream_impl.h).
 */

import type { EndpointHealthCheckConfig, Metadata } from '../config/schema/types.ts';
import { Address } from '../transport/address.ts';
import { type Connection, type ConnectOptions, connect } from '../transport/connection.ts';
import { askedBy, downstreamOf } from '../transport/downstream-facts.ts';
import type { TransportFactory, TransportOptions } from '../transport/transport-factory.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { ClusterInfo } from './cluster-info.ts';
import type { Endpoint, Locality } from './endpoint.ts';
import { EDS_FLAGS, FAILED_OUTLIER_CHECK, type HealthLevel, levelOf } from './health/health-flags.ts';
import { type HostMonitor, NO_MONITOR } from './outlier/host-monitor.ts';
import type { HostPools } from './pools/host-pools.ts';

/** A check's own timeout ends its connecting. */
const NO_CONNECT_TIMEOUT_MS = 2 ** 30;

/** Per-host numbers shown by /clusters. Plain numbers: they belong to one event loop. */
export class HostStats {
  cxActive = 0;
  cxTotal = 0;
  cxConnectFail = 0;
  rqActive = 0;
  /** Waiting for a connection. */
  rqPendingActive = 0;
  rqTotal = 0;
  rqSuccess = 0;
  rqError = 0;
  rqTimeout = 0;
}

/** Where connections to hosts begin otherwise than at their one address (reach.ts). */
export interface Reach {
  transport(host: Host, inner: TransportFactory | undefined): TransportFactory;
  /** The same address, from where it is to be reached. */
  from(address: Address): Address;
}

/** What a layer above keeps for a host, and what must go when the host goes: its connections there. */
export interface HostSlot {
  /** The host left its cluster: finish what runs, then close. */
  drain(): void;
  /** The host was found unhealthy. */
  hostFailed?(): void;
}

let slots = 0;

/** The number of a slot of every host, for one kind of HostSlot. Asked for once, when a module is loaded. */
export function hostSlot(): number {
  return slots++;
}

const NO_ADDRESSES: readonly Address[] = [];

export class Host {
  readonly cluster: ClusterInfo;
  /** The endpoint's, unique in the cluster. */
  readonly id: number;
  /** Changes for LOGICAL_DNS, whose one host moves from address to address. */
  address: Address;
  /** More addresses of it, tried where the first one does not answer. */
  others: readonly Address[];
  hostname: string;
  locality: Locality;
  priority: number;
  weight: number;
  /** HealthFlag bits (health/health-flags.ts): change them through `setHealth`. */
  health: number;
  /** What the bits come to. */
  level: HealthLevel;
  /** Of the endpoint's `envoy.lb` metadata. */
  canary: boolean;
  /** `hash_key` of the endpoint's envoy.lb metadata: what consistent hashing uses instead of the address. '' when absent. */
  hashKey: string;
  metadata: Metadata | undefined;
  /** Its cluster's, with the transport that its metadata asks for. */
  connection: ConnectOptions;
  /** How active checks reach it, where that is not as requests do. */
  check: EndpointHealthCheckConfig | undefined;
  readonly stats: HostStats;
  /** Told how the host did. */
  monitor: HostMonitor;
  /** Its HTTP pools, null before the first request. */
  pools: HostPools | null;
  /** By `hostSlot()`. */
  readonly slots: (HostSlot | undefined)[];
  /** For the cluster: number of the update that saw it last. */
  seen: number;
  /** ms of `clockMs`, where slow start wants to know; 0: not known. */
  healthySince: number;

  constructor(cluster: ClusterInfo, endpoint: Endpoint, locality: Locality, priority: number) {
    this.cluster = cluster;
    this.id = endpoint.id;
    this.address = endpoint.address;
    this.others = endpoint.others ?? NO_ADDRESSES;
    this.hostname = endpoint.hostname;
    this.locality = locality;
    this.priority = priority;
    this.weight = endpoint.weight;
    this.health = endpoint.health;
    this.level = levelOf(endpoint.health);
    this.canary = false;
    this.hashKey = '';
    this.metadata = undefined;
    this.connection = cluster.connection;
    this.check = endpoint.check;
    this.stats = new HostStats();
    this.monitor = cluster.monitor === null ? NO_MONITOR : cluster.monitor(endpoint.id);
    this.pools = null;
    this.slots = [];
    this.seen = 0;
    this.healthySince = 0;
    if (endpoint.metadata !== undefined || cluster.transportMatches.length > 0) this.takeMetadata(endpoint.metadata);
  }

  /** Its endpoint was sent again. What health checks found out stays. */
  take(endpoint: Endpoint, locality: Locality, priority: number): void {
    if (endpoint.address.text !== this.address.text) this.address = endpoint.address;
    this.others = endpoint.others ?? NO_ADDRESSES;
    this.hostname = endpoint.hostname;
    this.locality = locality;
    this.priority = priority;
    this.weight = endpoint.weight;
    this.check = endpoint.check;
    this.setHealth((this.health & ~EDS_FLAGS) | (endpoint.health & EDS_FLAGS));
    this.takeMetadata(endpoint.metadata);
  }

  private takeMetadata(metadata: Metadata | undefined): void {
    this.metadata = metadata;
    const lb = metadata?.filterMetadata?.get('envoy.lb');
    if (this.cluster.transportMatches.length > 0) this.connection = this.cluster.connectionOf(metadata);
    this.canary = lb?.canary === true;
    this.hashKey = typeof lb?.hash_key === 'string' ? lb.hash_key : '';
  }

  /** The cluster must be told (`Cluster.hostsChanged`) before balancing sees it. */
  setHealth(flags: number): void {
    if ((this.health & ~flags & FAILED_OUTLIER_CHECK) !== 0) this.monitor.unejected?.();
    this.health = flags;
    this.level = levelOf(flags);
  }

  /** A connection to it with its cluster's settings. `transport`: what is asked of the transport instead of those. Who calls counts it. */
  connect(handler: ConnectionHandler, transport: TransportOptions | null = null): Connection {
    const connection = this.reached(this.connection);
    if (this.connection.transport?.usesHost === true) {
      return connect(this.address, handler, { ...connection, transportOptions: this.toldOf(transport) });
    }
    const options = transport === null ? connection : { ...connection, transportOptions: transport };
    return connect(this.address, handler, options);
  }

  private reached(connection: ConnectOptions): ConnectOptions {
    const { reach } = this.cluster;
    return reach === null ? connection : { ...connection, transport: reach.transport(this, connection.transport) };
  }

  /** What a connection for this client is asked for; null: what any other one is. */
  transportFor(downstream: Connection): TransportOptions | null {
    const state = downstream.socketInfo?.filterState ?? null;
    const tells = this.connection.transport?.usesDownstream === true;
    const { poolPerClient } = this.cluster;
    if (state === null && !tells && !poolPerClient) return null;
    const asked = state === null ? null : askedBy(state);
    if (!tells && !poolPerClient) return asked;
    const told = tells ? { ...asked, downstream: downstreamOf(downstream) } : asked;
    return poolPerClient ? { ...told, client: downstream.id } : told;
  }

  /** A connection for an active check: where the endpoint says, for as long as the check may take. Nobody counts it. */
  connectToCheck(handler: ConnectionHandler): Connection {
    const { checkTransport } = this.cluster;
    const criteria = checkTransport?.metadata;
    const connection = criteria === undefined ? this.connection : this.cluster.connectionOf(criteria);
    const options = { ...connection, connectTimeoutMs: NO_CONNECT_TIMEOUT_MS };
    if (checkTransport === null && connection.transport?.usesHost !== true) {
      return connect(this.fromHere(this.checkAddress), handler, options);
    }
    const transportOptions = this.toldOf(checkTransport?.options ?? null);
    return connect(this.fromHere(this.checkAddress), handler, { ...options, transportOptions });
  }

  private fromHere(address: Address): Address {
    return this.cluster.reach?.from(address) ?? address;
  }

  /** For a transport that asks who the host is. */
  private toldOf(options: TransportOptions | null): TransportOptions {
    const typedMetadata = this.metadata?.typedFilterMetadata;
    return { ...options, hostname: this.hostname, ...(typedMetadata && { typedMetadata }) };
  }

  private get checkAddress(): Address {
    return checkAddress(this.address, this.check);
  }

  /**
   * Health checks or outlier detection have found it unhealthy: its connections take no new requests
   * (ClusterManagerImpl::ThreadLocalClusterManagerImpl::onHostHealthFailure).
   */
  failed(): void {
    if (this.pools !== null) this.pools.drainExisting();
    for (const slot of this.slots) slot?.hostFailed?.();
  }

  /** It left its cluster: whatever still runs on it may finish, then its connections close. */
  drain(): void {
    if (this.pools !== null) this.pools.drain();
    for (const slot of this.slots) slot?.drain();
  }
}

/** Where a host is asked how it does. */
export function checkAddress(address: Address, check: EndpointHealthCheckConfig | undefined): Address {
  const socket = check?.address?.socketAddress;
  const port = check?.portValue ?? 0;
  if (socket !== undefined) return new Address(socket.address ?? '', port !== 0 ? port : (socket.portValue ?? 0));
  if (check?.address?.pipe !== undefined) return new Address('', 0, check.address.pipe.path ?? '');
  return port === 0 || address.path !== '' ? address : new Address(address.ip, port);
}
