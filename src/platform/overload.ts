/**
 * What this event loop is asked to do against overload, as shares from 0 to 1. Null as long as the bootstrap has no overload manager with
 * actions: whoever asks has read that when it was built. Role of Envoy's ThreadLocalOverloadState (envoy/server/overload/thread_local_overload_state.h).
 */
export class OverloadState {
  /** Of requests that are answered with 503. */
  stopRequests = 0;
  /** Of HTTP/1 answers that are the last of their connection. */
  endKeepAlive = 0;
  /** Of new connections that are closed. */
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
}

const happens = (share: number): boolean => share >= 1 || Math.random() < share;

/** Of this event loop. */
export const overload: { state: OverloadState | null } = { state: null };
