/**
 * Where an attempt sends its request: an HTTP stream on a connection of a pool, or, for CONNECT, the bytes of a connection of its own.
 * Roles of Envoy's GenericConnPool and GenericUpstream (envoy/router/router.h).
 */
import type { Protocol, ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import type { Connection } from '../../transport/connection.ts';

/** What the request is written to, and reset by; the answer comes to the decoder that was given to `newStream`. */
export type Upstream = StreamEncoder;

/** The connection under it. */
export interface UpstreamConnection {
  readonly connection: Connection;
  /** Null where bytes go as they are. */
  readonly codec: { readonly protocol: Protocol } | null;
  /** The stream is reset, from here or by the host: counted where the connection is. */
  countReset(reason: ResetReason): void;
}

export interface UpstreamCallbacks {
  /** Exactly one of both follows each `newStream` that was not cancelled. May come from within `newStream`. */
  onPoolReady(upstream: Upstream, connection: UpstreamConnection): void;
  /** `detail`: errno of the failed connect, or ''. */
  onPoolFailure(reason: ResetReason, detail: string): void;
}

/** Has connections, or makes them. */
export interface UpstreamSource {
  /** Null when `callbacks` has been called already. */
  newStream(decoder: StreamDecoder, callbacks: UpstreamCallbacks): { cancel(): void } | null;
}
