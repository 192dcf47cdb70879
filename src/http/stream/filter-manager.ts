/**
 * Runs the filters of one stream: the message's way in and out, what filters may ask of their stream, answers given here, and what
 * happens when one of them throws. Role of Envoy's FilterManager (source/common/http/filter_manager.cc). With one filter, the terminal
 * one, calls are direct; with more, two passes (filter-pass.ts) do the stopping and holding.
 */
import { Headers } from '../../codec/headers.ts';
import { CodecError, type ResetReason } from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import type { Connection } from '../../transport/connection.ts';
import type { LocalReply } from '../reply.ts';
import type { Route } from '../route/route.ts';
import { type AnyFilter, type FilterStream, type HttpFilterFactory, RESET_INSTEAD } from './filter.ts';
import type { HttpFilterChain } from './filter-chain.ts';
import { FilterPass, type PassOwner } from './filter-pass.ts';
import { beginReply, finishReply } from './local-reply.ts';
import { logIds } from './log-ids.ts';
import type { ReplyRules } from './reply-rules.ts';
import type { StreamInfo } from './stream-info.ts';

const log = logger('http');

// What has happened to a stream: bits of `state`.
export const HEAD_READ = 1;
export const REQUEST_DONE = 2;
/** The head is being looked at: an answer given meanwhile counts as early, even where there is no body. */
export const IN_HEAD = 4;
export const GRPC = 8;
/** `route()` has looked. */
export const ROUTED = 16;
/** … and is to look again. */
export const ROUTE_CLEARED = 32;
/** The response has begun its way through the filters. */
export const RESPONDING = 64;
/** … and has been given whole. */
export const ANSWERED = 128;
/** Its head is with the codec. */
export const HEAD_SENT = 256;
/** All of it is. */
export const SENT = 512;
/** A 1xx has begun its way. */
export const INFORMED = 1024;
export const GONE = 2048;
/** The client is one of ours (x-envoy-internal). */
export const INTERNAL = 4096;
/** Something has thrown: said once. */
const CRASHED = 8192;
/** An upgrade that is allowed. */
export const UPGRADED = 16384;

// What `run` does.
const REQUEST_HEAD = 0;
const REQUEST_DATA = 1;
const REQUEST_TRAILERS = 2;
const RESPONSE_1XX = 3;
const RESPONSE_HEAD = 4;
const RESPONSE_DATA = 5;
const RESPONSE_TRAILERS = 6;
const GO_ON_DECODING = 7;
const GO_ON_ENCODING = 8;
const ABOVE = 9;
const BELOW = 10;
const DEADLINE = 11;
const REPLY = 12;
const ADD_DECODED = 13;
const ADD_ENCODED = 14;
const INJECT_DECODED = 15;
const INJECT_ENCODED = 16;
const REPLACE_DECODING = 17;
const REPLACE_ENCODING = 18;

const INTERNAL_ERROR: LocalReply = { status: 500, body: 'Internal Server Error', details: 'internal_error' };
const REQUEST_TOO_LARGE: LocalReply = {
  status: 413,
  body: 'Payload Too Large',
  details: 'request_payload_too_large',
};
const RESPONSE_TOO_LARGE: LocalReply = {
  status: 500,
  body: 'Internal Server Error',
  details: 'response_payload_too_large',
};

const NO_HEADERS = new Headers();
const NO_FILTERS: readonly AnyFilter[] = [];

export abstract class FilterManager implements FilterStream, PassOwner {
  info: StreamInfo;
  request: Headers;
  response: Headers | null;
  responseTrailers: Headers | null;
  /** Bytes; may be changed by filters. */
  bufferLimit: number;
  protected state: number;
  private filters: readonly AnyFilter[];
  /** The filter that answers: gets the request directly when it is the only one. */
  private terminal: AnyFilter | null;
  /** Null where there is one filter. */
  private decodePass: FilterPass | null;
  private encodePass: FilterPass | null;
  /** Left by a decode call for when it has returned. */
  private preparedReply: LocalReply | null;
  above: number;

  constructor(info: StreamInfo, bufferLimit: number) {
    this.info = info;
    this.request = NO_HEADERS;
    this.response = null;
    this.responseTrailers = null;
    this.bufferLimit = bufferLimit;
    this.state = 0;
    this.filters = NO_FILTERS;
    this.terminal = null;
    this.decodePass = null;
    this.encodePass = null;
    this.preparedReply = null;
    this.above = 0;
  }

  protected abstract get chain(): HttpFilterChain;
  /** Looks at the request's head and begins with the filters (`startFilters`). */
  protected abstract decodeHead(headers: Headers, endStream: boolean): void;
  protected abstract timedOut(deadline: number): void;
  /** A byte in either direction. */
  protected abstract touch(): void;
  protected abstract countTooLarge(decode: boolean): void;
  protected abstract countInternalError(): void;
  protected abstract get proxies1xx(): boolean;
  /** local_reply_config; null for none. */
  protected abstract get replyRules(): ReplyRules | null;

  abstract get connection(): Connection;
  abstract drainConnection(): void;
  abstract route(): Route | null;
  abstract reset(reason: ResetReason): void;
  abstract readDisable(disable: boolean): void;
  abstract send1xx(headers: Headers): void;
  abstract sendHeaders(headers: Headers, endStream: boolean): void;
  abstract sendData(data: Buffer, endStream: boolean): void;
  abstract sendTrailers(trailers: Headers): void;

  get grpcRequest(): boolean {
    return (this.state & GRPC) !== 0;
  }
  get gone(): boolean {
    return (this.state & GONE) !== 0;
  }
  get answered(): boolean {
    return (this.state & ANSWERED) !== 0;
  }
  get responseSent(): boolean {
    return (this.state & SENT) !== 0;
  }

  /**
   * Everything that runs filters goes through here, from either side: what throws ends this stream, and no other on the connection.
   * `what` says what `subject` is; `f` is the filter that asks.
   */
  private run(what: number, subject: unknown, end: boolean, f: AnyFilter | null = null): void {
    try {
      switch (what) {
        case REQUEST_HEAD:
          this.decodeHead(subject as Headers, end);
          break;
        case REQUEST_DATA:
          if (this.decodePass !== null) this.decodePass.onData(subject as Buffer, end);
          else this.terminal?.decodeData?.(subject as Buffer, end);
          break;
        case REQUEST_TRAILERS:
          if (this.decodePass !== null) this.decodePass.onTrailers(subject as Headers);
          else this.terminal?.decodeTrailers?.(subject as Headers);
          break;
        case RESPONSE_1XX:
          if (this.encodePass !== null) this.encodePass.on1xx(subject as Headers);
          else this.send1xx(subject as Headers);
          break;
        case RESPONSE_HEAD:
          if (this.encodePass !== null) this.encodePass.onHeaders(subject as Headers, end);
          else this.sendHeaders(subject as Headers, end);
          break;
        case RESPONSE_DATA:
          if (this.encodePass !== null) this.encodePass.onData(subject as Buffer, end);
          else this.sendData(subject as Buffer, end);
          break;
        case RESPONSE_TRAILERS:
          if (this.encodePass !== null) this.encodePass.onTrailers(subject as Headers);
          else this.sendTrailers(subject as Headers);
          break;
        case GO_ON_DECODING:
          this.decodePass?.goOn(subject as AnyFilter);
          break;
        case GO_ON_ENCODING:
          this.encodePass?.goOn(subject as AnyFilter);
          break;
        case ABOVE:
          for (let i = 0; i < this.filters.length; i++) this.filters[i].onAboveWriteBuffer?.();
          break;
        case BELOW:
          for (let i = 0; i < this.filters.length; i++) this.filters[i].onBelowWriteBuffer?.();
          break;
        case REPLY:
          this.reply(subject as LocalReply);
          break;
        case ADD_DECODED:
          this.decodePass?.add(f as AnyFilter, subject as Buffer, end);
          break;
        case ADD_ENCODED:
          this.encodePass?.add(f as AnyFilter, subject as Buffer, end);
          break;
        case INJECT_DECODED:
          this.decodePass?.inject(f as AnyFilter, subject as Buffer, end);
          break;
        case INJECT_ENCODED:
          this.encodePass?.inject(f as AnyFilter, subject as Buffer, end);
          break;
        case REPLACE_DECODING:
          this.decodePass?.replace(subject as Buffer);
          break;
        case REPLACE_ENCODING:
          this.encodePass?.replace(subject as Buffer);
          break;
        default:
          this.timedOut(subject as number);
      }
    } catch (e) {
      this.crashed(e);
    }
  }

  private crashed(e: unknown): void {
    // The codec's own: it concerns the connection.
    if (e instanceof CodecError) throw e;
    this.failed(e);
  }

  failed(e: unknown): void {
    // One that fails wherever it is called would be said, with its stack, a dozen times.
    if ((this.state & CRASHED) === 0) {
      this.state |= CRASHED;
      this.countInternalError();
      log.error(
        `${logIds(this.connection, this.info)} internal error, ending the stream: ${e instanceof Error ? e.stack : String(e)}`,
      );
    }
    if (this.gone) return;
    this.info.details = INTERNAL_ERROR.details;
    if ((this.state & HEAD_SENT) !== 0) {
      this.reset('local reset');
      return;
    }
    try {
      this.replyDirectly(INTERNAL_ERROR);
    } catch {
      // What failed once (a header that cannot be written) may fail again.
      if (!this.gone) this.reset('local reset');
    }
  }

  // --- the request, and time, come in --------------------------------------------------------------------------------

  protected runHead(h: Headers, endStream: boolean): void {
    this.request = h;
    this.run(REQUEST_HEAD, h, endStream);
  }
  protected runData(data: Buffer, endStream: boolean): void {
    if ((this.state & (GONE | ANSWERED)) === 0) this.run(REQUEST_DATA, data, endStream);
  }
  protected runTrailers(trailers: Headers): void {
    if ((this.state & (GONE | ANSWERED)) === 0) this.run(REQUEST_TRAILERS, trailers, true);
  }
  protected runDeadline(deadline: number): void {
    this.run(DEADLINE, deadline, false);
  }

  /** What is queued towards the client passed a limit. */
  onAboveWriteBuffer(): void {
    this.above++;
    if (!this.gone) this.run(ABOVE, null, false);
  }
  onBelowWriteBuffer(): void {
    if (this.above === 0) return;
    this.above--;
    if (!this.gone) this.run(BELOW, null, false);
  }

  /** The request's head has passed all checks. */
  protected startFilters(h: Headers, endStream: boolean): void {
    this.createFilters();
    if (this.decodePass !== null) this.decodePass.onHeaders(h, endStream);
    else this.terminal?.decodeHeaders?.(h, endStream);
  }

  private createFilters(): void {
    const { factories } = this.chain;
    const n = factories.length;
    if (n === 0 || this.filters !== NO_FILTERS) return;
    // Lists of the right length: one that grows has room for 17.
    if (n === 1) {
      this.filters = [this.createFilter(factories[0], 0)];
    } else {
      const filters = new Array<AnyFilter>(n);
      for (let i = 0; i < n; i++) filters[i] = this.createFilter(factories[i], i);
      this.filters = filters;
      this.decodePass = new FilterPass(this, filters, true);
      this.encodePass = new FilterPass(this, filters, false);
    }
    const { filters } = this;
    this.terminal = filters[n - 1];
    // It was congested before there was anybody to tell.
    for (let k = this.above; k > 0; k--) for (const f of filters) f.onAboveWriteBuffer?.();
  }

  private createFilter(factory: HttpFilterFactory, place: number): AnyFilter {
    const f = factory.create();
    f.stream = this;
    f.place = place;
    return f;
  }

  // --- asked by filters --------------------------------------------------------------------------------------------

  clearRoute(): void {
    this.state = (this.state & ~ROUTED) | ROUTE_CLEARED;
    this.info.route = null;
  }

  routeConfig<T>(f: AnyFilter): T | null {
    const route = this.route();
    return route === null ? null : ((route.filterConfigs[this.chain.placeOf(f.place)] as T | null | undefined) ?? null);
  }

  continueDecoding(f: AnyFilter): void {
    if (!this.gone) this.run(GO_ON_DECODING, f, false);
  }
  continueEncoding(f: AnyFilter): void {
    if (!this.gone) this.run(GO_ON_ENCODING, f, false);
  }
  protected get heldByFilters(): number {
    return (
      (this.decodePass === null ? 0 : this.decodePass.bytes) + (this.encodePass === null ? 0 : this.encodePass.bytes)
    );
  }
  decodingBuffer(): Buffer | null {
    return this.decodePass === null ? null : this.decodePass.buffer();
  }
  encodingBuffer(): Buffer | null {
    return this.encodePass === null ? null : this.encodePass.buffer();
  }
  replaceDecodingBuffer(data: Buffer): void {
    if (!this.gone) this.run(REPLACE_DECODING, data, false);
  }
  replaceEncodingBuffer(data: Buffer): void {
    if (!this.gone) this.run(REPLACE_ENCODING, data, false);
  }
  putDecodedInstead(data: Buffer): void {
    (this.decodePass as FilterPass).putInstead(data);
  }
  putEncodedInstead(data: Buffer): void {
    (this.encodePass as FilterPass).putInstead(data);
  }
  addDecoded(f: AnyFilter, data: Buffer, streaming = false): void {
    if (!this.gone) this.run(ADD_DECODED, data, streaming, f);
  }
  addEncoded(f: AnyFilter, data: Buffer, streaming = false): void {
    if (!this.gone) this.run(ADD_ENCODED, data, streaming, f);
  }
  injectDecoded(f: AnyFilter, data: Buffer, endStream: boolean): void {
    if (!this.gone) this.run(INJECT_DECODED, data, endStream, f);
  }
  injectEncoded(f: AnyFilter, data: Buffer, endStream: boolean): void {
    if (!this.gone) this.run(INJECT_ENCODED, data, endStream, f);
  }
  addDecodedTrailers(): Headers {
    return (this.decodePass as FilterPass).addTrailers(new Headers());
  }
  addEncodedTrailers(): Headers {
    const trailers = (this.encodePass as FilterPass).addTrailers(new Headers());
    this.responseTrailers = trailers;
    return trailers;
  }

  pauseSender(decode: boolean, pause: boolean): void {
    if (decode) this.readDisable(pause);
    else if (pause) this.onAboveWriteBuffer();
    else this.onBelowWriteBuffer();
  }

  tooLarge(decode: boolean): void {
    this.countTooLarge(decode);
    this.sendLocalReply(decode ? REQUEST_TOO_LARGE : RESPONSE_TOO_LARGE);
  }

  // --- local replies -----------------------------------------------------------------------------------------------

  sendLocalReply(reply: LocalReply): void {
    if (!this.gone && this.preparedReply === null) this.run(REPLY, reply, false);
  }

  private reply(reply: LocalReply): void {
    const { decodePass, encodePass } = this;
    const decoding = decodePass !== null && decodePass.calls !== 0;
    if (decoding) decodePass.aborted = true;
    else if (encodePass !== null && encodePass.calls !== 0) encodePass.aborted = true;
    this.info.details = reply.details;
    if (log.debugOn)
      log.debug(`${logIds(this.connection, this.info)} Sending local reply with details ${reply.details}`);
    let instead = false;
    for (const f of this.filters) if (f.onLocalReply?.(reply) === RESET_INSTEAD) instead = true;
    if (instead || (this.state & HEAD_SENT) !== 0) this.reset('local reset');
    else if ((this.state & (RESPONDING | INFORMED)) !== 0) this.replyDirectly(reply);
    else if (decoding) this.preparedReply = reply;
    else this.replyThroughFilters(reply);
  }

  givePreparedReply(): void {
    const reply = this.preparedReply;
    if (reply === null || this.gone) return;
    this.preparedReply = null;
    this.replyThroughFilters(reply);
  }

  /** The response has not begun: the filters see the answer as any other. */
  private replyThroughFilters(reply: LocalReply): void {
    this.createFilters();
    const h = this.beginReply(reply);
    const sent = this.rewrite(reply, h);
    finishReply(h, sent, this.grpcRequest);
    const body = this.replyBody(sent);
    this.encodeHeaders(h, body === null);
    if (body !== null) this.encodeData(body, true);
  }

  /** Filters have seen a response, or are in a state that nobody knows: past them. */
  private replyDirectly(reply: LocalReply): void {
    const h = this.beginReply(reply);
    const sent = this.rewrite(reply, h);
    finishReply(h, sent, this.grpcRequest);
    const body = this.replyBody(sent);
    this.response = h;
    this.state |= RESPONDING | ANSWERED;
    this.sendHeaders(h, body === null);
    if (body !== null && !this.gone) this.sendData(body, true);
  }

  private beginReply(reply: LocalReply): Headers {
    return beginReply(reply, (this.state & ROUTE_CLEARED) !== 0 ? this.route() : this.info.route, this);
  }
  private rewrite(reply: LocalReply, h: Headers): LocalReply {
    if (this.replyRules !== null) return this.replyRules.rewrite(reply, h, this.info, this.request);
    // Filters that see the answer may write it into headers.
    this.info.responseCode = reply.status;
    return reply;
  }
  private replyBody(reply: LocalReply): Buffer | null {
    if (this.grpcRequest || this.request.method === 'HEAD') return null;
    const bytes = reply.bytes ?? Buffer.from(reply.body);
    return bytes.length === 0 ? null : bytes;
  }

  // --- response: called by the terminal filter ---------------------------------------------------------------------

  encode1xx(h: Headers): void {
    // 100 was already answered here, and Envoy passes no other 1xx either unless it proxies 100.
    if (!this.proxies1xx || (this.state & (GONE | RESPONDING)) !== 0) return;
    this.state |= INFORMED;
    this.run(RESPONSE_1XX, h, false);
  }

  encodeHeaders(h: Headers, endStream: boolean): void {
    if ((this.state & (GONE | RESPONDING)) !== 0) return;
    this.state |= endStream ? RESPONDING | ANSWERED : RESPONDING;
    this.response = h;
    this.touch();
    this.run(RESPONSE_HEAD, h, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if ((this.state & (GONE | ANSWERED)) !== 0) return;
    if (endStream) this.state |= ANSWERED;
    this.touch();
    this.run(RESPONSE_DATA, data, endStream);
  }

  encodeTrailers(trailers: Headers): void {
    if ((this.state & (GONE | ANSWERED)) !== 0) return;
    this.state |= ANSWERED;
    this.responseTrailers = trailers;
    this.touch();
    this.run(RESPONSE_TRAILERS, trailers, true);
  }

  /** As it was before its head came, but for that. `state`: what is known already. */
  protected restart(info: StreamInfo, state: number): void {
    this.info = info;
    this.response = null;
    this.responseTrailers = null;
    this.state = state;
    this.filters = NO_FILTERS;
    this.terminal = null;
    this.decodePass = null;
    this.encodePass = null;
    this.preparedReply = null;
  }

  // --- end of life -------------------------------------------------------------------------------------------------

  /** The stream is over; `log` runs while the filters still know what they knew. */
  protected endFilters(): void {
    this.decodePass?.drop();
    this.encodePass?.drop();
    const { filters } = this;
    for (let i = 0; i < filters.length; i++) if (filters[i].onStreamComplete !== undefined) this.tell(filters[i], true);
  }
  protected destroyFilters(): void {
    const { filters } = this;
    for (let i = 0; i < filters.length; i++) if (filters[i].onDestroy !== undefined) this.tell(filters[i], false);
  }

  /** One that fails keeps the others from nothing. */
  private tell(f: AnyFilter, complete: boolean): void {
    try {
      if (complete) f.onStreamComplete?.();
      else f.onDestroy?.();
    } catch (e) {
      this.crashed(e);
    }
  }
}
