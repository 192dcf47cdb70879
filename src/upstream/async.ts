/**
 * Requests of our own, as whoever makes them sees them: filters that ask a service, mirrors, loggers. Roles of Envoy's AsyncClient
 * (envoy/http/async_client.h); http/router/async-client.ts carries them out.
 */
import type { BytesMeter } from '../codec/bytes-meter.ts';
import type { Headers } from '../codec/headers.ts';
import type { RouteRetryPolicy } from '../config/schema/types.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterInfo } from './cluster-info.ts';
import type { Host } from './host.ts';

/** Runtime key http.async_response_buffer_limit, bytes. */
export const DEFAULT_MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** Bytes of a request that may wait for its host before its sender is told to pause (kDefaultDecoderBufferLimit). */
export const DEFAULT_ASYNC_BUFFER_BYTES = 64 * 1024;

export interface AsyncOptions {
  /** ms from the end of the request to the end of the response; 0 = for ever. */
  readonly timeoutMs: number;
  /** Of `send`, bytes of body; a longer one is a failure. DEFAULT_MAX_RESPONSE_BYTES unless given. */
  readonly maxResponseBytes?: number;
  /** DEFAULT_ASYNC_BUFFER_BYTES unless given; 0 = unlimited. */
  readonly bufferLimit?: number;
  /** The stream it is made for: what throws in the callbacks ends that stream. Without one it is logged. */
  readonly parent?: AsyncParent;
  /** Of `send`: what it is a part of. */
  readonly span?: CallSpanOptions | undefined;
  /** Called once, with its end. */
  readonly onEnd?: ((outcome: AsyncOutcome) => void) | undefined;
  /** Without x-envoy-internal and x-forwarded-for. */
  readonly skipEnvoyHeaders?: boolean;
  /** Without x-forwarded-for. */
  readonly skipForwardedFor?: boolean;
  /** Its bytes on the wire are counted. */
  readonly meters?: boolean;
  /** How it is tried again; absent: never. Of the configuration: kept as long as somebody holds it. */
  readonly retry?: AsyncRetry;
}

/** The span of a request that is traced: what is asked for it is a part of that. */
export interface CallTracer {
  /** Of a call over HTTP, whose host is told of it; `name`: where the options have none. `old`: as Envoy 1.16. */
  traceCall(options: CallSpanOptions, name: string, head: Headers, old: boolean): CallSpan;
  /** Of a gRPC call: `/package.Service/Method`, the cluster, and whom it is addressed to. */
  traceGrpc(path: string, cluster: string, address: string, head: Headers, sampled?: boolean): GrpcCallSpan;
}

export interface CallSpanOptions {
  readonly parent: CallTracer;
  /** `async <cluster> egress` unless given. */
  readonly name?: string;
  /** As its parent unless given. */
  readonly sampled?: boolean | undefined;
  /** Tags of whoever calls; `status`: of the answer. */
  readonly tags?: (span: CallSpan, status: number) => void;
}

/** The span of one call. */
export interface CallSpan {
  setTag(name: string, value: string): void;
  /** Once. */
  end(how: 'answered' | 'reset' | 'canceled', outcome: AsyncOutcome): void;
}

/** The span of one gRPC call. Nothing happens after `finish`. */
export interface GrpcCallSpan {
  setTag(name: string, value: string): void;
  status(code: number): void;
  finish(): void;
  canceled(): void;
}

/** How a request of our own ended. */
export interface AsyncOutcome {
  /** 0: no answer. */
  readonly responseCode: number;
  /** RESPONSE_CODE_DETAILS. */
  readonly details: string;
  /** Null unless `meters` was asked for. */
  readonly meters: { readonly up: Readonly<BytesMeter> } | null;
  readonly flagNames: string;
  readonly cluster: ClusterInfo | null;
  /** The last host that was tried. */
  readonly upstream: { readonly host: Host } | null;
}

/** Where what a callback throws ends. */
export interface AsyncParent {
  failed(error: unknown): void;
}

/** A route's retry policy, as the configuration has it. */
export type AsyncRetry = RouteRetryPolicy;

/** Why there is no response. */
export type AsyncFailure = 'reset' | 'too large';

export interface AsyncResponse {
  readonly headers: Headers;
  readonly body: Buffer;
  readonly trailers: Headers | null;
}

/** Called once, and never from within `send`; not after `cancel`. What our router answers itself (no host, a timeout) is a response, as in Envoy. */
export type AsyncDone = (response: AsyncResponse | null, failure: AsyncFailure | null) => void;

/** Never called from within `start`. */
export interface AsyncCallbacks {
  onHeaders(headers: Headers, endStream: boolean): void;
  onData(data: Buffer, endStream: boolean): void;
  onTrailers(trailers: Headers): void;
  /** Nothing follows. */
  onReset(): void;
  /** Counted: what is sent now has to wait here. */
  onPause(pause: boolean): void;
}

export interface AsyncRequest {
  /** Gives it up; no callback follows. Harmless once it is over. */
  cancel(): void;
}

export interface AsyncStream extends AsyncRequest {
  /** The response is complete, or there will be none. */
  readonly over: boolean;
  /** What is known of it so far. */
  readonly info: AsyncOutcome;
  sendData(data: Buffer, endStream: boolean): void;
  sendTrailers(trailers: Headers): void;
  /** Counted: the response comes too fast. */
  pauseResponse(pause: boolean): void;
}

export interface AsyncClient {
  /** A whole request, and its whole response. The headers become the client's. */
  send(cluster: Cluster, head: Headers, body: Buffer | null, options: AsyncOptions, done: AsyncDone): AsyncRequest;
  /** A request whose body comes bit by bit, unless `endStream`. */
  start(
    cluster: Cluster,
    head: Headers,
    endStream: boolean,
    options: AsyncOptions,
    callbacks: AsyncCallbacks,
  ): AsyncStream;
}
