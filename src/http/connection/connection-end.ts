/**
 * Will this downstream connection serve another request, and how does it end? Decided here and nowhere else: streams say what they know
 * (`endsHere`), the codec says what it must (`mustClose`), timers and the server's draining do their part. HTTP/1 answers then say
 * `connection: close`; HTTP/2 gets a GOAWAY with the highest id, and a final one after drain_timeout.
 * Role of the drain state in Envoy's ConnectionManagerImpl (startDrainSequence, checkForDeferredClose).
 */
import type { Headers } from '../../codec/headers.ts';
import type { Protocol, ServerCodec } from '../../codec/http.ts';
import type { Connection } from '../../transport/connection.ts';
import type { DrainSequence } from '../../transport/drain.ts';
import type { ReducedTimer } from '../../transport/overload.ts';
import { Timer } from '../../transport/timers.ts';
import type { ConnectionManagerSettings } from './settings.ts';

/** One that reduce_timeouts may shorten; null where nothing is waited for. */
export function timerFor(
  ms: number,
  { overload }: ConnectionManagerSettings,
  kind: ReducedTimer,
  fire: () => void,
): Timer | null {
  if (ms <= 0) return null;
  return overload === null ? new Timer(fire) : overload.timer(kind, fire);
}

export class ConnectionEnd {
  /** Null until the protocol is known. */
  codec: ServerCodec | null;
  private readonly cfg: ConnectionManagerSettings;
  private readonly connection: Connection;
  /** Open requests. */
  private active: number;
  /** Ever begun. */
  /** All there have been. */
  requests: number;
  /** HTTP/1: the current request asks for it, or is at fault (Envoy: shouldDrainConnectionUponCompletion). */
  private asked: boolean;
  /** No request behind the current ones. HTTP/2: the final GOAWAY is out. */
  private last: boolean;
  /** The drain sequence has begun. */
  private draining: boolean;
  /** The last answer was behind a request read to its end: closing at once loses nothing. */
  private atOnce: boolean;
  /** The next answer is the last one (http1_safe_max_connection_duration). */
  private softDrain: boolean;
  private readonly idleTimer: Timer | null;
  private readonly durationTimer: Timer | null;
  private drainTimer: Timer | null;

  constructor(cfg: ConnectionManagerSettings, connection: Connection) {
    this.codec = null;
    this.cfg = cfg;
    this.connection = connection;
    this.active = 0;
    this.requests = 0;
    this.asked = false;
    this.last = false;
    this.draining = false;
    this.atOnce = false;
    this.softDrain = false;
    this.drainTimer = null;
    this.idleTimer = timerFor(cfg.idleTimeoutMs, cfg, 'HTTP_DOWNSTREAM_CONNECTION_IDLE', this.onIdle);
    this.idleTimer?.arm(cfg.idleTimeoutMs);
    this.durationTimer = timerFor(
      cfg.maxConnectionDurationMs,
      cfg,
      'HTTP_DOWNSTREAM_CONNECTION_MAX',
      this.onMaxDuration,
    );
    this.durationTimer?.arm(jittered(cfg.maxConnectionDurationMs, cfg.maxConnectionDurationJitter));
  }

  private get multiplexed(): boolean {
    return this.codec !== null && this.codec.protocol === 'HTTP/2';
  }
  get openRequests(): number {
    return this.active;
  }

  // --- what happens on it ------------------------------------------------------------------------------------------

  onRequest(): void {
    this.active++;
    this.requests++;
    this.asked = false;
    this.idleTimer?.cancel();
    const max = this.cfg.maxRequestsPerConnection;
    if (max === 0 || this.requests < max) return;
    if (this.requests === max) this.cfg.stats.cxMaxRequestsReached.inc();
    if (this.multiplexed) this.startDrain();
    else this.last = true;
  }

  onRequestOver(): void {
    this.active--;
    if (this.active === 0 && this.idleTimer !== null && this.connection.open) {
      this.idleTimer.arm(this.cfg.idleTimeoutMs);
    }
  }

  /** The current request wants no other behind it. On HTTP/2 the connection carries others' streams: it drains. */
  endsHere(): void {
    if (this.multiplexed) this.startDrain();
    else this.asked = true;
  }

  /** With each answer: its head is about to be sent. `tunnel`: what follows is no HTTP, and its head says nothing of the connection. */
  onAnswer(h: Headers, protocol: Protocol, requestComplete: boolean, tunnel: boolean): void {
    if (this.cfg.isDraining()) this.drainWithServer();
    if (this.cfg.overload !== null && !this.draining) this.endForOverload(this.cfg.overload, protocol);
    if (protocol === 'HTTP/2') return;
    if (protocol === 'HTTP/1.0') {
      if (!h.has('content-length')) this.asked = true;
      if (!this.asked && !this.last && !this.draining) h.setUnchecked('connection', 'keep-alive');
    }
    if (this.softDrain) this.last = true;
    // What is still to come of the request must not be taken for another one.
    if (!requestComplete) this.asked = true;
    if (this.asked || this.last || this.draining) {
      this.last = true;
      if (!tunnel) h.setUnchecked('connection', 'close');
    }
  }

  /**
   * An answer is complete, or its stream was reset. `early`: it was given before the request's end was seen.
   * ConnectionManagerImpl::doEndStream: nothing can be on its way from a client whose whole request was read.
   */
  onAnswered(complete: boolean, early: boolean, unframed: boolean): void {
    this.atOnce = unframed || (complete && !early && this.asked);
  }
  /** An answer that was `cutOff` is nothing to wait for: the client must not go on waiting for its rest. */
  onReset(cutOff: boolean): void {
    this.atOnce = cutOff;
  }

  /** Framing is lost or the peer is at fault: nothing more is served. */
  giveUp(): void {
    this.last = true;
  }

  /** Close it if it is over. */
  check(): void {
    const codec = this.codec;
    if (codec === null || this.active > 0) return;
    // HTTP/2: complete answers that wait for window are still delivered.
    if (!codec.mustClose && codec.activeStreams > 0) return;
    if (codec.mustClose || this.last) this.connection.close(this.atOnce ? 'flush' : 'flushDelayed');
  }

  onClosed(): void {
    this.idleTimer?.cancel();
    this.drainTimer?.cancel();
    this.durationTimer?.cancel();
    if (this.softDrain) this.cfg.stats.cxHttp1SoftDrain.dec();
  }

  // --- draining ----------------------------------------------------------------------------------------------------

  /** The listener drains: a connection without requests goes by itself, at a moment of its own, with time left for the drain sequence. */
  onServerDrain(sequence: DrainSequence): void {
    if (this.draining) return;
    const ms = sequence.idleDelayMs(this.cfg.drainTimeoutMs);
    if (ms === 0) return;
    this.drainTimer = new Timer(this.drainIdle);
    this.drainTimer.arm(ms);
  }
  private readonly drainIdle = (): void => {
    if (this.draining) return;
    this.cfg.stats.cxDrainClose.inc();
    this.timedOut();
  };

  /** HTTP/2 goes on, and is counted. */
  private endForOverload(overload: NonNullable<ConnectionManagerSettings['overload']>, protocol: Protocol): void {
    if (!overload.endsKeepAlive() || protocol === 'HTTP/2') return;
    this.cfg.stats.cxDrainClose.inc();
    this.last = true;
  }

  private drainWithServer(): void {
    if (this.draining) return;
    this.cfg.stats.cxDrainClose.inc();
    this.startDrain();
    if (!this.multiplexed) this.last = true;
  }

  private startDrain(): void {
    if (this.draining) return;
    this.draining = true;
    this.drainTimer?.cancel();
    this.codec?.shutdownNotice();
    this.drainTimer = new Timer(this.onDrainTimeout);
    this.drainTimer.arm(jittered(this.cfg.drainTimeoutMs, this.cfg.drainTimeoutJitter));
  }

  private readonly onDrainTimeout = (): void => {
    this.last = true;
    this.codec?.goAway();
    this.check();
  };

  private readonly onIdle = (): void => {
    this.cfg.stats.cxIdleTimeout.inc();
    this.timedOut();
  };

  private readonly onMaxDuration = (): void => {
    this.cfg.stats.cxMaxDurationReached.inc();
    if (this.codec !== null && !this.multiplexed && this.cfg.http1SafeMaxConnectionDuration) {
      this.softDrain = true;
      this.cfg.stats.cxHttp1SoftDrain.inc();
    } else this.timedOut();
  };

  private timedOut(): void {
    if (this.codec === null) this.connection.close('flush');
    else this.startDrain();
  }
}

/** `ms` and a random part of up to `share` of it. */
const jittered = (ms: number, share: number): number => (share === 0 ? ms : ms * (1 + Math.random() * share));
