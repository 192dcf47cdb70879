/**
 * One downstream connection and its upstream connection: two handlers that hand each other what arrives. Half closes pass
 * through; a full write buffer on one side stops reading on the other. Mirrors Filter, UpstreamCallbacks and Drainer of
 * source/common/tcp_proxy/tcp_proxy.cc.
 */

import {
  DURATION_TIMEOUT,
  NO_CLUSTER_FOUND,
  NO_HEALTHY_UPSTREAM_FLAG,
  OVERLOAD_MANAGER,
  UPSTREAM_OVERFLOW,
  UPSTREAM_RETRY_LIMIT_EXCEEDED,
} from '../http/stream/response-flags.ts';
import { logger } from '../log/logger.ts';
import type { Connection } from '../transport/connection.ts';
import { CONNECT_TIMEOUT } from '../transport/connection.ts';
import { Timer } from '../transport/timers.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import { ConnectionAccount } from '../upstream/connection-account.ts';
import type { Host } from '../upstream/host.ts';
import { closed, closeWithHost } from '../upstream/host-connections.ts';
import { NO_LOGS, SessionLog } from './session-log.ts';
import type { TcpProxyFactory } from './tcp-proxy.ts';

const log = logger('filter');

// Why a connection was closed from here, in Envoy's words (LocalCloseReasonValues) and numbers (UpstreamFailureReason).
const IDLE = 'tcp_session_idle_timeout';
const MAX_DURATION = 'max_connection_duration_reached';
const FAILURES: Readonly<Record<number, number>> = {
  [UPSTREAM_RETRY_LIMIT_EXCEEDED]: 0,
  [NO_HEALTHY_UPSTREAM_FLAG]: 1,
  [UPSTREAM_OVERFLOW]: 2,
  [NO_CLUSTER_FOUND]: 3,
};

/** What a session has of its upstream. */
export interface SessionUpstream {
  readonly conn: Pick<
    Connection,
    'pass' | 'end' | 'close' | 'readDisable' | 'bufferedBytes' | 'closed' | 'closeReason'
  >;
  readonly account: Pick<ConnectionAccount, 'cancelled' | 'cluster'>;
  readonly isConnected: boolean;
  beginDrain(): void;
}

export class TcpSession implements ConnectionHandler {
  readonly down: Connection;
  readonly factory: TcpProxyFactory;
  /** Null before the first attempt and once the upstream is gone. */
  up: SessionUpstream | null;
  /** The downstream is closed; an upstream that is still there only writes what it was given. */
  downClosed: boolean;
  /** Null where nothing is logged. */
  readonly log: SessionLog | null;
  protected attempts: number;
  private readonly idle: Timer | null;
  private readonly idleMs: number;
  private duration: Timer | null;
  /** What was queued at the last look: progress in writing is activity, though no data arrives. */
  private queuedBefore: number;

  constructor(down: Connection, factory: TcpProxyFactory) {
    this.down = down;
    this.factory = factory;
    this.up = null;
    this.downClosed = false;
    const logs = factory.logs ?? (down.record === null ? null : NO_LOGS);
    this.log = logs === null ? null : new SessionLog(down, logs);
    this.attempts = 0;
    this.idleMs = factory.idleMs(down);
    this.idle = this.idleMs > 0 ? new Timer(() => this.onIdle()) : null;
    this.duration = null;
    this.queuedBefore = 0;
  }

  start(): void {
    const down = this.down;
    down.handler = this;
    if (log.debugOn) log.debug(`[C${down.id}] new tcp proxy session`);
    this.beforeConnect();
    if (this.factory.maxDurationMs > 0) {
      this.duration = new Timer(() => {
        this.factory.stats.maxDownstreamConnectionDuration.inc();
        if (this.log !== null) this.log.flags |= DURATION_TIMEOUT;
        if (this.up !== null) this.up.conn.closeReason = MAX_DURATION;
        this.down.close('noFlush', MAX_DURATION);
      });
      this.duration.arm(this.factory.durationMs());
    }
    this.begin();
  }

  /** Nothing is read before there is somewhere to write it to. */
  protected beforeConnect(): void {
    this.down.readDisable(true);
  }

  protected begin(): void {
    this.connectUpstream();
  }

  /** One attempt; where there is nothing to connect to the downstream closes without a byte. */
  protected connectUpstream(): void {
    if (this.factory.shedsConnects?.sheds() === true) {
      this.shed();
      return;
    }
    const target = this.factory.pickTarget(this.down);
    const cluster = target.ref.current;
    if (cluster === null) {
      this.factory.stats.downstreamCxNoRoute.inc();
      this.giveUp(NO_CLUSTER_FOUND);
      return;
    }
    const { resources, stats } = cluster.info;
    if (this.log !== null) this.log.cluster = cluster.info;
    if (!resources[0].connections.canCreate()) {
      stats.upstreamCxOverflow.inc();
      this.giveUp(UPSTREAM_OVERFLOW);
      return;
    }
    if (this.attempts >= this.factory.maxConnectAttempts) {
      stats.upstreamCxConnectAttemptsExceeded.inc();
      this.giveUp(UPSTREAM_RETRY_LIMIT_EXCEEDED);
      return;
    }
    const host = cluster.chooseHost(this.factory.balancing(cluster, this.down, target));
    if (host === null) {
      this.giveUp(NO_HEALTHY_UPSTREAM_FLAG);
      return;
    }
    if (this.isFull(host)) {
      stats.upstreamCxOverflow.inc();
      this.giveUp(UPSTREAM_OVERFLOW);
      return;
    }
    this.attempts++;
    if (this.log !== null) this.log.attempts = this.attempts;
    if (log.debugOn) log.debug(`[C${this.down.id}] Creating connection to cluster ${cluster.info.name}`);
    this.up = this.connectTo(host);
  }

  /** A host without connections gets one whatever the limit. */
  protected isFull(host: Host): boolean {
    return host.stats.cxActive >= Math.max(1, host.cluster.resources[0].connectionsPerHost);
  }

  protected connectTo(host: Host): SessionUpstream {
    return new UpstreamSide(this, new ConnectionAccount(host));
  }

  /** Nobody to connect to. Over bytes that nobody has read the kernel answers with RST, as under Envoy. */
  protected giveUp(flag: number): void {
    this.log?.gaveUp(flag);
    this.down.close('noFlush', `tcp_initializion_failure:${FAILURES[flag] ?? 0}`);
  }

  /** A load-shed point has closed it. */
  private shed(): void {
    this.factory.stats.downstreamCxOverloadClose.inc();
    if (this.log !== null) this.log.flags |= OVERLOAD_MANAGER;
    this.down.close('noFlush', 'overload');
  }

  /** The attempt failed. */
  retry(): void {
    this.up = null;
    if (!this.downClosed) this.connectUpstream();
  }

  connected(): void {
    this.touch();
    this.down.readDisable(false);
  }

  touch(): void {
    if (this.idle !== null) this.idle.arm(this.idleMs);
  }

  /** Something came from the upstream, and was passed on. */
  fromUpstream(): void {}

  private onIdle(): void {
    const queued = this.down.bufferedBytes + (this.up === null ? 0 : this.up.conn.bufferedBytes);
    if (queued > 0 && queued !== this.queuedBefore) {
      this.queuedBefore = queued;
      this.touch();
      return;
    }
    this.factory.stats.idleTimeout.inc();
    if (this.up !== null) this.up.conn.closeReason = IDLE;
    if (this.downClosed) this.up?.conn.close('noFlush');
    else this.down.close('noFlush', IDLE);
  }

  stopTimers(): void {
    if (this.idle !== null) this.idle.cancel();
    if (this.duration !== null) this.duration.cancel();
  }

  // --- what the downstream does ------------------------------------------------------------------------------------

  onConnected(): void {}

  onData(chunk: Buffer): void {
    const up = this.up;
    if (this.log !== null) this.log.received(chunk.length);
    if (this.factory.shedsData !== null && this.factory.shedsData.sheds()) {
      this.shed();
      return;
    }
    if (up !== null) up.conn.pass(chunk);
    this.touch();
  }

  onEnd(): void {
    if (this.up !== null) this.up.conn.end();
    this.touch();
  }

  onUnread(bytes: number): void {
    this.log?.unread(bytes);
  }

  onClose(local: boolean): void {
    this.downClosed = true;
    // It is the upstream's, too.
    if (local && this.up !== null && this.up.conn.closeReason === '') this.up.conn.closeReason = this.down.closeReason;
    this.log?.end();
    if (this.duration !== null) this.duration.cancel();
    const up = this.up;
    if (up === null) {
      this.stopTimers();
      return;
    }
    if (!up.isConnected) {
      up.account.cancelled();
      up.conn.close('noFlush');
    } else if (local) {
      up.conn.close('noFlush');
    } else {
      // The peer is gone, but what it sent is still owed to the upstream.
      up.conn.close('flush');
      if (!up.conn.closed) up.beginDrain();
    }
  }

  onAboveWriteBuffer(): void {
    const up = this.up;
    if (up === null || !up.isConnected) return;
    up.conn.readDisable(true);
    up.account.cluster.stats.upstreamFlowControlPausedReadingTotal.inc();
  }

  onBelowWriteBuffer(): void {
    const up = this.up;
    if (up === null || !up.isConnected) return;
    up.conn.readDisable(false);
    up.account.cluster.stats.upstreamFlowControlResumedReadingTotal.inc();
  }
}

/** The upstream's half of a session. */
export class UpstreamSide implements ConnectionHandler, SessionUpstream {
  readonly conn: Connection;
  readonly account: ConnectionAccount;
  isConnected: boolean;
  private readonly session: TcpSession;
  private readonly down: Connection;
  private draining: boolean;

  constructor(session: TcpSession, account: ConnectionAccount) {
    this.session = session;
    this.down = session.down;
    this.account = account;
    this.isConnected = false;
    this.draining = false;
    this.conn = account.host.connect(this, account.host.transportFor(session.down));
    this.conn.stats = account.cluster.stats.bytes;
    if (account.cluster.config.closeConnectionsOnHostHealthFailure === true) closeWithHost(account.host, this.conn);
  }

  beginDrain(): void {
    this.draining = true;
    this.session.factory.stats.upstreamFlushTotal.inc();
    this.session.factory.stats.upstreamFlushActive.inc();
  }

  onConnected(): void {
    this.isConnected = true;
    this.account.connected();
    this.conn.takesBulk = true;
    if (this.down.handler === this.session) this.down.takesBulk = true;
    this.session.log?.connected(this.account.host, this.conn);
    this.session.connected();
  }

  onData(chunk: Buffer): void {
    const { log } = this.session;
    if (log !== null) log.sent(chunk.length);
    this.down.pass(chunk);
    this.session.touch();
    this.session.fromUpstream();
  }

  onEnd(): void {
    this.down.end();
    this.session.touch();
  }

  onClose(local: boolean, error: string): void {
    const session = this.session;
    closed(this.account.host, this.conn);
    if (this.draining) session.factory.stats.upstreamFlushActive.dec();
    const cancelled = session.downClosed;
    this.account.closed(local, !this.isConnected && !cancelled, error === CONNECT_TIMEOUT);
    if (!this.isConnected) {
      if (!cancelled) session.log?.failed(this.account.host, error);
      session.retry();
      return;
    }
    session.up = null;
    session.stopTimers();
    if (!cancelled) this.down.close('flush');
  }

  onAboveWriteBuffer(): void {
    if (this.session.downClosed) return;
    this.down.readDisable(true);
    this.session.factory.stats.downstreamFlowControlPausedReadingTotal.inc();
  }

  onBelowWriteBuffer(): void {
    if (this.session.downClosed) return;
    this.down.readDisable(false);
    this.session.factory.stats.downstreamFlowControlResumedReadingTotal.inc();
  }
}
