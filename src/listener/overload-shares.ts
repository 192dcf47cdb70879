/** How far each action of the overload manager goes in this event loop, as shares from 0 to 1, and its load-shed points. */

import type { LoadShedPoint, LoadShedPointName, Make, OverloadState, ReducedTimer } from '../transport/overload.ts';
import { type HoldingStream, ScaledTimer, type ScaledTimers } from '../transport/scaled-timers.ts';
import { Timer } from '../transport/timers.ts';
import { OverloadGate } from './overload-gate.ts';

export class OverloadShares implements OverloadState {
  stopRequests = 0;
  endKeepAlive = 0;
  rejectConnections = 0;
  /** 1: new connections wait. */
  stopAccepting = 0;
  /** Called when `stopAccepting` has gone back to 0. */
  readonly onAccepting = new Set<() => void>();
  /** Of reduce_timeouts. */
  readonly reduced = new Map<ReducedTimer, ScaledTimers>();
  readonly points = new Map<string, ShedPoint>();
  streams: ScaledTimers<HoldingStream> | null = null;

  refusesRequest(): boolean {
    return this.stopRequests > 0 && happens(this.stopRequests);
  }
  endsKeepAlive(): boolean {
    return this.endKeepAlive > 0 && happens(this.endKeepAlive);
  }
  rejectsConnection(): boolean {
    return this.rejectConnections > 0 && happens(this.rejectConnections);
  }
  gate(listener: { take(make: Make): void }, rejected: { inc(): void }, most: number): OverloadGate {
    return new OverloadGate(this, listener, rejected, most);
  }
  point(name: LoadShedPointName): LoadShedPoint | null {
    return this.points.get(name) ?? null;
  }
  timer(kind: ReducedTimer, fire: () => void): Timer {
    const scaled = this.reduced.get(kind);
    return scaled === undefined ? new Timer(fire) : new ScaledTimer(scaled, fire);
  }
}

/** Role of LoadShedPointImpl. */
export class ShedPoint implements LoadShedPoint {
  share = 0;
  private readonly count: { inc(): void };

  constructor(count: { inc(): void }) {
    this.count = count;
  }

  sheds(): boolean {
    if (this.share === 0 || !happens(this.share)) return false;
    this.count.inc();
    return true;
  }
}

const happens = (share: number): boolean => share >= 1 || Math.random() < share;
