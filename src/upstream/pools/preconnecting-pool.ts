/**
 * A pool that connects before it must: `preconnect_policy`. With `per_upstream_preconnect_ratio` it keeps room for that many times what runs
 * and waits at this host; with `predictive_preconnect_ratio` hosts whose turn comes next get connections when the cluster as a whole has less
 * room than that. Mirrors shouldConnect and tryCreateNewConnections of ConnPoolImplBase (source/common/conn_pool/conn_pool_base.cc) and
 * maybePreconnect of ClusterManagerImpl. tcp_proxy has no pool to put such a connection into (docs/behaviour.md).
 */
import type { ClientCodec, ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import type { TransportOptions } from '../../transport/transport-factory.ts';
import { HEALTHY } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import { ActiveClient } from './active-client.ts';
import { poolsOf } from './host-pools.ts';
import type { PoolProtocol } from './pool-protocol.ts';
import { type PendingStream, type PoolCallbacks, ProtocolPool } from './protocol-pool.ts';

/** Connections made ahead for one request, at most (ConnPoolImplBase::tryCreateNewConnections). */
const MAX_AHEAD = 3;

/** PreconnectPolicy of a cluster, and the room that all its pools have. */
export class Preconnect {
  readonly perUpstream: number;
  /** 1: nothing is predicted. */
  readonly predictive: number;
  /** Streams that connections, made or being made, could still take. */
  room = 0;
  /** The host whose turn comes after those that were peeked before; null for nobody. */
  peek: () => Host | null = () => null;

  constructor(perUpstream: number, predictive: number) {
    this.perUpstream = perUpstream;
    this.predictive = predictive;
  }
}

export class PreconnectingPool extends ProtocolPool {
  readonly preconnect: Preconnect;
  /** Streams that run on its connections. */
  running = 0;
  private readonly priority: 0 | 1;
  /** What requests asked of the transport, before anything was added to it. */
  private readonly asked: TransportOptions | null;
  private readonly lifetime: number;

  constructor(
    host: Host,
    protocol: PoolProtocol,
    priority: 0 | 1,
    transport: TransportOptions | null,
    preconnect: Preconnect,
  ) {
    super(host, protocol, priority, transport);
    this.preconnect = preconnect;
    this.priority = priority;
    this.asked = transport;
    this.lifetime = host.cluster.http.maxRequestsPerConnection || Number.MAX_SAFE_INTEGER;
  }

  override newStream(decoder: StreamDecoder, callbacks: PoolCallbacks): PendingStream | null {
    if (this.preconnect.predictive > 1) this.predict();
    if (!this.attachReady(decoder, callbacks)) return this.wait(decoder, callbacks);
    this.connectMore();
    return null;
  }

  /** Streams that one connection may take that has none yet. */
  get perConnection(): number {
    return Math.min(this.lifetime, this.streamLimit(this.expectsHttp2));
  }

  protected override connectMore(): void {
    if (this.drained && this.head === null) return;
    for (let i = 0; i < MAX_AHEAD; i++) if (!this.wants(this.preconnect.perUpstream, 0) || !this.connectOne()) return;
  }

  /** Hosts that are not healthy do no more than they must. `coming`: streams not there yet. */
  private wants(ratio: number, coming: number): boolean {
    const connecting = this.connecting * this.perConnection;
    if (this.host.level !== HEALTHY) return this.waiting > connecting;
    return (this.waiting + this.running + coming) * ratio > connecting + this.running;
  }

  /** For a request that may come here next; false when nothing was made within the limits. */
  private ahead(ratio: number): boolean {
    return this.wants(ratio, 1) && this.connectOne();
  }

  private predict(): void {
    const { preconnect } = this;
    const [normal, high] = this.cluster.resources;
    const ratio = preconnect.predictive;
    for (let i = 0; i < MAX_AHEAD; i++) {
      const running = normal.requests.count + high.requests.count;
      const waiting = normal.pending.count + high.pending.count;
      if ((waiting + running + 1) * ratio <= preconnect.room + running) return;
      const host = preconnect.peek();
      const pool = host === null ? null : poolsOf(host).get(this.protocol, this.priority, this.asked);
      if (!(pool instanceof PreconnectingPool) || !pool.ahead(ratio)) return;
    }
  }

  override connectFailed(client: ActiveClient, reason: ResetReason, detail: string): void {
    super.connectFailed(client, reason, detail);
    this.connectMore();
  }

  protected override newClient(): ActiveClient {
    return new CountedClient(this, this.preconnect, this.perConnection);
  }

  /** What a connection could take besides what it has. */
  roomOf(client: ActiveClient): number {
    switch (client.state) {
      case 'connecting':
        return this.perConnection;
      case 'ready':
      case 'busy':
        return Math.max(0, Math.min(client.capacity, this.lifetime - client.requests));
      default:
        return 0;
    }
  }
}

/** A connection whose room is counted. */
class CountedClient extends ActiveClient {
  private readonly preconnect: Preconnect;
  private counted: number;

  constructor(pool: PreconnectingPool, preconnect: Preconnect, room: number) {
    super(pool);
    this.preconnect = preconnect;
    this.counted = room;
    preconnect.room += room;
  }

  private recount(): void {
    const now = (this.pool as PreconnectingPool).roomOf(this);
    this.preconnect.room += now - this.counted;
    this.counted = now;
  }

  override newStream(decoder: StreamDecoder): StreamEncoder {
    (this.pool as PreconnectingPool).running++;
    const encoder = super.newStream(decoder);
    this.recount();
    return encoder;
  }

  protected override onStreamOver(codec: ClientCodec): void {
    (this.pool as PreconnectingPool).running--;
    super.onStreamOver(codec);
    this.recount();
  }

  protected override onReady(): void {
    super.onReady();
    this.recount();
  }

  override onGoAway(): void {
    super.onGoAway();
    this.recount();
  }

  override onMaxStreamsChanged(): void {
    super.onMaxStreamsChanged();
    this.recount();
  }

  protected override onGone(remote: boolean, error: string): void {
    // What is tried anew while it goes must not count on it.
    this.preconnect.room -= this.counted;
    this.counted = 0;
    super.onGone(remote, error);
  }

  override drain(): void {
    super.drain();
    this.recount();
  }
}
