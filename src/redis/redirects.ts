/**
 * MOVED and ASK (`enable_redirection`): which host a refused request goes to instead. Role of InstanceImpl::ThreadLocalPool::makeRequestToHost
 * and PendingRequest::onRedirection (redis_proxy/conn_pool_impl.cc).
 */
import { clockMs, turnMs } from '../platform/clock.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { isIP } from '../platform/ip.ts';
import { Address } from '../transport/address.ts';
import type { Cluster } from '../upstream/cluster.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';
import type { ClusterLookup } from '../upstream/cluster-ref.ts';
import type { DnsCache } from '../upstream/dynamic/dns-cache.ts';
import { DEFAULT_WEIGHT } from '../upstream/endpoint.ts';
import { Host } from '../upstream/host.ts';
import type { ReplyTarget } from './reply-target.ts';
import type { Split } from './split.ts';
import { COLLECT, type UpstreamClient } from './upstream-client.ts';

/** Times that one request is sent elsewhere. Envoy has no limit: hosts that name each other keep it busy for ever. */
export const MAX_REDIRECTIONS = 5;
/** settings.max_upstream_unknown_connections (api: 100). */
const DEFAULT_UNKNOWN = 100;
const HIGHEST_PORT = 65535;
const MINUS = 45;
const ASKING = Buffer.from('*1\r\n$6\r\nasking\r\n');

export interface Redirection {
  /** An IP address, or a name for the DNS cache. */
  readonly host: string;
  readonly named: boolean;
  readonly port: number;
  /** The host wants to be told that it is for this request only. */
  readonly ask: boolean;
}

/** Of an error reply; null: it says nothing about another host. */
export function redirection(reply: Buffer): Redirection | null {
  const ask = reply.length > 5 && reply.toString('latin1', 1, 5) === 'ASK ';
  if (!ask && !(reply.length > 7 && reply.toString('latin1', 1, 7) === 'MOVED ')) return null;
  const words = reply
    .toString('latin1', 1, reply.length - 2)
    .split(' ')
    .filter((w) => w !== '');
  const colon = words.length === 3 ? words[2].lastIndexOf(':') : -1;
  if (colon <= 0) return null;
  const host = words[2].slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = words[2].slice(colon + 1);
  if (!/^\d{1,5}$/.test(port) || Number(port) > HIGHEST_PORT) return null;
  return { host, named: isIP(host) === 0, port: Number(port), ask };
}

/** The whole cluster has no answer. */
export function isClusterDown(reply: Buffer): boolean {
  return reply.length > 12 && reply.toString('latin1', 1, 12) === 'CLUSTERDOWN';
}

/** What a redis_proxy tells others of what it meets. */
export interface RedirectListener {
  redirected(cluster: ClusterInfo): void;
  tooManyUnknown(cluster: ClusterInfo): void;
}

export class Redirects {
  private readonly clusters: ClusterLookup;
  private readonly listener: RedirectListener;
  private readonly maxUnknown: number;
  /** settings.dns_cache_config; null: names are not looked up. */
  private readonly names: DnsCache | null;
  /** Hosts that a redirection named and no cluster has, by cluster. */
  private readonly unknown = new Map<string, Unknown>();

  constructor(
    clusters: ClusterLookup,
    maxUnknown: number | undefined,
    listener: RedirectListener,
    names: DnsCache | null,
  ) {
    this.names = names;
    this.clusters = clusters;
    this.maxUnknown = maxUnknown ?? DEFAULT_UNKNOWN;
    this.listener = listener;
  }

  /** What an error reply says about another host. The core has these from here only: where nothing is redirected none of it is loaded. */
  of(reply: Buffer): Redirection | null {
    return redirection(reply);
  }

  clusterDown(reply: Buffer): boolean {
    return isClusterDown(reply);
  }

  /** A host of `info` has refused what is sent nowhere else: part of a transaction. */
  refused(info: ClusterInfo): void {
    this.listener.redirected(info);
  }

  /** True: the host has named another one, and the request is on its way there, or will be. */
  follow(
    from: UpstreamClient,
    reply: Buffer,
    target: ReplyTarget,
    split: Split | null,
    seq: number,
    kind: number,
    command: number,
    time: number,
    request: Buffer,
    hops: number,
  ): boolean {
    const to = redirection(reply);
    if (to === null) return false;
    let address: Address | null | 'later' = null;
    if (hops < MAX_REDIRECTIONS) {
      const held = reply.length + request.length;
      const later = (found: Address | null): void => {
        heldMemory.add(-held);
        if (target.closed) return;
        if (found !== null && this.sendTo(from, found, to.ask, target, split, seq, kind, command, time, request, hops))
          return;
        const now = turnMs();
        from.complete(target, split, seq, kind, command, now - time, COLLECT, MINUS, null, reply, 0, reply.length, now);
      };
      address = to.named ? this.lookUp(to, later) : new Address(to.host, to.port);
      if (address === 'later') {
        heldMemory.add(held);
        return true;
      }
    }
    if (address !== null && this.sendTo(from, address, to.ask, target, split, seq, kind, command, time, request, hops))
      return true;
    if (!to.named) from.host.cluster.stats.scope.counter('upstream_internal_redirect_failed_total').inc();
    return false;
  }

  /** False: there is no such host, or none may be connected to. */
  private sendTo(
    from: UpstreamClient,
    address: Address,
    ask: boolean,
    target: ReplyTarget,
    split: Split | null,
    seq: number,
    kind: number,
    command: number,
    time: number,
    request: Buffer,
    hops: number,
  ): boolean {
    const host = this.host(from.host.cluster, address);
    const client = host === null ? null : from.proxy.clientOf(host);
    if (client === null) return false;
    from.host.cluster.stats.scope.counter('upstream_internal_redirect_succeeded_total').inc();
    if (client === from) from.askedAgain();
    if (ask) {
      client.expectNothing();
      client.countRequests(1);
      client.conn.write(ASKING);
    }
    client.push(target, split, seq, kind, command, time, request, hops + 1);
    client.countRequests(1);
    client.conn.write(request);
    return true;
  }

  /** The address of a name; null: there is none, or `later` is called when the name has been looked up. */
  lookUp({ host, port }: Redirection, later: (address: Address | null) => void): Address | null | 'later' {
    const { names } = this;
    const found = names?.load(`${host}:${port}`, port) ?? null;
    if (names === null || found === null) return null;
    found.usedMs = clockMs();
    if (found.resolved) return found.address;
    if (!names.mayWait()) return null;
    names.wait(found, () => later(found.address));
    return 'later';
  }

  /** Where to send what a host of `info` has refused; null: it stays refused. */
  host(info: ClusterInfo, address: Address): Host | null {
    const cluster = this.clusters.get(info.name);
    if (cluster === undefined) return null;
    const host = cluster.hosts.find((h) => h.address.text === address.text) ?? this.unknownHost(cluster, address);
    if (host !== null) this.listener.redirected(info);
    return host;
  }

  private unknownHost(cluster: Cluster, address: Address): Host | null {
    const { info } = cluster;
    let unknown = this.unknown.get(info.name);
    if (unknown === undefined || unknown.info !== info) {
      unknown?.drain();
      this.unknown.set(info.name, (unknown = new Unknown(info)));
    }
    unknown.forget(cluster);
    const found = unknown.hosts.get(address.text);
    if (found !== undefined) return found;
    if (unknown.hosts.size >= this.maxUnknown) {
      this.listener.tooManyUnknown(info);
      return null;
    }
    return unknown.add(address);
  }
}

const NOWHERE = { region: '', zone: '', subZone: '' };

class Unknown {
  readonly info: ClusterInfo;
  readonly hosts = new Map<string, Host>();

  constructor(info: ClusterInfo) {
    this.info = info;
  }

  add(address: Address): Host {
    // Below those of the cluster's own endpoints.
    const endpoint = { id: -1, address, hostname: '', weight: DEFAULT_WEIGHT, health: 0, metadata: undefined };
    const host = new Host(this.info, endpoint, NOWHERE, 0);
    this.hosts.set(address.text, host);
    return host;
  }

  /** Hosts that the cluster has itself by now. */
  forget(cluster: Cluster): void {
    for (const { address } of cluster.hosts) {
      const host = this.hosts.get(address.text);
      if (host === undefined) continue;
      this.hosts.delete(address.text);
      host.drain();
    }
  }

  drain(): void {
    for (const host of this.hosts.values()) host.drain();
  }
}
