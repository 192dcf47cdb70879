/**
 * HTTP/2 PINGs on a quiet connection: one every `interval`, and the connection goes when no answer comes within `timeout`.
 * Http2ProtocolOptions.connection_keepalive (core/v3/protocol.proto), both directions.
 */
import { Timer } from '../../transport/timers.ts';

/** Only one PING is out at a time, so its content need not tell them apart. */
const OPAQUE = new Uint8Array(8);

export interface PingCodec {
  sendPing(opaque: Uint8Array): void;
}

export class Http2Keepalive {
  private readonly codec: PingCodec;
  private readonly intervalMs: number;
  private readonly timeoutMs: number;
  private readonly onTimeout: () => void;
  private readonly timer: Timer;
  private waiting = false;

  /** Both in ms; `interval` 0 is refused by the config's constraints. */
  constructor(codec: PingCodec, intervalMs: number, timeoutMs: number, onTimeout: () => void) {
    this.codec = codec;
    this.intervalMs = intervalMs;
    this.timeoutMs = timeoutMs;
    this.onTimeout = onTimeout;
    this.timer = new Timer(this.onTimer);
    this.timer.arm(intervalMs);
  }

  private readonly onTimer = (): void => {
    if (this.waiting) {
      this.onTimeout();
      return;
    }
    this.waiting = true;
    this.codec.sendPing(OPAQUE);
    this.timer.arm(this.timeoutMs);
  };

  onPingAck(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.timer.arm(this.intervalMs);
  }

  stop(): void {
    this.timer.cancel();
  }
}
