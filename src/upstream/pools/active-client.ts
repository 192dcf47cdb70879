/**
 * One connection of an HTTP pool: its place in the pool, its numbers, its timers. Role of Envoy's ActiveClient
 * (source/common/conn_pool/conn_pool_base.cc).
 */
import type { ClientCodec, ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import { turnMs } from '../../platform/clock.ts';
import { CONNECT_TIMEOUT } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import { CodecClient, type LostReason } from './codec-client.ts';
import { AUTO, HTTP2 } from './pool-protocol.ts';
import type { ProtocolPool } from './protocol-pool.ts';

export type ClientState = 'connecting' | 'ready' | 'busy' | 'draining' | 'closed';

export class ActiveClient extends CodecClient {
  state: ClientState;
  /** Requests ever sent on it. */
  requests: number;
  /** It is in its pool's list of connections that may take a stream. */
  listed: boolean;
  /** It takes several streams at once: HTTP/2. Where the transport chooses the protocol, known when connected. */
  multiplexed: boolean;
  protected readonly pool: ProtocolPool;
  private readonly idleTimer: Timer | null;
  private readonly durationTimer: Timer | null;
  private readonly startMs: number;
  /** A request was not over when the connection was given up. */
  private incomplete: boolean;

  constructor(pool: ProtocolPool) {
    super(pool.host, pool.transport);
    this.pool = pool;
    this.state = 'connecting';
    this.requests = 0;
    this.listed = false;
    this.multiplexed = pool.protocol === HTTP2;
    this.incomplete = false;
    this.startMs = turnMs();
    const cluster = pool.cluster;
    this.idleTimer = cluster.http.idleTimeoutMs > 0 ? new Timer(this.onIdle) : null;
    const duration = cluster.http.maxConnectionDurationMs ?? 0;
    this.durationTimer = duration > 0 ? new Timer(this.onMaxDuration) : null;
    const s = cluster.stats;
    s.upstreamCxTotal.inc();
    s.upstreamCxActive.inc();
    if (pool.protocol !== AUTO) this.countProtocol();
    this.host.stats.cxTotal++;
    this.host.stats.cxActive++;
    pool.resources.connections.inc();
    this.connection.stats = s.bytes;
  }

  private countProtocol(): void {
    const s = this.pool.cluster.stats;
    (this.multiplexed ? s.upstreamCxHttp2Total : s.upstreamCxHttp1Total).inc();
    this.connection.takesLent = !this.multiplexed;
    this.connection.takesBulk = true;
  }

  /** Streams this connection may still open. */
  get capacity(): number {
    if (this.state !== 'ready' && this.state !== 'busy') return 0;
    return Math.min((this.codec as ClientCodec).maxStreams, this.pool.streamLimit(this.multiplexed)) - this.active;
  }

  override newStream(decoder: StreamDecoder): StreamEncoder {
    this.idleTimer?.cancel();
    this.requests++;
    const s = this.pool.cluster.stats;
    s.upstreamRqTotal.inc();
    s.upstreamRqActive.inc();
    this.host.stats.rqTotal++;
    this.host.stats.rqActive++;
    this.pool.resources.requests.inc();
    const max = this.pool.cluster.http.maxRequestsPerConnection;
    if (max > 0 && this.requests >= max) {
      s.upstreamCxMaxRequests.inc();
      this.state = 'draining';
    } else if (this.capacity <= 1) {
      // This one takes the last place.
      this.state = 'busy';
    }
    return super.newStream(decoder);
  }

  /**
   * A stream of this connection is reset, by us or the peer. Envoy counts that for HTTP/2 only
   * (MultiplexedActiveClientBase::onStreamReset); an HTTP/1 connection goes with its request.
   */
  countReset(reason: ResetReason): void {
    if (!this.multiplexed) {
      this.incomplete = true;
      return;
    }
    const s = this.pool.cluster.stats;
    switch (reason) {
      case 'local reset':
      case 'protocol error':
        s.upstreamRqTxReset.inc();
        break;
      case 'remote reset':
        s.upstreamRqRxReset.inc();
        break;
      case 'connection termination':
        s.upstreamRqPendingFailureEject.inc();
        break;
    }
  }

  // --- codec -------------------------------------------------------------------------------------------------------

  protected onStreamOver(codec: ClientCodec): void {
    this.pool.cluster.stats.upstreamRqActive.dec();
    this.host.stats.rqActive--;
    this.pool.resources.requests.dec();
    if (this.state === 'closed') return;
    if (!codec.reusable) {
      this.state = 'draining';
      if (codec.extraneous === true) this.pool.cluster.stats.upstreamCxProtocolError.inc();
    }
    if (this.state === 'draining') {
      if (this.active === 0) this.shut();
      else return;
    } else {
      if (this.active === 0) this.idleTimer?.arm(this.pool.cluster.http.idleTimeoutMs);
      if (this.state === 'busy' && this.capacity > 0) {
        this.state = 'ready';
      }
    }
    this.pool.clientFreed(this);
  }

  onGoAway(): void {
    if (this.state === 'closed') return;
    // Counted for a connection that is drained already, too (MultiplexedActiveClientBase::onGoAway).
    this.pool.cluster.stats.upstreamCxCloseNotify.inc();
    if (this.state !== 'draining') {
      this.state = 'draining';
      this.pool.clientGone(this);
    }
    if (this.active === 0) this.shut();
  }

  onMaxStreamsChanged(): void {
    if (this.state === 'busy' && this.capacity > 0) {
      this.state = 'ready';
      this.pool.clientReady(this);
    } else if (this.state === 'ready' && this.capacity <= 0) {
      this.state = 'busy';
    }
  }

  // --- connection --------------------------------------------------------------------------------------------------

  protected makeCodec(): ClientCodec {
    this.pool.cluster.stats.upstreamCxConnectMs.record(turnMs() - this.startMs);
    if (this.pool.protocol === AUTO) {
      this.multiplexed = this.connection.security?.alpn === 'h2';
      this.countProtocol();
    }
    return this.pool.makeCodec(this);
  }

  protected onReady(): void {
    this.state = 'ready';
    this.idleTimer?.arm(this.pool.cluster.http.idleTimeoutMs);
    if (this.durationTimer !== null) {
      const { maxConnectionDurationMs: duration = 0, durationJitter = 0 } = this.pool.cluster.http;
      this.durationTimer.arm(duration * (1 + Math.random() * durationJitter));
    }
    this.pool.clientConnected(this);
  }

  protected onBroken(_reason: LostReason, defect: boolean): void {
    if (!defect) this.pool.cluster.stats.upstreamCxProtocolError.inc();
    // Envoy counts HTTP/2 streams only when the connection was simply lost.
    this.incomplete ||= this.active > 0 && !this.multiplexed;
    this.leave();
  }

  /** Nothing new begins here. */
  private leave(): void {
    const before = this.state;
    this.state = 'closed';
    if (before !== 'draining' && before !== 'closed') this.pool.clientGone(this);
  }

  protected onGone(remote: boolean, error: string): void {
    const s = this.pool.cluster.stats;
    const h = this.host.stats;
    this.idleTimer?.cancel();
    this.durationTimer?.cancel();
    s.upstreamCxActive.dec();
    h.cxActive--;
    this.pool.resources.connections.dec();
    s.upstreamCxLengthMs.record(turnMs() - this.startMs);
    s.upstreamCxDestroy.inc();
    (remote ? s.upstreamCxDestroyRemote : s.upstreamCxDestroyLocal).inc();
    if (this.state === 'connecting') {
      this.state = 'closed';
      s.upstreamCxConnectFail.inc();
      h.cxConnectFail++;
      const timeout = error === CONNECT_TIMEOUT;
      if (timeout) s.upstreamCxConnectTimeout.inc();
      const from = remote ? 'remote connection failure' : 'local connection failure';
      this.pool.connectFailed(this, timeout ? 'connection timeout' : from, error);
      return;
    }
    this.pool.requestsPerConnection.record(this.requests);
    if (this.active > 0 || this.incomplete) {
      s.upstreamCxDestroyWithActiveRq.inc();
      (remote ? s.upstreamCxDestroyRemoteWithActiveRq : s.upstreamCxDestroyLocalWithActiveRq).inc();
    }
    this.leave();
    this.loseStreams('connection termination');
    this.pool.clientClosed(this);
  }

  private readonly onIdle = (): void => {
    if (this.active > 0) return;
    this.pool.cluster.stats.upstreamCxIdleTimeout.inc();
    this.connection.close('noFlush');
  };

  /** max_connection_duration: what runs may finish, nothing new begins here (ActiveClient::onConnectionDurationTimeout). */
  private readonly onMaxDuration = (): void => {
    if (this.state === 'closed') return;
    this.pool.cluster.stats.scope.counter('upstream_cx_max_duration_reached').inc();
    if (this.active === 0) {
      this.connection.close('noFlush');
    } else if (this.state !== 'draining') {
      this.state = 'draining';
      this.pool.clientGone(this);
    }
  };

  /** The pool goes: finish what runs, then close. */
  drain(): void {
    // A connection still being made is drained once it is there.
    if (this.state === 'closed' || this.state === 'draining' || this.state === 'connecting') return;
    this.state = 'draining';
    if (this.active === 0) this.shut();
  }
}
