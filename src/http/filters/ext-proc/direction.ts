/**
 * One direction of a request on its way through a processor: what it waits for, what of the message is held until an answer comes, and what
 * an answer does to it. Mirrors ProcessorState of ext_proc (processor_state.cc).
 */
import type { Headers } from '../../../codec/headers.ts';
import type {
  BodyMutation,
  BodyResponse,
  CommonResponse,
  HeadersResponse,
  TrailersResponse,
} from '../../../config/schema/types.ts';
import { clockMs } from '../../../platform/clock.ts';
import { Timer } from '../../../transport/timers.ts';
import type { StreamFilter } from '../../stream/filter.ts';
import type { BodyMode, SendMode } from './settings.ts';

// What is waited for.
export const IDLE = 0;
export const HEADERS = 1;
export const BUFFERED = 2;
export const STREAMED = 3;
export const PARTIAL = 4;
export const TRAILERS = 5;

/** Null: all is well. Spurious: an answer to nothing that was asked. */
export type Fault = { readonly spurious: boolean; readonly text: string } | null;
const SPURIOUS: Fault = { spurious: true, text: 'spurious message' };

interface Chunk {
  readonly data: Buffer;
  readonly end: boolean;
}
const NOTHING = Buffer.alloc(0);

/** What a direction asks of its filter. */
export interface DirectionOwner extends StreamFilter {
  readonly messageTimeoutMs: number;
  readonly sendsBodyAtOnce: boolean;
  sendBody(d: Direction, data: Buffer, end: boolean, waitsFor: number): void;
  sendTrailers(d: Direction): void;
  /** Changes `h`; what is wrong with that. */
  mutate(d: Direction, h: Headers, response: CommonResponse | TrailersResponse, replaces: boolean): string | null;
  /** An answer has changed the body. */
  bodyChanged(d: Direction): void;
  clearRouteCache(response: CommonResponse): void;
  onTimeout(): void;
  /** A call has ended: `waited` says of what. */
  recordCall(d: Direction, waited: number, ms: number, status: number): void;
}

export class Direction {
  readonly decode: boolean;
  private readonly owner: DirectionOwner;
  waitsFor: number = IDLE;
  /** The message is held by the filter, which has to let it go. */
  paused = false;
  noBody = false;
  /** The whole body has come. */
  complete = false;
  /** An answer has taken its place. */
  replaced = false;
  bodyReceived = false;
  /** BUFFERED_PARTIAL: the processor has seen what it is to see. */
  partialDone = false;
  trailersSent = false;
  attributesSent = false;
  sendsHeaders = true;
  sendsTrailers = false;
  bodyMode: BodyMode = 'NONE';
  /** Null once they can no longer be changed. */
  headers: Headers | null = null;
  trailers: Headers | null = null;
  private timer: Timer | null = null;
  /** The processor has asked for more time already. */
  private extended = false;
  private callMs = -1;
  private chunks: Chunk[] = [];
  private chunkBytes = 0;
  private senderPaused = false;

  constructor(decode: boolean, owner: DirectionOwner) {
    this.decode = decode;
    this.owner = owner;
  }

  setMode(m: SendMode): void {
    this.sendsHeaders = m.headers;
    this.sendsTrailers = m.trailers;
    this.bodyMode = m.body;
  }

  get idle(): boolean {
    return !this.sendsHeaders && !this.sendsTrailers && this.bodyMode === 'NONE';
  }
  /** The length of what will be sent is not known. */
  get changesLength(): boolean {
    const { bodyMode } = this;
    return bodyMode !== 'NONE' && (bodyMode !== 'BUFFERED' || !this.sendsHeaders);
  }
  get queued(): boolean {
    return this.chunks.length > 0;
  }
  get nextEnds(): boolean {
    return this.chunks.length > 0 && this.chunks[0].end;
  }
  get queueIsFull(): boolean {
    const { bufferLimit } = this.owner.stream;
    return bufferLimit > 0 && this.chunkBytes > bufferLimit;
  }
  private get queueIsLow(): boolean {
    const { bufferLimit } = this.owner.stream;
    return bufferLimit === 0 || this.chunkBytes < bufferLimit / 2;
  }

  // --- what is held, and lets go --------------------------------------------------------------------------------------

  held(): Buffer | null {
    const { stream } = this.owner;
    return this.decode ? stream.decodingBuffer() : stream.encodingBuffer();
  }
  private replaceHeld(data: Buffer): void {
    const { stream } = this.owner;
    if (this.decode) stream.replaceDecodingBuffer(data);
    else stream.replaceEncodingBuffer(data);
  }
  private takeHeld(): Buffer {
    const data = this.held() ?? NOTHING;
    if (data.length > 0) this.replaceHeld(NOTHING);
    return data;
  }
  private inject(data: Buffer, end: boolean): void {
    const { owner } = this;
    if (this.decode) owner.stream.injectDecoded(owner, data, end);
    else owner.stream.injectEncoded(owner, data, end);
  }

  goOn(): void {
    if (!this.paused) return;
    this.paused = false;
    const { owner } = this;
    if (this.decode) owner.stream.continueDecoding(owner);
    else owner.stream.continueEncoding(owner);
  }

  private pauseSender(pause: boolean): void {
    if (this.senderPaused === pause) return;
    this.senderPaused = pause;
    this.owner.stream.pauseSender(this.decode, pause);
  }

  enqueue(data: Buffer, end: boolean): void {
    this.chunks.push({ data, end });
    this.chunkBytes += data.length;
    if (this.queueIsFull) this.pauseSender(true);
  }
  private dequeue(): Chunk | null {
    const chunk = this.chunks.shift() ?? null;
    if (chunk !== null) this.chunkBytes -= chunk.data.length;
    return chunk;
  }
  /** Makes one of all that is queued. */
  consolidate(): Chunk {
    const { chunks } = this;
    if (chunks.length !== 1) {
      const data = Buffer.concat(chunks.map((c) => c.data));
      this.chunks = [{ data, end: chunks.at(-1)?.end ?? false }];
    }
    return this.chunks[0];
  }
  private dropQueue(): void {
    this.chunks = [];
    this.chunkBytes = 0;
  }

  // --- calls ----------------------------------------------------------------------------------------------------------

  begin(waitsFor: number): void {
    this.waitsFor = waitsFor;
    if (this.bodyMode !== 'FULL_DUPLEX_STREAMED') {
      this.timer ??= new Timer(() => this.owner.onTimeout());
      this.timer.arm(this.owner.messageTimeoutMs);
    }
    this.callMs = clockMs();
    this.extended = false;
  }

  finish(status: number, next = IDLE): void {
    this.stopTimer();
    if (this.callMs >= 0) this.owner.recordCall(this, this.waitsFor, clockMs() - this.callMs, status);
    this.callMs = -1;
    this.waitsFor = next;
    this.extended = false;
  }

  stopTimer(): void {
    this.timer?.cancel();
  }

  /** More time for the call that is running. False: there is none, or it has got more already. */
  extend(ms: number): boolean {
    if (this.timer === null || !this.timer.armed || this.extended) return false;
    this.timer.arm(ms);
    this.extended = true;
    return true;
  }

  /** Nobody is asked any more: what was held goes on as it is. */
  abandon(status: number): void {
    this.finish(status);
    if (this.chunkBytes > 0) {
      const { data, end } = this.consolidate();
      this.dropQueue();
      this.inject(data, end);
    }
    this.pauseSender(false);
    this.goOn();
  }

  /** The stream is over. */
  drop(): void {
    this.stopTimer();
    this.dropQueue();
  }

  // --- answers --------------------------------------------------------------------------------------------------------

  onHeadersResponse(m: HeadersResponse): Fault {
    if (this.waitsFor !== HEADERS) return SPURIOUS;
    const { response = {} } = m;
    const replaces = response.status === 'CONTINUE_AND_REPLACE';
    const fault = this.change(response, replaces);
    if (fault !== null) return fault;
    if (this.decode) this.owner.clearRouteCache(response);
    this.finish(0, replaces ? IDLE : this.afterHeaders());
    if (replaces) this.replace(response);
    else if (this.bodyFollows()) return null;
    this.headers = null;
    this.goOn();
    this.pauseSender(false);
    return null;
  }

  private afterHeaders(): number {
    if (this.bodyMode === 'STREAMED' && this.owner.sendsBodyAtOnce && this.queued) return STREAMED;
    if (this.bodyMode !== 'FULL_DUPLEX_STREAMED') return IDLE;
    if (this.bodyReceived) return STREAMED;
    return this.trailers !== null ? TRAILERS : IDLE;
  }

  private replace(response: CommonResponse): void {
    const { bodyMutation: body } = response;
    if (body !== undefined) {
      this.headers?.remove('content-length');
      this.replaced = true;
      this.putHeld(body);
    }
    this.dropQueue();
    this.bodyMode = 'NONE';
    this.sendsTrailers = false;
  }

  /** Where nothing is held, a body is made. */
  private putHeld(body: BodyMutation): void {
    const held = this.held();
    const { owner } = this;
    const data = changed(body, held ?? NOTHING);
    owner.bodyChanged(this);
    if (held !== null) this.replaceHeld(data);
    else if (this.decode) owner.stream.addDecoded(owner, data);
    else owner.stream.addEncoded(owner, data);
  }

  /** True: the message waits on. */
  private bodyFollows(): boolean {
    const { bodyMode, owner } = this;
    if (!this.noBody && bodyMode !== 'NONE') {
      if (this.complete) {
        if (this.completeBodyFollows()) return true;
      } else if (bodyMode === 'BUFFERED') {
        // The headers may still be changed: nothing goes on before the whole body has come.
        this.pauseSender(false);
        return true;
      } else if (bodyMode === 'BUFFERED_PARTIAL') {
        this.partialFollows();
        return true;
      } else {
        if (bodyMode === 'STREAMED') this.sendHeld(false);
        this.goOn();
        return true;
      }
    }
    if (!this.sendsTrailers || this.trailers === null || this.trailersSent) return false;
    owner.sendTrailers(this);
    this.pauseSender(false);
    return true;
  }

  /** All of it came while the headers were looked at: it goes to the processor in one piece, whatever the mode. */
  private completeBodyFollows(): boolean {
    const { owner } = this;
    const end = this.trailers === null;
    if (this.waitsFor !== IDLE) {
      this.sendHeld(end);
      return true;
    }
    const held = this.held();
    if (held === null) return false;
    owner.sendBody(this, held, end, BUFFERED);
    this.pauseSender(false);
    return true;
  }

  private sendHeld(end: boolean): void {
    const data = this.takeHeld();
    if (data.length > 0) {
      this.enqueue(data, end);
      this.owner.sendBody(this, data, end, STREAMED);
    }
    if (this.queueIsLow) this.pauseSender(false);
  }

  private partialFollows(): void {
    const data = this.takeHeld();
    if (data.length > 0) this.enqueue(data, false);
    if (this.queueIsFull) this.owner.sendBody(this, this.consolidate().data, false, PARTIAL);
    else this.pauseSender(false);
  }

  onBodyResponse(m: BodyResponse): Fault {
    const { response = {} } = m;
    let goesOn: boolean | Fault;
    if (this.waitsFor === BUFFERED) goesOn = this.buffered(response);
    else if (this.waitsFor === STREAMED) goesOn = this.streamed(response);
    else if (this.waitsFor === PARTIAL) goesOn = this.partial(response);
    else return SPURIOUS;
    if (typeof goesOn !== 'boolean') return goesOn;
    if (this.decode) this.owner.clearRouteCache(response);
    this.headers = null;
    if (this.trailers !== null && !this.queued && this.sendsTrailers) {
      if (!this.trailersSent) this.owner.sendTrailers(this);
    } else if (goesOn || (this.trailers !== null && !this.queued)) {
      this.goOn();
    }
    return null;
  }

  private change(response: CommonResponse, replaces: boolean): Fault {
    if (response.headerMutation === undefined || this.headers === null) return null;
    const text = this.owner.mutate(this, this.headers, response, replaces);
    return text === null ? null : { spurious: false, text };
  }

  private buffered(response: CommonResponse): boolean | Fault {
    const fault = this.change(response, false);
    if (fault !== null) return fault;
    const { bodyMutation: body } = response;
    if (body !== undefined) {
      const length = this.headers?.get('content-length');
      if (length !== undefined && /^[0-9]+$/.test(length) && Number(length) !== (body.body?.length ?? 0)) {
        return { spurious: false, text: 'mismatch between content length and the length of the mutated body' };
      }
      this.putHeld(body);
    }
    this.pauseSender(false);
    this.finish(0);
    return true;
  }

  private streamed(response: CommonResponse): boolean | Fault {
    const answer = response.bodyMutation?.streamedResponse;
    const duplex = this.bodyMode === 'FULL_DUPLEX_STREAMED';
    if ((answer !== undefined) !== duplex) return { spurious: true, text: duplex ? NORMAL : DUPLEX };
    if (answer !== undefined) {
      const { body = NOTHING, endOfStream = false } = answer;
      this.owner.bodyChanged(this);
      if (body.length > 0) this.inject(body, endOfStream);
      this.finish(0, endOfStream ? IDLE : STREAMED);
      return endOfStream;
    }
    const chunk = this.dequeue();
    if (chunk === null) return SPURIOUS;
    const { bodyMutation: body } = response;
    const data = body === undefined ? chunk.data : changed(body, chunk.data);
    if (body !== undefined) this.owner.bodyChanged(this);
    if (data.length > 0) this.inject(data, chunk.end);
    if (this.queueIsLow) this.pauseSender(false);
    this.finish(0, this.queued ? this.waitsFor : IDLE);
    return chunk.end;
  }

  private partial(response: CommonResponse): boolean | Fault {
    const chunk = this.dequeue();
    if (chunk === null) return SPURIOUS;
    const fault = this.change(response, false);
    if (fault !== null) return fault;
    const { bodyMutation: body } = response;
    const data = body === undefined ? chunk.data : changed(body, chunk.data);
    if (body !== undefined) this.owner.bodyChanged(this);
    if (data.length > 0) this.inject(data, chunk.end);
    this.finish(0);
    if (this.chunkBytes > 0) {
      const rest = this.consolidate();
      this.inject(rest.data, rest.end);
    }
    this.dropQueue();
    this.pauseSender(false);
    this.partialDone = true;
    return true;
  }

  onTrailersResponse(m: TrailersResponse): Fault {
    if (this.waitsFor !== TRAILERS && this.bodyMode !== 'FULL_DUPLEX_STREAMED') return SPURIOUS;
    const { trailers } = this;
    // Nobody has asked about trailers that there are not.
    if (trailers === null) return SPURIOUS;
    if (m.headerMutation !== undefined) {
      const text = this.owner.mutate(this, trailers, m, false);
      if (text !== null) return { spurious: false, text };
    }
    this.trailers = null;
    this.finish(0);
    this.goOn();
    return null;
  }
}

const NORMAL = 'spurious message: Normal body mutation response is received while body_mode_ is FULL_DUPLEX_STREAMED';
const DUPLEX = 'spurious message: streamed_response is received while body_mode_ is not FULL_DUPLEX_STREAMED';

function changed(body: BodyMutation, data: Buffer): Buffer {
  if (body.clearBody === true) return NOTHING;
  return body.body ?? data;
}
