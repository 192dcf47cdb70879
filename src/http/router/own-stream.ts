/** One request of our own: what a router needs of a stream, without a client and its connection. Role of Envoy's AsyncStreamImpl. */
import { BytesMeter } from '../../codec/bytes-meter.ts';
import type { Headers } from '../../codec/headers.ts';
import { METERS } from '../../format/format-context.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { lasting } from '../../platform/lent.ts';
import {
  type AsyncCallbacks,
  type AsyncOptions,
  type AsyncParent,
  type AsyncStream,
  DEFAULT_ASYNC_BUFFER_BYTES,
} from '../../upstream/async.ts';
import { isGrpcContentType } from '../grpc.ts';
import type { LocalReply } from '../reply.ts';
import type { Route } from '../route/route.ts';
import type { TerminalStream } from '../stream/filter.ts';
import { localReplyHeaders } from '../stream/local-reply.ts';
import { StreamInfo, StreamMeters } from '../stream/stream-info.ts';
import { Router } from './router.ts';
import type { RouterSettings } from './router-settings.ts';

const log = logger('http');

// Bits of `state`.
/** `start` runs: what comes back at once waits until it has returned. */
const STARTING = 1;
/** The request is complete. */
const SENT = 2;
/** The head of the response has been given. */
const ANSWERED = 4;
/** Nothing follows. */
const OVER = 8;

export class OwnStream implements TerminalStream, AsyncStream {
  readonly info: StreamInfo;
  readonly connection = null;
  readonly response = null;
  readonly responseTrailers = null;
  readonly request: Headers;
  readonly grpcRequest: boolean;
  readonly bufferLimit: number;
  above: number;
  private readonly target: Route;
  private readonly callbacks: AsyncCallbacks;
  private readonly parent: AsyncParent | null;
  private readonly onEnd: AsyncOptions['onEnd'];
  private readonly router: Router;
  private state: number;

  constructor(
    settings: RouterSettings,
    target: Route,
    request: Headers,
    options: AsyncOptions,
    callbacks: AsyncCallbacks,
  ) {
    this.info = new StreamInfo('HTTP/1.1', turnMs(), null);
    this.info.route = target;
    if (options.meters === true) {
      this.info.needs = METERS;
      this.info.meters = new StreamMeters(new BytesMeter());
    }
    this.request = request;
    this.grpcRequest = isGrpcContentType(request.get('content-type'));
    this.bufferLimit = options.bufferLimit ?? DEFAULT_ASYNC_BUFFER_BYTES;
    this.above = 0;
    this.target = target;
    this.callbacks = callbacks;
    this.parent = options.parent ?? null;
    this.onEnd = options.onEnd;
    this.state = 0;
    this.router = new Router(settings);
    this.router.stream = this;
    // The router takes it out.
    request.setUnchecked('x-envoy-upstream-rq-timeout-ms', String(Math.floor(options.timeoutMs)));
    if (request.scheme === '') request.scheme = 'http';
  }

  get over(): boolean {
    return (this.state & OVER) !== 0;
  }

  // --- the request, from whoever makes it --------------------------------------------------------------------------

  start(endStream: boolean): void {
    this.state |= STARTING;
    if (endStream) this.requestDone();
    this.guard(() => this.router.decodeHeaders(this.request, endStream));
    this.state &= ~STARTING;
  }

  sendData(data: Buffer, endStream: boolean): void {
    if ((this.state & (OVER | SENT)) !== 0) return;
    if (endStream) this.requestDone();
    this.state |= STARTING;
    this.guard(() => this.router.decodeData(data, endStream));
    this.state &= ~STARTING;
  }

  sendTrailers(trailers: Headers): void {
    if ((this.state & (OVER | SENT)) !== 0) return;
    this.requestDone();
    this.state |= STARTING;
    this.guard(() => this.router.decodeTrailers(trailers));
    this.state &= ~STARTING;
  }

  private requestDone(): void {
    this.state |= SENT;
    this.info.requestEndMs = turnMs();
  }

  cancel(): void {
    this.end();
  }

  private guard(call: () => unknown): void {
    try {
      call();
    } catch (e) {
      this.failed(e);
    }
  }

  // --- asked by the router -----------------------------------------------------------------------------------------

  route(): Route {
    return this.target;
  }

  sendLocalReply(reply: LocalReply): void {
    if (this.over) return;
    if ((this.state & STARTING) !== 0) {
      setImmediate(() => this.sendLocalReply(reply));
      return;
    }
    this.info.details = reply.details;
    if ((this.state & ANSWERED) !== 0) {
      this.reset();
      return;
    }
    const h = localReplyHeaders(reply, this.grpcRequest, null, this);
    const body = reply.body === '' || this.grpcRequest || this.request.method === 'HEAD' ? null : reply.body;
    this.encodeHeaders(h, body === null);
    if (body !== null) this.encodeData(Buffer.from(body), true);
  }

  reset(): void {
    if (this.over) return;
    if ((this.state & STARTING) !== 0) {
      setImmediate(() => this.reset());
      return;
    }
    this.end();
    this.call(RESET, null, false);
  }

  failed(error: unknown): void {
    log.error(`internal error in a request of our own: ${error instanceof Error ? error.stack : String(error)}`);
    this.reset();
  }

  /** Of the request: by its host. */
  readDisable(disable: boolean): void {
    if (!this.over) this.call(PAUSE, null, disable);
  }
  /** Of the response: by who asked for it. */
  pauseResponse(pause: boolean): void {
    if (this.over) return;
    if (pause) {
      this.above++;
      this.router.onAboveWriteBuffer();
    } else {
      this.above--;
      this.router.onBelowWriteBuffer();
    }
  }

  encode1xx(): void {}

  encodeHeaders(headers: Headers, endStream: boolean): void {
    if ((this.state & (OVER | ANSWERED)) !== 0) return;
    this.state |= ANSWERED;
    this.info.responseCode = headers.status;
    if (endStream) this.end();
    this.call(HEADERS, headers, endStream);
  }
  encodeData(data: Buffer, endStream: boolean): void {
    if (this.over) return;
    if (endStream) this.end();
    this.call(DATA, lasting(data), endStream);
  }
  encodeTrailers(trailers: Headers): void {
    if (this.over) return;
    this.end();
    this.call(TRAILERS, trailers, true);
  }

  private end(): void {
    if (this.over) return;
    this.state |= OVER;
    this.router.onDestroy();
    this.onEnd?.(this.info);
  }

  /** What throws there is no fault of the host's, nor of its connection. */
  private call(what: number, subject: unknown, flag: boolean): void {
    const { callbacks } = this;
    try {
      switch (what) {
        case HEADERS:
          callbacks.onHeaders(subject as Headers, flag);
          break;
        case DATA:
          callbacks.onData(subject as Buffer, flag);
          break;
        case TRAILERS:
          callbacks.onTrailers(subject as Headers);
          break;
        case PAUSE:
          callbacks.onPause(flag);
          break;
        default:
          callbacks.onReset();
      }
    } catch (e) {
      this.end();
      if (this.parent !== null) this.parent.failed(e);
      else this.failed(e);
    }
  }
}

const HEADERS = 0;
const DATA = 1;
const TRAILERS = 2;
const RESET = 3;
const PAUSE = 4;
