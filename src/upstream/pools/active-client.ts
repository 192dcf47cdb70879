/**
 * One upstream HTTP connection of a pool, HTTP/1.1 or HTTP/2. Role of Envoy's CodecClient + ActiveClient
 * (source/common/http/codec_client.cc, source/common/conn_pool/conn_pool_base.cc).
 */
import {
  type ClientCallbacks,
  type ClientCodec,
  CodecError,
  type ResetReason,
  type StreamDecoder,
  type StreamEncoder,
} from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { CONNECT_TIMEOUT, type Connection } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import type { Host } from '../host.ts';
import type { ProtocolPool } from './protocol-pool.ts';

const log = logger('client');

export type ClientState = 'connecting' | 'ready' | 'busy' | 'draining' | 'closed';

export class ActiveClient implements ConnectionHandler, ClientCallbacks {
  state: ClientState;
  readonly connection: Connection;
  readonly host: Host;
  /** Requests ever sent on it. */
  requests: number;
  /** Streams open now. */
  active: number;
  codec: ClientCodec | null;
  /** It is in its pool's list of connections that may take a stream. */
  listed: boolean;
  private readonly pool: ProtocolPool;
  private readonly idleTimer: Timer | null;
  private readonly durationTimer: Timer | null;
  private readonly startMs: number;
  private protocolError: boolean;
  private remoteEnded: boolean;
  /** A request was not over when the connection was given up. */
  private incomplete: boolean;

  constructor(pool: ProtocolPool) {
    this.pool = pool;
    this.host = pool.host;
    this.state = 'connecting';
    this.requests = 0;
    this.active = 0;
    this.codec = null;
    this.listed = false;
    this.protocolError = false;
    this.remoteEnded = false;
    this.incomplete = false;
    this.startMs = turnMs();
    const cluster = pool.cluster;
    this.idleTimer = cluster.http.idleTimeoutMs > 0 ? new Timer(this.onIdle) : null;
    const duration = cluster.http.maxConnectionDurationMs ?? 0;
    this.durationTimer = duration > 0 ? new Timer(this.onMaxDuration) : null;
    const s = cluster.stats;
    s.upstreamCxTotal.inc();
    s.upstreamCxActive.inc();
    (pool.multiplexed ? s.upstreamCxHttp2Total : s.upstreamCxHttp1Total).inc();
    this.host.stats.cxTotal++;
    this.host.stats.cxActive++;
    pool.resources.connections.inc();
    this.connection = this.host.connect(this);
    this.connection.stats = s.bytes;
    this.connection.takesLent = !pool.multiplexed;
  }

  /** Streams this connection may still open. */
  get capacity(): number {
    if (this.state !== 'ready' && this.state !== 'busy') return 0;
    const codec = this.codec as ClientCodec;
    return Math.min(codec.maxStreams, this.pool.maxConcurrentStreams) - this.active;
  }

  newStream(decoder: StreamDecoder): StreamEncoder {
    this.idleTimer?.cancel();
    this.active++;
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
    } else if (this.capacity <= 0) {
      this.state = 'busy';
    }
    return (this.codec as ClientCodec).newStream(decoder);
  }

  /**
   * A stream of this connection is reset, by us or the peer. Envoy counts that for HTTP/2 only
   * (MultiplexedActiveClientBase::onStreamReset); an HTTP/1 connection goes with its request.
   */
  countReset(reason: ResetReason): void {
    if (!this.pool.multiplexed) {
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

  private streamOver(): void {
    this.active--;
    this.pool.cluster.stats.upstreamRqActive.dec();
    this.host.stats.rqActive--;
    this.pool.resources.requests.dec();
  }

  onStreamComplete(): void {
    this.streamOver();
    if (this.state === 'closed') return;
    const codec = this.codec as ClientCodec;
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

  onConnected(): void {
    this.pool.cluster.stats.upstreamCxConnectMs.record(turnMs() - this.startMs);
    this.codec = this.pool.makeCodec(this.connection, this);
    this.state = 'ready';
    this.idleTimer?.arm(this.pool.cluster.http.idleTimeoutMs);
    this.durationTimer?.arm(this.pool.cluster.http.maxConnectionDurationMs ?? 0);
    this.pool.clientConnected(this);
  }

  onData(chunk: Buffer): void {
    try {
      (this.codec as ClientCodec).dispatch(chunk);
    } catch (e) {
      this.dispatchFailed(e);
    }
  }

  private dispatchFailed(e: unknown): void {
    if (e instanceof CodecError) {
      if (log.debugOn) log.debug(`[C${this.connection.id}] Error dispatching received data: ${e.message}`);
      this.pool.cluster.stats.upstreamCxProtocolError.inc();
      this.protocolError = true;
    } else {
      log.error(
        `[C${this.connection.id}] internal error, closing the upstream connection: ${e instanceof Error ? e.stack : String(e)}`,
      );
    }
    // Envoy counts HTTP/2 streams only when the connection was simply lost.
    this.incomplete ||= this.active > 0 && !this.pool.multiplexed;
    this.fail(this.protocolError ? 'protocol error' : 'local reset');
    this.shut();
  }

  onEnd(): void {
    this.remoteEnded = true;
    try {
      this.codec?.onEndOfInput();
    } catch (e) {
      this.dispatchFailed(e);
      return;
    }
    this.connection.close('noFlush');
  }

  /** What is queued (a GOAWAY) is offered to the kernel once; a host that does not read is not waited for. */
  private shut(): void {
    this.connection.flush();
    this.connection.close('noFlush');
  }

  private fail(reason: 'protocol error' | 'local reset' | 'connection termination'): void {
    const before = this.state;
    this.state = 'closed';
    if (before !== 'draining' && before !== 'closed') this.pool.clientGone(this);
    this.codec?.onConnectionClosed(reason, '');
    // A codec need not report the streams that went with the connection.
    while (this.active > 0) this.streamOver();
  }

  onClose(local: boolean, error: string): void {
    const s = this.pool.cluster.stats;
    const h = this.host.stats;
    const remote = this.remoteEnded || !local;
    this.idleTimer?.cancel();
    this.durationTimer?.cancel();
    s.upstreamCxActive.dec();
    h.cxActive--;
    this.pool.resources.connections.dec();
    if (this.state === 'connecting') {
      this.state = 'closed';
      s.upstreamCxConnectFail.inc();
      h.cxConnectFail++;
      const timeout = error === CONNECT_TIMEOUT;
      if (timeout) s.upstreamCxConnectTimeout.inc();
      s.upstreamCxDestroy.inc();
      (remote ? s.upstreamCxDestroyRemote : s.upstreamCxDestroyLocal).inc();
      this.pool.connectFailed(this, timeout ? 'connection timeout' : 'remote connection failure', error);
      return;
    }
    s.upstreamCxLengthMs.record(turnMs() - this.startMs);
    this.pool.requestsPerConnection.record(this.requests);
    this.pool.http2Connections?.dec();
    s.upstreamCxDestroy.inc();
    (remote ? s.upstreamCxDestroyRemote : s.upstreamCxDestroyLocal).inc();
    if (this.active > 0 || this.incomplete) {
      s.upstreamCxDestroyWithActiveRq.inc();
      (remote ? s.upstreamCxDestroyRemoteWithActiveRq : s.upstreamCxDestroyLocalWithActiveRq).inc();
    }
    this.fail('connection termination');
    this.pool.clientClosed(this);
  }

  onAboveWriteBuffer(): void {
    this.codec?.onUnderlyingAboveWriteBuffer();
  }
  onBelowWriteBuffer(): void {
    this.codec?.onUnderlyingBelowWriteBuffer();
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
    this.codec?.goAway();
    if (this.active === 0) this.shut();
  }
}
