/** How far each action of the overload manager goes in this event loop, as shares from 0 to 1. */
import type { Make, OverloadState } from '../transport/overload.ts';
import { OverloadGate } from './overload-gate.ts';

export class OverloadShares implements OverloadState {
  stopRequests = 0;
  endKeepAlive = 0;
  rejectConnections = 0;
  /** 1: new connections wait. */
  stopAccepting = 0;
  /** Called when `stopAccepting` has gone back to 0. */
  readonly onAccepting = new Set<() => void>();

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
}

const happens = (share: number): boolean => share >= 1 || Math.random() < share;
