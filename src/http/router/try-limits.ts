/**
 * How long one try at a host may take, where somebody set a limit: until its answer begins (per-try timeout, from the end of
 * the request on), until its end (maximum duration of the upstream stream), and without a byte in either direction (per-try idle
 * timeout). Timers of Envoy's UpstreamRequest.
 */
import { Timer } from '../../transport/timers.ts';
import type { Host } from '../../upstream/host.ts';
import type { Attempt } from './attempt.ts';

export interface TryOwner {
  onPerTryTimeout(attempt: Attempt): void;
  onPerTryIdleTimeout(attempt: Attempt): void;
  onTryDuration(attempt: Attempt): void;
}

/** ms; 0 = no limit. The same for all tries of a request. */
export interface TryTimes {
  readonly perTryMs: number;
  readonly idleMs: number;
  /** -1: as the host's cluster says. */
  readonly durationMs: number;
}

/** With what the host's cluster says, which need not be that of the route: an aggregate cluster has its hosts from others. */
export function timesAt(host: Host, times: TryTimes | null): TryTimes | null {
  const own = host.cluster.http.maxStreamDurationMs ?? 0;
  if (own === 0 || (times !== null && times.durationMs >= 0)) return times;
  return { perTryMs: times?.perTryMs ?? 0, idleMs: times?.idleMs ?? 0, durationMs: own };
}

export class TryLimits {
  /** Set by the attempt itself. */
  attempt: Attempt | null = null;
  private readonly times: TryTimes;
  private readonly perTry: Timer;
  private readonly idle: Timer;
  private readonly duration: Timer;
  private sent = false;
  private ended: boolean;

  /** `ended`: the client has sent all. */
  constructor(owner: TryOwner, times: TryTimes, ended: boolean) {
    this.times = times;
    this.ended = ended;
    this.perTry = new Timer(() => owner.onPerTryTimeout(this.attempt as Attempt));
    this.idle = new Timer(() => owner.onPerTryIdleTimeout(this.attempt as Attempt));
    this.duration = new Timer(() => owner.onTryDuration(this.attempt as Attempt));
  }

  /** There is a connection. */
  onSent(): void {
    this.sent = true;
    if (this.times.durationMs > 0) this.duration.arm(this.times.durationMs);
    this.onProgress();
    this.armPerTry();
  }
  onRequestEnd(): void {
    this.ended = true;
    this.armPerTry();
  }
  private armPerTry(): void {
    if (this.sent && this.ended && this.times.perTryMs > 0) this.perTry.arm(this.times.perTryMs);
  }
  /** A byte in either direction. */
  onProgress(): void {
    if (this.times.idleMs > 0) this.idle.arm(this.times.idleMs);
  }
  onAnswer(): void {
    this.perTry.cancel();
    this.onProgress();
  }
  cancel(): void {
    this.perTry.cancel();
    this.idle.cancel();
    this.duration.cancel();
  }
}
