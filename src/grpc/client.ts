/**
 * Calls of gRPC methods over requests of our own: a message and its answer, or a stream of messages each way. What ends a call is a status and a text,
 * whatever went wrong. Mirrors source/common/grpc/async_client_impl.cc.
 */
import { Headers } from '../codec/headers.ts';
import { formatGrpcTimeout, httpToGrpcStatus, parseGrpcStatus } from '../http/grpc.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { percentDecode } from '../platform/wire-text.ts';
import type {
  AsyncCallbacks,
  AsyncClient,
  AsyncOutcome,
  AsyncParent,
  AsyncRetry,
  AsyncStream,
  CallTracer,
  GrpcCallSpan,
} from '../upstream/async.ts';
import type { ClusterRef } from '../upstream/cluster-ref.ts';
import { FrameReader, frame } from './frames.ts';

export const GRPC_OK = 0;
export const GRPC_UNKNOWN = 2;
export const GRPC_RESOURCE_EXHAUSTED = 8;
export const GRPC_INTERNAL = 13;
export const GRPC_UNAVAILABLE = 14;

/** Bytes of a message from a service, where max_receive_message_length says nothing (docs/behaviour.md, H150). */
export const DEFAULT_MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export interface GrpcTarget {
  readonly cluster: ClusterRef;
  /** :authority; the cluster's name unless the config says otherwise. Wire text. */
  readonly authority: string;
  /** ms; 0 where the service has no timeout. */
  readonly timeoutMs: number;
  /** Bytes of a message. */
  readonly maxMessageBytes: number;
  readonly skipEnvoyHeaders: boolean;
  readonly retry: AsyncRetry | undefined;
}

export interface GrpcCallbacks {
  /** The answer's head; empty where it has nothing else. */
  onInitialMetadata?(headers: Headers): void;
  onMessage(message: Buffer): void;
  /** Counted: what is sent now has to wait here. */
  onPause?(pause: boolean): void;
  /** Once, unless cancelled; never from within `start`. `trailers`: null where the stream was cut. */
  onEnd(status: number, text: string, trailers: Headers | null): void;
}

export interface GrpcCallOptions {
  /** ms; 0 = for ever. The service's timeout unless given. */
  readonly timeoutMs?: number;
  /** What throws in the callbacks ends it. */
  readonly parent?: AsyncParent;
  /** Its bytes on the wire are counted. */
  readonly meters?: boolean;
  /** What it is a part of. */
  readonly span?: CallTracer | null | undefined;
  /** As its parent unless given; not of `unary`. */
  readonly sampled?: boolean | undefined;
  /** Adds to the head: initial_metadata. */
  readonly metadata?: ((head: Headers) => void) | null;
}

/** Harmless once it is over. */
export interface GrpcCall {
  /** Null where there is no cluster. */
  readonly info: AsyncOutcome | null;
  /** Null unless it is traced. */
  readonly span: GrpcCallSpan | null;
  cancel(): void;
}

export interface GrpcStream extends GrpcCall {
  readonly over: boolean;
  send(message: Uint8Array): void;
  /** No more messages from here. */
  close(): void;
  /** Counted: the peer's messages come too fast. */
  pause(pause: boolean): void;
}

/** The answer, or null and why there is none. Not after `cancel`, and never from within `unary`. */
export type GrpcDone = (message: Buffer | null, status: number, text: string) => void;

export class GrpcClient {
  private readonly client: AsyncClient;
  readonly target: GrpcTarget;

  constructor(client: AsyncClient, target: GrpcTarget) {
    this.client = client;
    this.target = target;
  }

  /** `path`: /package.Service/Method. */
  unary(path: string, message: Uint8Array, options: GrpcCallOptions, done: GrpcDone): GrpcCall {
    const answer = new OneAnswer(done);
    const call = this.start(path, options, answer);
    answer.call = call;
    call.send(message, true);
    return call;
  }

  stream(path: string, options: GrpcCallOptions, callbacks: GrpcCallbacks): GrpcStream {
    return this.start(path, options, callbacks);
  }

  private start(path: string, options: GrpcCallOptions, callbacks: GrpcCallbacks): Call {
    const { target } = this;
    const call = new Call(target.maxMessageBytes, callbacks);
    const cluster = target.cluster.current;
    if (cluster === null) {
      setImmediate(() => call.fail(GRPC_UNAVAILABLE, 'Cluster not available'));
      return call;
    }
    const timeoutMs = options.timeoutMs ?? target.timeoutMs;
    const head = new Headers();
    head.method = 'POST';
    head.path = path;
    head.authority = target.authority;
    head.scheme = 'http';
    head.add('te', 'trailers');
    if (timeoutMs > 0) head.add('grpc-timeout', formatGrpcTimeout(timeoutMs));
    head.add('content-type', 'application/grpc');
    options.metadata?.(head);
    call.span = options.span?.traceGrpc(path, cluster.info.name, target.authority, head, options.sampled) ?? null;
    const { skipEnvoyHeaders, retry } = target;
    const parent = options.parent === undefined ? {} : { parent: options.parent };
    const { meters = false } = options;
    const again = retry === undefined ? {} : { retry };
    call.stream = this.client.start(
      cluster,
      head,
      false,
      { timeoutMs, skipEnvoyHeaders, meters, ...parent, ...again },
      call,
    );
    return call;
  }
}

class Call implements AsyncCallbacks, GrpcStream {
  stream: AsyncStream | null = null;
  span: GrpcCallSpan | null = null;
  private readonly callbacks: GrpcCallbacks;
  private readonly frames: FrameReader;
  private held = 0;
  private ended = false;
  private sent = false;

  constructor(limit: number, callbacks: GrpcCallbacks) {
    this.frames = new FrameReader(limit);
    this.callbacks = callbacks;
  }

  get over(): boolean {
    return this.ended;
  }
  get info(): AsyncOutcome | null {
    return this.stream === null ? null : this.stream.info;
  }

  send(message: Uint8Array, last = false): void {
    if (this.sent || this.ended) return;
    this.sent = last;
    this.stream?.sendData(frame(message), last);
  }
  close(): void {
    if (this.sent || this.ended) return;
    this.sent = true;
    this.stream?.sendData(NOTHING, true);
    this.span?.canceled();
  }
  pause(pause: boolean): void {
    if (!this.ended) this.stream?.pauseResponse(pause);
  }
  cancel(): void {
    if (this.ended) return;
    this.ended = true;
    this.let();
    this.span?.canceled();
    this.stream?.cancel();
  }

  onHeaders(h: Headers, endStream: boolean): void {
    if (endStream) {
      this.callbacks.onInitialMetadata?.(new Headers());
      if (this.ended) return;
      if (h.status === 200 || parseGrpcStatus(h.get('grpc-status')) >= 0) this.onTrailers(h);
      else this.fail(httpToGrpcStatus(h.status), '');
      return;
    }
    this.callbacks.onInitialMetadata?.(h);
    if (h.status !== 200) this.fail(httpToGrpcStatus(h.status), '');
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.ended) return;
    const fault = this.frames.push(data, (message) => this.callbacks.onMessage(message));
    if (this.ended) return;
    if (fault !== null) {
      this.fail(fault === 'too large' ? GRPC_RESOURCE_EXHAUSTED : GRPC_INTERNAL, '');
      return;
    }
    this.account(this.frames.held);
    // An answer of gRPC ends with trailers.
    if (endStream) this.fail(GRPC_UNKNOWN, '');
  }

  onTrailers(trailers: Headers): void {
    if (this.ended) return;
    const value = trailers.get('grpc-status');
    const status = value === undefined ? GRPC_UNKNOWN : parseGrpcStatus(value);
    this.finish(status, percentDecode(trailers.get('grpc-message') ?? ''), trailers);
  }

  onReset(): void {
    this.fail(GRPC_INTERNAL, '');
  }
  onPause(pause: boolean): void {
    if (!this.ended) this.callbacks.onPause?.(pause);
  }

  fail(status: number, text: string): void {
    if (this.ended) return;
    this.stream?.cancel();
    this.finish(status, text, null);
  }

  private finish(status: number, text: string, trailers: Headers | null): void {
    this.ended = true;
    this.let();
    this.span?.status(status);
    this.callbacks.onEnd(status, text, trailers);
    this.span?.finish();
  }

  private let(): void {
    this.frames.drop();
    this.account(0);
  }
  private account(held: number): void {
    heldMemory.add(held - this.held);
    this.held = held;
  }
}

const NOTHING = Buffer.alloc(0);

class OneAnswer implements GrpcCallbacks {
  call: GrpcCall | null = null;
  private readonly done: GrpcDone;
  private message: Buffer | null = null;
  constructor(done: GrpcDone) {
    this.done = done;
  }
  /** Of several the last one counts, as in Envoy. */
  onMessage(message: Buffer): void {
    this.message = message;
  }
  onEnd(status: number, text: string): void {
    if (status !== GRPC_OK) this.done(null, status, text);
    else if (this.message === null) {
      this.call?.span?.setTag('error', 'true');
      this.done(null, GRPC_INTERNAL, '');
    } else this.done(this.message, GRPC_OK, '');
  }
}
