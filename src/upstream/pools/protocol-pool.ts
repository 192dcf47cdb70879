/**
 * The connections of one protocol to one host: hands streams to connections, opens connections as requests wait, fails what
 * waits when connecting fails. HTTP/1.1: one stream a connection, most recently used first. HTTP/2: one connection until its
 * streams are used up. Role of Envoy's ConnPoolImplBase (source/common/conn_pool/conn_pool_base.cc).
 */
import type { ClientCodec, ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import type { Counter, Histogram } from '../../stats/store.ts';
import { type LoadShedPoint, loadShedPoint } from '../../transport/overload.ts';
import type { TransportOptions } from '../../transport/transport-factory.ts';
import type { ResourceManager } from '../circuit-breakers.ts';
import type { ClusterInfo } from '../cluster-info.ts';
import type { Host } from '../host.ts';
import { ActiveClient } from './active-client.ts';
import { type ClientCodecs, codecsOf } from './client-codecs.ts';
import { AUTO, HTTP1, HTTP2, type PoolProtocol } from './pool-protocol.ts';

const log = logger('pool');

export interface PoolCallbacks {
  /** Exactly one of both follows each `newStream` that was not cancelled. May come from within `newStream`. */
  onPoolReady(encoder: StreamEncoder, client: ActiveClient): void;
  /** `detail`: errno of the failed connect, or ''. */
  onPoolFailure(reason: ResetReason, detail: string): void;
}

/** A request that waits for a connection. */
export class PendingStream {
  readonly decoder: StreamDecoder;
  readonly callbacks: PoolCallbacks;
  private readonly pool: ProtocolPool;
  prev: PendingStream | null;
  next: PendingStream | null;
  linked: boolean;
  cancelled: boolean;
  constructor(pool: ProtocolPool, decoder: StreamDecoder, callbacks: PoolCallbacks) {
    this.pool = pool;
    this.decoder = decoder;
    this.callbacks = callbacks;
    this.prev = null;
    this.next = null;
    this.linked = false;
    this.cancelled = false;
  }
  cancel(): void {
    this.cancelled = true;
    this.pool.cancel(this);
  }
}

export class ProtocolPool {
  readonly host: Host;
  readonly cluster: ClusterInfo;
  readonly protocol: PoolProtocol;
  /** What its connections ask of their transport; null: what the cluster is configured with. */
  readonly transport: TransportOptions | null;
  readonly resources: ResourceManager;
  /** upstream_rq_per_cx */
  readonly requestsPerConnection: Histogram;
  private readonly activeOverflow: Counter;
  /** What the next connection will probably be; with AUTO, what the last one was. */
  protected expectsHttp2: boolean;
  private readonly http2Limit: number;
  /** Null without such a load-shed point. */
  private readonly sheds: LoadShedPoint | null;
  private readonly codecs: ClientCodecs;
  /** Connections that may take a stream now; the last one is next. */
  private readonly ready: ActiveClient[] = [];
  protected readonly all = new Set<ActiveClient>();
  protected connecting = 0;
  protected head: PendingStream | null = null;
  private tail: PendingStream | null = null;
  protected waiting = 0;
  protected drained = false;
  private attaching = false;
  private http1Stats = false;
  /** Its last connection is gone and nobody waits. */
  onEmpty: (() => void) | null = null;

  constructor(host: Host, protocol: PoolProtocol, priority: 0 | 1, transport: TransportOptions | null = null) {
    this.host = host;
    this.cluster = host.cluster;
    this.protocol = protocol;
    const secure = host.connection.transport?.secure === true;
    this.transport = secure ? withFallback(transport, protocol) : transport;
    // A transport that agrees on nothing leaves HTTP/1.1.
    this.expectsHttp2 = protocol === HTTP2 || (protocol === AUTO && secure);
    this.resources = this.cluster.resources[priority];
    this.codecs = codecsOf(this.cluster);
    this.sheds = loadShedPoint('connection_pool_new_connection');
    this.http2Limit = this.codecs.maxConcurrentStreams;
    const s = this.cluster.stats;
    this.requestsPerConnection = s.scope.histogram('upstream_rq_per_cx', 'none');
    this.activeOverflow = s.scope.counter('upstream_rq_active_overflow');
  }

  /** Streams at once on one connection, as far as we are concerned: our own max_concurrent_streams, or one. */
  streamLimit(multiplexed: boolean): number {
    return multiplexed ? this.http2Limit : 1;
  }

  makeCodec(client: ActiveClient): ClientCodec {
    this.expectsHttp2 = client.multiplexed;
    if (client.multiplexed) {
      return this.codecs.http2(client.connection, client);
    }
    if (!this.http1Stats) {
      this.http1Stats = true;
      for (const name of HTTP1_COUNTERS) this.cluster.stats.scope.counter(`http1.${name}`);
    }
    return this.codecs.http1(client.connection, client);
  }

  /** Null when `callbacks` has been called already. */
  newStream(decoder: StreamDecoder, callbacks: PoolCallbacks): PendingStream | null {
    return this.attachReady(decoder, callbacks) ? null : this.wait(decoder, callbacks);
  }

  /** False: no connection has a place for it. */
  protected attachReady(decoder: StreamDecoder, callbacks: PoolCallbacks): boolean {
    const ready = this.ready;
    while (ready.length > 0) {
      const client = ready[ready.length - 1];
      if (client.state === 'ready' && client.capacity > 0) {
        if (log.debugOn) log.debug(`[C${client.connection.id}] using existing fully connected connection`);
        this.attach(client, decoder, callbacks);
        return true;
      }
      this.removeReady(client);
    }
    return false;
  }

  protected wait(decoder: StreamDecoder, callbacks: PoolCallbacks): PendingStream | null {
    const s = this.cluster.stats;
    if (!this.resources.pending.canCreate()) {
      if (log.debugOn)
        log.debug(`max pending streams overflow: ${this.host.address.text}, cluster '${this.cluster.name}'`);
      s.upstreamRqPendingOverflow.inc();
      callbacks.onPoolFailure('overflow', '');
      return null;
    }
    if (log.debugOn) {
      log.debug(
        `queueing stream due to no available connections (ready=${this.ready.length} connections=${this.all.size} connecting=${this.connecting})`,
      );
    }
    if (
      this.sheds !== null &&
      this.waiting >= this.connecting * this.streamLimit(this.expectsHttp2) &&
      this.sheds.sheds()
    ) {
      callbacks.onPoolFailure('overflow', '');
      return null;
    }
    const p = new PendingStream(this, decoder, callbacks);
    this.link(p);
    s.upstreamRqPendingTotal.inc();
    s.upstreamRqPendingActive.inc();
    this.host.stats.rqPendingActive++;
    this.resources.pending.inc();
    this.connectMore();
    return p;
  }

  private attach(client: ActiveClient, decoder: StreamDecoder, callbacks: PoolCallbacks): void {
    if (!this.resources.requests.canCreate()) {
      if (log.debugOn)
        log.debug(`max active streams overflow: ${this.host.address.text}, cluster '${this.cluster.name}'`);
      this.activeOverflow.inc();
      callbacks.onPoolFailure('overflow', '');
      return;
    }
    const encoder = client.newStream(decoder);
    if (client.state !== 'ready') this.removeReady(client);
    callbacks.onPoolReady(encoder, client);
  }

  /** One connection per waiting request (HTTP/2: per max_concurrent_streams of them), within the circuit breaker; a host always gets its first. */
  protected connectMore(): void {
    const perConnection = this.streamLimit(this.expectsHttp2);
    while (this.connecting * perConnection < this.waiting) if (!this.connectOne()) return;
  }

  /** False: the circuit breaker is open, whether or not the host got its first. */
  protected connectOne(): boolean {
    const { connections, connectionsPerHost } = this.resources;
    const allowed = this.host.stats.cxActive < connectionsPerHost && connections.canCreate();
    if (!allowed) {
      this.cluster.stats.upstreamCxOverflow.inc();
      if (this.all.size > 0) return false;
    }
    this.connecting++;
    const client = this.newClient();
    this.all.add(client);
    if (log.debugOn) {
      log.debug(
        `[C${client.connection.id}] creating a new connection (connecting=${this.connecting - 1}) to ${this.host.address.text}, cluster '${this.cluster.name}'`,
      );
    }
    return allowed;
  }

  protected newClient(): ActiveClient {
    return new ActiveClient(this);
  }

  clientConnected(client: ActiveClient): void {
    this.connecting--;
    if (this.drained && this.head === null) {
      client.drain();
      return;
    }
    this.clientReady(client);
  }

  clientReady(client: ActiveClient): void {
    while (this.head !== null && client.state === 'ready' && client.capacity > 0) {
      const p = this.head;
      this.unlink(p);
      this.attach(client, p.decoder, p.callbacks);
    }
    // It could not take all that wait.
    if (this.head !== null && this.protocol !== HTTP1) this.connectMore();
    this.list(client);
    if (this.drained) this.drainIdle();
  }

  private list(client: ActiveClient): void {
    if (client.state !== 'ready' || client.listed) return;
    client.listed = true;
    this.ready.push(client);
  }

  /**
   * A stream ended. Who waits gets its place once sockets have been polled again: libuv tells an end of stream one poll after
   * the bytes before it, and hosts do close right after an answer (Envoy: github.com/envoyproxy/envoy/issues/2715).
   */
  clientFreed(client: ActiveClient): void {
    this.list(client);
    if (this.head !== null) {
      if (!this.attaching) {
        this.attaching = true;
        setImmediate(attachAfterNextPoll, this);
      }
    } else if (this.drained) {
      this.drainIdle();
    }
  }

  /** For attachAfterNextPoll. */
  readonly attachWaiting = (): void => {
    this.attaching = false;
    while (this.head !== null && this.ready.length > 0) {
      const client = this.ready[this.ready.length - 1];
      if (client.state !== 'ready' || client.capacity <= 0) {
        this.removeReady(client);
        continue;
      }
      const p = this.head;
      this.unlink(p);
      this.attach(client, p.decoder, p.callbacks);
    }
    if (this.drained) this.drainIdle();
  };

  /** It takes no more streams (GOAWAY, failure). */
  clientGone(client: ActiveClient): void {
    this.removeReady(client);
  }

  clientClosed(client: ActiveClient): void {
    this.removeReady(client);
    this.all.delete(client);
    // Requests still waiting were counting on it.
    if (this.head !== null) this.connectMore();
    this.empty();
  }

  private empty(): void {
    if (this.onEmpty !== null && this.all.size === 0 && this.head === null) this.onEmpty();
  }

  connectFailed(client: ActiveClient, reason: ResetReason, detail: string): void {
    this.connecting--;
    this.all.delete(client);
    // All that wait fail together: they were waiting for the same host. New ones come in a fresh list.
    const failing: PendingStream[] = [];
    while (this.head !== null) {
      const p: PendingStream = this.head;
      this.unlink(p);
      this.cluster.stats.upstreamRqPendingFailureEject.inc();
      failing.push(p);
    }
    for (const p of failing) if (!p.cancelled) p.callbacks.onPoolFailure(reason, detail);
    this.empty();
  }

  private forget(): void {
    this.cluster.stats.upstreamRqPendingActive.dec();
    this.host.stats.rqPendingActive--;
    this.resources.pending.dec();
  }

  cancel(p: PendingStream): void {
    if (!p.linked) return;
    this.cluster.stats.upstreamRqCancelled.inc();
    this.unlink(p);
  }

  private link(p: PendingStream): void {
    p.prev = this.tail;
    if (this.tail !== null) this.tail.next = p;
    else this.head = p;
    this.tail = p;
    p.linked = true;
    this.waiting++;
  }

  private unlink(p: PendingStream): void {
    if (p.prev !== null) p.prev.next = p.next;
    else this.head = p.next;
    if (p.next !== null) p.next.prev = p.prev;
    else this.tail = p.prev;
    p.prev = null;
    p.next = null;
    p.linked = false;
    this.waiting--;
    this.forget();
  }

  private removeReady(client: ActiveClient): void {
    if (!client.listed) return;
    client.listed = false;
    const r = this.ready;
    if (r.length > 0 && r[r.length - 1] === client) {
      r.pop();
      return;
    }
    const i = r.indexOf(client);
    if (i >= 0) r.splice(i, 1);
  }

  /** Nobody waits and nothing runs. */
  get idle(): boolean {
    if (this.head !== null) return false;
    for (const c of this.all) if (c.active > 0) return false;
    return true;
  }

  /** The host is gone: nothing new is coming. */
  drain(): void {
    this.drained = true;
    this.drainIdle();
  }

  /**
   * What runs may finish, nothing new begins on these connections; those still being made go too unless somebody waits for one
   * (ConnPoolImplBase::drainConnections).
   */
  drainExisting(): void {
    const waiting = this.head !== null;
    for (const c of [...this.all]) {
      if (c.state === 'connecting') {
        if (!waiting) c.connection.close('noFlush');
      } else {
        this.removeReady(c);
        c.drain();
      }
    }
  }

  private drainIdle(): void {
    if (this.head !== null) return;
    for (const c of [...this.all]) c.drain();
  }
}

/** Shown from a cluster's first HTTP/1 connection on; its hosts cannot cause any of it here. */
const HTTP1_COUNTERS = [
  'dropped_headers_with_underscores',
  'metadata_not_supported_error',
  'requests_rejected_with_underscores_in_headers',
  'response_flood',
];

function attachAfterNextPoll(pool: ProtocolPool): void {
  setImmediate(pool.attachWaiting);
}

/** Protocols that the pool can do, by PoolProtocol. */
const FALLBACKS: Readonly<Record<PoolProtocol, TransportOptions>> = {
  [HTTP1]: { alpnFallback: ['http/1.1'] },
  [HTTP2]: { alpnFallback: ['h2'] },
  [AUTO]: { alpnFallback: ['h2', 'http/1.1'] },
};

function withFallback(transport: TransportOptions | null, protocol: PoolProtocol): TransportOptions {
  return transport === null ? FALLBACKS[protocol] : { ...FALLBACKS[protocol], ...transport };
}
