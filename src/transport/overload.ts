/**
 * What this event loop is asked to do against overload, as shares from 0 to 1. Null as long as the bootstrap has no overload manager with
 * actions or load-shed points: whoever asks has read that when it was built. Role of Envoy's ThreadLocalOverloadState
 * (envoy/server/overload/thread_local_overload_state.h) and LoadShedPointProvider.
 */
import type { HoldingStream, ScaledTimers } from './scaled-timers.ts';
import type { Timer } from './timers.ts';
import type { Wire, WireOwner } from './wire.ts';

export type Make = (owner: WireOwner) => Wire;

/** Timers that reduce_timeouts may shorten; the names are the config's. */
export type ReducedTimer =
  | 'HTTP_DOWNSTREAM_CONNECTION_IDLE'
  | 'HTTP_DOWNSTREAM_STREAM_IDLE'
  | 'TRANSPORT_SOCKET_CONNECT'
  | 'HTTP_DOWNSTREAM_CONNECTION_MAX'
  | 'HTTP_DOWNSTREAM_STREAM_FLUSH';

/** Behind `envoy.load_shed_points.`. */
export type LoadShedPointName =
  | 'tcp_listener_accept'
  | 'hcm_ondata_creating_codec'
  | 'http_connection_manager_decode_headers'
  | 'http_downstream_filter_check'
  | 'http1_server_abort_dispatch'
  | 'http2_server_go_away_on_dispatch'
  | 'http2_server_go_away_and_close_on_dispatch'
  | 'connection_pool_new_connection'
  | 'tcp_proxy_on_data'
  | 'tcp_proxy_upstream_connect';

export interface LoadShedPoint {
  /** This time, too; counted. */
  sheds(): boolean;
}

export interface OverloadState {
  /** This request is answered with 503. */
  refusesRequest(): boolean;
  /** This HTTP/1 answer is the last of its connection. */
  endsKeepAlive(): boolean;
  /** For a listener: what its new connections go through. `rejected` counts, `most` may wait. */
  gate(listener: { take(make: Make): void }, rejected: { inc(): void }, most: number): OverloadGate;
  /** Null where the config has none of this name. */
  point(name: LoadShedPointName): LoadShedPoint | null;
  /** Streams of clients that are open, for reset_high_memory_stream, and their idle timers; null where the config asks for neither. */
  readonly streams: ScaledTimers<HoldingStream> | null;
  /** One that is shortened where the config says so. */
  timer(kind: ReducedTimer, fire: () => void): Timer;
}

export interface OverloadGate {
  /** It waits, or is closed. */
  keeps(make: Make): boolean;
  /** Its listener stops: nobody will take those that wait. */
  close(): void;
}

/** Of this event loop. */
export const overload: { state: OverloadState | null } = { state: null };

/** Null without an overload manager that has it. */
export const loadShedPoint = (name: LoadShedPointName): LoadShedPoint | null => overload.state?.point(name) ?? null;
