/**
 * How long one try at a host may take, where the caller asked for a limit: until its answer begins (per-try timeout, from the end of
 * the request on), and until its end (maximum duration of the upstream stream). Timers of Envoy's UpstreamRequest.
 */
import { Timer } from '../../transport/timers.ts';

export interface TryOwner {
  onPerTryTimeout(): void;
  onTryDuration(): void;
}

export class TryLimits {
  private readonly perTryMs: number;
  private readonly durationMs: number;
  private readonly perTry: Timer;
  private readonly duration: Timer;
  private sent: boolean;
  private ended: boolean;

  /** ms; 0 = no limit. */
  constructor(owner: TryOwner, perTryMs: number, durationMs: number) {
    this.perTryMs = perTryMs;
    this.durationMs = durationMs;
    this.perTry = new Timer(() => owner.onPerTryTimeout());
    this.duration = new Timer(() => owner.onTryDuration());
    this.sent = false;
    this.ended = false;
  }

  /** There is a connection. */
  onSent(): void {
    this.sent = true;
    if (this.durationMs > 0) this.duration.arm(this.durationMs);
    this.armPerTry();
  }
  onRequestEnd(): void {
    this.ended = true;
    this.armPerTry();
  }
  private armPerTry(): void {
    if (this.sent && this.ended && this.perTryMs > 0) this.perTry.arm(this.perTryMs);
  }
  onAnswer(): void {
    this.perTry.cancel();
  }
  cancel(): void {
    this.perTry.cancel();
    this.duration.cancel();
  }
}
