/**
 * Under a small CPU quota the kernel stops a process that does not sleep only at its next tick, up to 4 ms later: at 20m that is two periods'
 * worth, and the next periods are spent paying. Requests of that moment wait 200 ms instead of 100. Reading our own CPU time (getrusage) makes the
 * kernel charge us at once. A lone burst is better off with the kernel's way, which lets it through and takes its CPU later; so it is done only
 * while we use up what we have.
 */
import { clockMs, onTurnClock } from '../platform/clock.ts';

/** ms of a turn's clock between two charges, of 1 µs each; a quota is 2 ms at 20m. With 1 ms the tail is longer, 144 ms instead of 99. */
const CHARGE_EVERY_MS = 0.2;
/** ms between two looks at how much of the quota we use. */
export const LOOK_EVERY_MS = 500;
/** Share of the quota, over `LOOK_EVERY_MS`, from which we use it up. */
const USED_UP = 0.9;

export class QuotaKeeper {
  private readonly cpus: number;
  private readonly usedMs: () => number;
  private chargeAt: number;
  private lookedAt: number;
  private usedBefore: number;
  private usesItUp: boolean;

  /** `cpus`: the limit, 0.02 for 20m. `usedMs`: CPU of the process in ms; asking is what makes the kernel charge. */
  constructor(cpus: number, now: number, usedMs = processCpuMs) {
    this.cpus = cpus;
    this.usedMs = usedMs;
    this.chargeAt = now + LOOK_EVERY_MS;
    this.lookedAt = now;
    this.usedBefore = usedMs();
    this.usesItUp = false;
  }

  /** At a turn's time, in ms. */
  turn(now: number): void {
    if (now < this.chargeAt) return;
    const used = this.usedMs();
    const passed = now - this.lookedAt;
    if (passed >= LOOK_EVERY_MS) {
      this.usesItUp = used - this.usedBefore >= passed * this.cpus * USED_UP;
      this.lookedAt = now;
      this.usedBefore = used;
    }
    this.chargeAt = now + (this.usesItUp ? CHARGE_EVERY_MS : LOOK_EVERY_MS);
  }
}

function processCpuMs(): number {
  // Not `threadCpuUsage`: for one thread the kernel tells what it has charged, without charging.
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** From now on, for the life of the process. The kernel charges the thread that asks: with more than one worker those beside the first are not kept. */
export function keepQuota(cpus: number): void {
  const keeper = new QuotaKeeper(cpus, clockMs());
  onTurnClock((at) => keeper.turn(at));
}
