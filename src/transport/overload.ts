/**
 * What this event loop is asked to do against overload, as shares from 0 to 1. Null as long as the bootstrap has no overload manager with
 * actions: whoever asks has read that when it was built. Role of Envoy's ThreadLocalOverloadState (envoy/server/overload/thread_local_overload_state.h).
 */
import type { Wire, WireOwner } from './wire.ts';

export type Make = (owner: WireOwner) => Wire;

export interface OverloadState {
  /** This request is answered with 503. */
  refusesRequest(): boolean;
  /** This HTTP/1 answer is the last of its connection. */
  endsKeepAlive(): boolean;
  /** For a listener: what its new connections go through. `rejected` counts, `most` may wait. */
  gate(listener: { take(make: Make): void }, rejected: { inc(): void }, most: number): OverloadGate;
}

export interface OverloadGate {
  /** It waits, or is closed. */
  keeps(make: Make): boolean;
  /** Its listener stops: nobody will take those that wait. */
  close(): void;
}

/** Of this event loop. */
export const overload: { state: OverloadState | null } = { state: null };
