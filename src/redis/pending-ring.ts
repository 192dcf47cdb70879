/**
 * Requests sent on an upstream connection and not answered yet, oldest first: parallel arrays used as a ring, so that a request
 * costs no object. Redis answers in order, so the oldest is always the one a reply belongs to.
 */
import { heldMemory } from '../platform/held-memory.ts';
import { finishedWith } from './aggregators.ts';
import type { ReplyTarget } from './reply-target.ts';
import type { Split } from './split.ts';

const MINUS = 45;
const COLON = 58;
const DOLLAR = 36;
/** RESP3's null. */
const NULL = 95;
const STAR = 42;

/** What becomes of the reply. */
/** Forwarded as it is. */
export const DIRECT = 0;
/** Forwarded when it is an integer; anything else is an error (a DEL, EXISTS, TOUCH or UNLINK of one key). */
export const INTEGER = 1;
/** Forwarded as an element of an MGET's answer. */
export const ELEMENT = 2;
/** Given to the split request it is a part of. */
export const PART = 3;
/** Forwarded as it is, but an error counts as one. */
export const WHOLE = 4;
/** Forwarded when it is an array, as WHOLE; anything else is one error of so many. */
export const LIST = 6;
/** Forwarded as it is; counted as MULTI's. */
export const QUEUED = 7;
/** Forwarded as it is, and kept back by whoever takes it. */
export const LATE = 8;
/** Of nobody's request: the answer to AUTH, or to a mirrored request. */
export const NOBODYS = 5;

/** Whether a reply that begins with the byte `type` may go to the client; for a part the split request decides. */
export function accepts(kind: number, type: number): boolean {
  if (kind === INTEGER) return type === COLON;
  if (kind === LIST) return type === STAR;
  return kind !== ELEMENT || type === DOLLAR || type === MINUS || type === NULL;
}

/** What the client gets instead of a reply that it may not have. */
export function refusal(kind: number): string {
  return kind === INTEGER || kind === LIST ? finishedWith(1) : '-upstream protocol error\r\n';
}

/** What the client gets when no reply will come. A sum of one part names the count, like any other (Envoy's SplitKeysSumResultRequest). */
export function failure(kind: number): string {
  return kind === INTEGER || kind === LIST ? finishedWith(1) : '-upstream failure\r\n';
}

const FIRST_CAPACITY = 64;
/** A ring that grew beyond this shrinks when it is empty. */
const KEPT_CAPACITY = 16 * 1024;
const NO_HOPS = new Uint8Array(0);

export class PendingRing {
  targets: (ReplyTarget | null)[];
  splits: (Split | null)[];
  /** The target's sequence number of the reply; of a part, its number among the parts. */
  seqs: Int32Array;
  kinds: Uint8Array;
  commands: Uint16Array;
  /** turnMs() when the request was read. */
  times: Float64Array;
  /** The requests themselves, where they may have to be sent elsewhere; and how often they have been. Null where not. */
  readonly requests: (Buffer | null)[] | null;
  hops: Uint8Array;
  count: number;
  head: number;
  mask: number;

  /** `keeps`: the requests. */
  constructor(keeps: boolean) {
    this.targets = new Array(FIRST_CAPACITY).fill(null);
    this.splits = new Array(FIRST_CAPACITY).fill(null);
    this.seqs = new Int32Array(FIRST_CAPACITY);
    this.kinds = new Uint8Array(FIRST_CAPACITY);
    this.commands = new Uint16Array(FIRST_CAPACITY);
    this.times = new Float64Array(FIRST_CAPACITY);
    this.requests = keeps ? new Array(FIRST_CAPACITY).fill(null) : null;
    this.hops = NO_HOPS;
    if (keeps) this.hops = new Uint8Array(FIRST_CAPACITY);
    this.count = 0;
    this.head = 0;
    this.mask = FIRST_CAPACITY - 1;
  }

  push(target: ReplyTarget, split: Split | null, seq: number, kind: number, command: number, time: number): void {
    if (this.count > this.mask) this.resize((this.mask + 1) * 2);
    const i = (this.head + this.count++) & this.mask;
    this.targets[i] = target;
    this.splits[i] = split;
    this.seqs[i] = seq;
    this.kinds[i] = kind;
    this.commands[i] = command;
    this.times[i] = time;
  }

  /** Of the newest, to be sent again: counted as held until its reply has come. */
  keep(request: Buffer, hops: number): void {
    const i = (this.head + this.count - 1) & this.mask;
    this.requests![i] = request;
    this.hops[i] = hops;
    heldMemory.add(request.length);
  }

  /** Forget the oldest. */
  shift(): void {
    const i = this.head;
    this.targets[i] = null;
    this.splits[i] = null;
    if (this.requests !== null) this.drop(this.requests, i);
    this.head = (i + 1) & this.mask;
    if (--this.count === 0 && this.mask >= KEPT_CAPACITY) this.resize(FIRST_CAPACITY);
  }

  private drop(requests: (Buffer | null)[], i: number): void {
    const request = requests[i];
    if (request === null) return;
    requests[i] = null;
    heldMemory.add(-request.length);
  }

  private resize(capacity: number): void {
    const targets: (ReplyTarget | null)[] = new Array(capacity).fill(null);
    const splits: (Split | null)[] = new Array(capacity).fill(null);
    const seqs = new Int32Array(capacity);
    const kinds = new Uint8Array(capacity);
    const commands = new Uint16Array(capacity);
    const times = new Float64Array(capacity);
    for (let k = 0; k < this.count; k++) {
      const i = (this.head + k) & this.mask;
      targets[k] = this.targets[i];
      splits[k] = this.splits[i];
      seqs[k] = this.seqs[i];
      kinds[k] = this.kinds[i];
      commands[k] = this.commands[i];
      times[k] = this.times[i];
    }
    this.targets = targets;
    this.splits = splits;
    this.seqs = seqs;
    this.kinds = kinds;
    this.commands = commands;
    this.times = times;
    if (this.requests !== null) this.moveRequests(this.requests, capacity);
    this.head = 0;
    this.mask = capacity - 1;
  }

  private moveRequests(requests: (Buffer | null)[], capacity: number): void {
    const hops = new Uint8Array(capacity);
    const kept: (Buffer | null)[] = [];
    for (let k = 0; k < this.count; k++) {
      const i = (this.head + k) & this.mask;
      kept.push(requests[i]);
      hops[k] = this.hops[i];
    }
    requests.length = 0;
    for (let k = 0; k < capacity; k++) requests.push(k < kept.length ? kept[k] : null);
    this.hops = hops;
  }
}
