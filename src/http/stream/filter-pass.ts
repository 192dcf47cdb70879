/**
 * Takes one message, request or response, through the filters of a chain: stopping, holding, going on. Only streams with more than
 * one filter have passes, one each way. The rules are those of Envoy's FilterManager (source/common/http/filter_manager.cc); where this
 * filter stands is kept in the filter itself (StreamFilter.decoding and .encoding), so a chain needs no wrapper around it.
 */
import type { Headers } from '../../codec/headers.ts';
import { isBulkLent, lasting } from '../../platform/lent.ts';
import {
  type AnyFilter,
  CONTINUE,
  CONTINUE_DONT_END,
  type DataStatus,
  STOP,
  STOP_ALL_BUFFER,
  STOP_ALL_WATERMARK,
  STOP_BUFFER,
  STOP_WATERMARK,
  type TrailersStatus,
} from './filter.ts';

/** What a pass needs of its stream. */
export interface PassOwner {
  readonly bufferLimit: number;
  /** The stream is over: nothing is called any more. */
  readonly gone: boolean;
  /** The response is complete, or answered from here: no filter gets more of the request. */
  readonly answered: boolean;
  /** The response's last byte is with the codec. */
  readonly responseSent: boolean;
  /** What is held of the request (`decode`) or the response passed the limit: 413, or 500. */
  tooLarge(decode: boolean): void;
  /** Pause the sender of the request (`decode`) or of the response. */
  pauseSender(decode: boolean, pause: boolean): void;
  /** Give the answer that a decode call has left. */
  givePreparedReply(): void;
  /** Behind the last filter of the response. */
  send1xx(headers: Headers): void;
  sendHeaders(headers: Headers, endStream: boolean): void;
  sendData(data: Buffer, endStream: boolean): void;
  sendTrailers(trailers: Headers): void;
}

// A filter's state in one direction. The lowest two bits: how it has stopped the message.
const STOPPED = 3;
const FLOWS = 0;
/** Data and trailers still come to the filter. */
const STOPPED_HERE = 1;
const ALL_BUFFER = 2;
const ALL_WATERMARK = 3;
/** The filters behind have had the headers. */
const HEADERS_PASSED = 4;
/** The filter has had the end of the message. */
const ENDED = 8;
/** It stopped everything, so what is held has yet to be shown to itself. */
const FROM_CURRENT = 16;
const INFORMATION_PASSED = 32;

// Calls that are running, of this pass.
const IN_HEADERS = 1;
const IN_DATA = 2;
const IN_TRAILERS = 4;
const IN_1XX = 8;
/** Together with one of them: it brings the end of the message. */
const AT_END = 16;

/** `data` of `passData`: what is held. */
const HELD = null;
const NOWHERE = -1;
const NOTHING = Buffer.alloc(0);

export class FilterPass {
  private readonly owner: PassOwner;
  private readonly filters: readonly AnyFilter[];
  private readonly decode: boolean;
  /** +1 or -1, and the place behind the last filter. */
  private readonly step: number;
  private readonly stop: number;
  /** The source has given the message's end. */
  complete: boolean;
  headers: Headers | null;
  trailers: Headers | null;
  /** The last 1xx. */
  private information: Headers | null;
  /** Calls that are running; 0 outside. */
  calls: number;
  /** A filter has answered from within one of them: the rest of the chain does not run. */
  aborted: boolean;
  private held: Buffer[] | null;
  private heldBytes: number;
  /** Above the limit the sender is paused, instead of an error. */
  private streaming: boolean;
  private above: boolean;
  /** What a filter puts in the place of the data it is shown. */
  private instead: Buffer | null;

  constructor(owner: PassOwner, filters: readonly AnyFilter[], decode: boolean) {
    this.owner = owner;
    this.filters = filters;
    this.decode = decode;
    this.step = decode ? 1 : -1;
    this.stop = decode ? filters.length : -1;
    this.complete = false;
    this.headers = null;
    this.trailers = null;
    this.information = null;
    this.calls = 0;
    this.aborted = false;
    this.held = null;
    this.heldBytes = 0;
    this.streaming = false;
    this.above = false;
    this.instead = null;
  }

  /** Held now. */
  get bytes(): number {
    return this.heldBytes;
  }

  private stateOf(f: AnyFilter): number {
    return this.decode ? f.decoding : f.encoding;
  }
  private setState(f: AnyFilter, state: number): void {
    if (this.decode) f.decoding = state;
    else f.encoding = state;
  }
  /** Nothing of this message is wanted any more. */
  private get closed(): boolean {
    return this.decode ? this.owner.answered : this.owner.responseSent;
  }

  // --- the message arrives -----------------------------------------------------------------------------------------

  onHeaders(headers: Headers, end: boolean): void {
    this.headers = headers;
    if (end) this.complete = true;
    if (this.information !== null) this.dropInformation();
    this.passHeaders(this.first, end);
  }
  onData(data: Buffer, end: boolean): void {
    if (end) this.complete = true;
    this.passData(this.first, isBulkLent(data) && this.showsData() ? lasting(data) : data, end);
  }
  /** A filter before the last looks at data: it may keep them. The last, which sends them on, knows what it is given. */
  private showsData(): boolean {
    const { filters, decode } = this;
    for (let i = 0; i < filters.length - 1; i++) {
      if ((decode ? filters[i].decodeData : filters[i].encodeData) !== undefined) return true;
    }
    return false;
  }
  onTrailers(trailers: Headers): void {
    this.complete = true;
    this.trailers = trailers;
    this.passTrailers(this.first);
  }
  on1xx(headers: Headers): void {
    // One that is held back waits for the filter that holds it; those behind it are dropped.
    for (const f of this.filters) if ((this.stateOf(f) & STOPPED) !== FLOWS) return;
    for (const f of this.filters) this.setState(f, FLOWS);
    this.information = headers;
    this.pass1xx(this.first);
  }

  /** A 1xx that is still held back says nothing any more. */
  private dropInformation(): void {
    this.information = null;
    for (const f of this.filters) this.setState(f, FLOWS);
  }

  private get first(): number {
    return this.decode ? 0 : this.filters.length - 1;
  }
  private behind(f: AnyFilter): number {
    return f.place + this.step;
  }
  /** Where what is held goes on: to the filter itself when it has not seen it. */
  private resumeAt(f: AnyFilter): number {
    return (this.stateOf(f) & FROM_CURRENT) !== 0 ? f.place : f.place + this.step;
  }

  // --- through the filters -----------------------------------------------------------------------------------------

  private passHeaders(from: number, end: boolean): void {
    const headers = this.headers as Headers;
    /** The filter that gave a body to a message without one. */
    let bodyFrom = NOWHERE;
    for (let i = from; i !== this.stop; i += this.step) {
      const f = this.filters[i];
      const ends = end && bodyFrom === NOWHERE;
      if (ends) this.setState(f, this.stateOf(f) | ENDED);
      const outer = this.calls;
      this.calls = (outer & ~AT_END) | (ends ? IN_HEADERS | AT_END : IN_HEADERS);
      let status = (this.decode ? f.decodeHeaders?.(headers, ends) : f.encodeHeaders?.(headers, ends)) ?? CONTINUE;
      this.calls = outer;
      if (this.aborted) {
        this.answer();
        status = STOP;
      }
      if (this.owner.gone) return;
      let state = this.stateOf(f);
      let goesOn = false;
      switch (status) {
        case STOP:
          state = (state & ~STOPPED) | STOPPED_HERE;
          break;
        case STOP_ALL_BUFFER:
          state = (state & ~STOPPED) | ALL_BUFFER;
          break;
        case STOP_ALL_WATERMARK:
          state = (state & ~STOPPED) | ALL_WATERMARK;
          break;
        case CONTINUE_DONT_END:
          end = false;
          goesOn = true;
          break;
        default:
          goesOn = true;
      }
      this.setState(f, goesOn ? state | HEADERS_PASSED : state);
      if (!goesOn || this.closed) {
        this.continueBody(bodyFrom);
        return;
      }
      if (end && this.held !== null && bodyFrom === NOWHERE) bodyFrom = i;
    }
    // The request ends in the terminal filter.
    if (!this.decode) this.owner.sendHeaders(headers, end && bodyFrom === NOWHERE);
    this.continueBody(bodyFrom);
  }

  /** The body that a filter has added to headers alone follows them. */
  private continueBody(from: number): void {
    if (from === NOWHERE || this.owner.gone) return;
    const f = this.filters[from];
    this.setState(f, (this.stateOf(f) & ~STOPPED) | STOPPED_HERE);
    this.goOn(f);
  }

  /** `data` HELD: what is held, with all that filters do to it on the way. */
  private passData(from: number, data: Buffer | null, end: boolean): void {
    if (this.closed) return;
    const hadTrailers = this.trailers !== null;
    let trailersFrom = NOWHERE;
    let i = from;
    for (; i !== this.stop; i += this.step) {
      const f = this.filters[i];
      const stopped = this.stateOf(f) & STOPPED;
      if (stopped === ALL_BUFFER || stopped === ALL_WATERMARK) {
        this.streaming = stopped === ALL_WATERMARK;
        this.hold(data);
        return;
      }
      // This filter and those behind it have had their end (a body was added to headers alone, and has gone before).
      if ((this.stateOf(f) & ENDED) !== 0) return;
      const ends = end && this.trailers === null;
      if (ends) this.setState(f, this.stateOf(f) | ENDED);
      const outer = this.calls;
      this.calls = (outer & ~AT_END) | (ends ? IN_DATA | AT_END : IN_DATA);
      const piece = data ?? this.heldData();
      const status = this.decode ? f.decodeData?.(piece, ends) : f.encodeData?.(piece, ends);
      this.calls = outer;
      if (this.aborted) {
        this.answer();
        return;
      }
      if (this.owner.gone) return;
      if (this.instead !== null) {
        if (data === HELD) this.takeHeld();
        data = this.instead;
        this.instead = null;
      }
      if (!hadTrailers && this.trailers !== null && trailersFrom === NOWHERE) trailersFrom = i;
      if (status === undefined && this.without(f) === STOP) {
        this.hold(data);
        break;
      }
      if (!this.afterData(f, status ?? CONTINUE, data)) break;
    }
    if (i === this.stop && !this.owner.gone) {
      const all = data ?? this.takeHeld();
      if (!this.decode) this.owner.sendData(all, end && trailersFrom === NOWHERE);
    } else if (!this.decode) {
      return;
    }
    if (trailersFrom !== NOWHERE && !this.owner.gone) this.passTrailers(this.resumeAt(this.filters[trailersFrom]));
  }

  /** What a filter has no method for: held where it still holds the headers, else passed on. */
  private without(f: AnyFilter): TrailersStatus {
    const state = this.stateOf(f);
    return (state & STOPPED) === STOPPED_HERE && (state & HEADERS_PASSED) === 0 ? STOP : CONTINUE;
  }

  /** False: the data ends here for now. */
  private afterData(f: AnyFilter, status: DataStatus, data: Buffer | null): boolean {
    const state = this.stateOf(f);
    if (status === CONTINUE) {
      if ((state & STOPPED) !== STOPPED_HERE) return true;
      this.hold(data);
      if (!this.owner.gone) this.goOn(f);
      return false;
    }
    this.setState(f, (state & ~STOPPED) | STOPPED_HERE);
    if (status === STOP_BUFFER || status === STOP_WATERMARK) {
      this.streaming = status === STOP_WATERMARK;
      this.hold(data);
    } else {
      if (data === HELD) this.takeHeld();
      // Its end has to be told to those behind, once this filter goes on.
      if (this.complete && this.trailers === null && this.held === null) this.held = [];
    }
    return false;
  }

  private passTrailers(from: number): void {
    if (this.closed) return;
    const trailers = this.trailers as Headers;
    for (let i = from; i !== this.stop; i += this.step) {
      const f = this.filters[i];
      const stopped = this.stateOf(f) & STOPPED;
      if (stopped === ALL_BUFFER || stopped === ALL_WATERMARK) return;
      const outer = this.calls;
      this.calls = (outer & ~AT_END) | IN_TRAILERS;
      let status = (this.decode ? f.decodeTrailers?.(trailers) : f.encodeTrailers?.(trailers)) ?? this.without(f);
      this.calls = outer;
      if (this.aborted) {
        this.answer();
        status = STOP;
      }
      if (this.owner.gone) return;
      const state = this.stateOf(f) | ENDED;
      this.setState(f, state);
      if (status === CONTINUE) {
        if ((state & STOPPED) !== STOPPED_HERE) continue;
        this.goOn(f);
        return;
      }
      if ((state & STOPPED) === FLOWS) this.setState(f, state | STOPPED_HERE);
      return;
    }
    if (!this.decode) this.owner.sendTrailers(trailers);
  }

  private pass1xx(from: number): void {
    const headers = this.information as Headers;
    for (let i = from; i !== this.stop; i += this.step) {
      const f = this.filters[i];
      const outer = this.calls;
      this.calls = outer | IN_1XX;
      const status = f.encode1xx?.(headers) ?? CONTINUE;
      this.calls = outer;
      if (this.aborted || this.owner.gone) return;
      if (status !== CONTINUE) {
        this.setState(f, this.stateOf(f) | STOPPED_HERE);
        return;
      }
      this.setState(f, this.stateOf(f) | INFORMATION_PASSED);
    }
    this.owner.send1xx(headers);
  }

  private answer(): void {
    this.owner.givePreparedReply();
  }

  // --- asked by filters --------------------------------------------------------------------------------------------

  /** A filter that has stopped the message lets it go on. */
  goOn(f: AnyFilter): void {
    let state = this.stateOf(f);
    if (this.closed || this.owner.gone || (state & STOPPED) === FLOWS) return;
    if ((state & STOPPED) !== STOPPED_HERE) state |= FROM_CURRENT;
    state &= ~STOPPED;
    this.setState(f, state);
    if (this.information !== null && (state & INFORMATION_PASSED) === 0) {
      this.setState(f, state | INFORMATION_PASSED);
      this.pass1xx(this.behind(f));
      if (this.headers === null || this.owner.gone) return;
    }
    if ((this.stateOf(f) & HEADERS_PASSED) === 0) {
      this.setState(f, this.stateOf(f) | HEADERS_PASSED);
      this.passHeaders(this.behind(f), this.complete && this.held === null && this.trailers === null);
    }
    // Trailers that are added on the way go their way with the data.
    const hadTrailers = this.trailers !== null;
    if (this.held !== null && !this.owner.gone) this.passData(this.resumeAt(f), HELD, this.complete && !hadTrailers);
    if (hadTrailers && !this.owner.gone) this.passTrailers(this.resumeAt(f));
    this.setState(f, this.stateOf(f) & ~FROM_CURRENT);
  }

  add(f: AnyFilter, data: Buffer, streaming: boolean): void {
    if ((this.calls & IN_TRAILERS) !== 0 && (this.stateOf(f) & STOPPED) === FLOWS) {
      this.passData(this.behind(f), data, false);
      return;
    }
    this.streaming = streaming;
    this.hold(data);
  }

  inject(f: AnyFilter, data: Buffer, end: boolean): void {
    if ((this.stateOf(f) & HEADERS_PASSED) === 0) {
      this.setState(f, this.stateOf(f) | HEADERS_PASSED);
      this.passHeaders(this.behind(f), false);
      if (this.owner.gone) return;
    }
    this.passData(this.resumeAt(f), data, end);
  }

  addTrailers(trailers: Headers): Headers {
    if ((this.calls & AT_END) === 0 || this.trailers !== null) {
      throw new Error('trailers can only be added from within the call that brings the end of a message without any');
    }
    this.trailers = trailers;
    return trailers;
  }

  putInstead(data: Buffer): void {
    if ((this.calls & IN_DATA) === 0) throw new Error('data can only be replaced from within the call that shows it');
    this.instead = data;
  }

  buffer(): Buffer | null {
    return this.held === null || this.heldBytes === 0 ? null : this.heldData();
  }

  replace(data: Buffer): void {
    if (this.held === null) this.held = [];
    this.held.length = 0;
    this.heldBytes = 0;
    this.hold(data);
    this.drained();
  }

  // --- what is held ------------------------------------------------------------------------------------------------

  private hold(data: Buffer | null): void {
    if (data === HELD) return;
    const kept = lasting(data);
    if (this.held === null) this.held = [kept];
    else this.held.push(kept);
    this.heldBytes += data.length;
    const limit = this.owner.bufferLimit;
    if (limit === 0 || this.heldBytes <= limit || this.above) return;
    this.above = true;
    if (this.streaming) this.owner.pauseSender(this.decode, true);
    else this.owner.tooLarge(this.decode);
  }

  private heldData(): Buffer {
    const held = this.held;
    if (held === null || held.length === 0) return NOTHING;
    if (held.length === 1) return held[0];
    const all = Buffer.concat(held, this.heldBytes);
    this.held = [all];
    return all;
  }

  private takeHeld(): Buffer {
    const all = this.heldData();
    this.held = null;
    this.heldBytes = 0;
    this.drained();
    return all;
  }

  private drained(): void {
    if (!this.above || this.heldBytes > this.owner.bufferLimit >>> 1) return;
    this.above = false;
    this.owner.pauseSender(this.decode, false);
  }

  /** The stream is over. */
  drop(): void {
    this.held = null;
    this.heldBytes = 0;
  }
}
