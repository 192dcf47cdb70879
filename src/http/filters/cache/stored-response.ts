/** An answer that is kept: how old it is, whether it must be validated, how a 304 renews it. Mirrors source/extensions/filters/http/cache/http_cache.cc. */
import { Headers } from '../../../codec/headers.ts';
import {
  httpTime,
  integer,
  type RequestDirectives,
  type ResponseDirectives,
  responseDirectives,
} from './directives.ts';

/** What a 304 does not change: it is about the body that is there. */
const KEPT_NAMES = ['content-range', 'content-length', 'etag', 'vary'];

/** Bytes that an answer takes beside its texts and its body. */
const OVERHEAD = 512;

export class StoredResponse {
  readonly key: string;
  readonly body: Buffer;
  readonly trailers: Headers | null;
  headers: Headers;
  /** Neighbours in the order of last use. */
  newer: StoredResponse | null = null;
  older: StoredResponse | null = null;
  /** Names of `vary`: this one only says under which keys the answers are; null for an answer. */
  readonly varies: readonly string[] | null;
  /** ms since 1970. */
  private receivedMs: number;
  private directives: ResponseDirectives;
  /** How old it was when it came, ms. */
  private initialAgeMs: number;
  private lifetimeS: number;

  constructor(key: string, headers: Headers, body: Buffer, trailers: Headers | null, varies: readonly string[] | null) {
    this.key = key;
    this.headers = headers;
    this.body = body;
    this.trailers = trailers;
    this.varies = varies;
    this.receivedMs = 0;
    this.directives = responseDirectives(headers);
    this.initialAgeMs = 0;
    this.lifetimeS = 0;
  }

  /** Bytes. */
  get size(): number {
    return OVERHEAD + this.key.length + sizeOf(this.headers) + this.body.length + sizeOf(this.trailers);
  }

  received(nowMs: number): this {
    const { headers } = this;
    const dateMs = httpTime(headers.getAll('date'));
    const ageMs = (integer(headers.getAll('age') ?? '') ?? 0) * 1000;
    this.receivedMs = nowMs;
    this.initialAgeMs = Math.max(0, nowMs - dateMs, ageMs);
    this.lifetimeS = this.directives.maxAge ?? (httpTime(headers.getAll('expires')) - dateMs) / 1000;
    return this;
  }

  /** Whole seconds: RFC 9111 section 4.2.3, for an answer that took no time. */
  age(nowMs: number): number {
    return Math.trunc((this.initialAgeMs + nowMs - this.receivedMs) / 1000);
  }

  needsValidation(asks: RequestDirectives, age: number): boolean {
    const { directives, lifetimeS } = this;
    if (directives.noCache || asks.noCache || (asks.maxAge !== null && asks.maxAge < age)) return true;
    if (age > lifetimeS) return directives.noStale || asks.maxStale === null || asks.maxStale <= age - lifetimeS;
    return asks.minFresh !== null && asks.minFresh > lifetimeS - age;
  }

  /** `h`, a 304, becomes the answer that is served: what it does not say stands here. */
  merge(h: Headers): void {
    h.status = this.headers.status;
    h.remove('content-length');
    const { list } = this.headers;
    const said = new Set<string>();
    for (let i = 0; i < h.list.length; i += 2) said.add(h.list[i]);
    // How old it was is of no interest any more.
    said.add('age');
    for (let i = 0; i < list.length; i += 2) if (!said.has(list[i])) h.add(list[i], list[i + 1]);
  }

  /** `h` has been merged. */
  renew(h: Headers, nowMs: number): void {
    const next = new Headers();
    next.status = h.status;
    const { list } = this.headers;
    for (let i = 0; i < list.length; i += 2) {
      if (KEPT_NAMES.includes(list[i]) || !h.has(list[i])) next.add(list[i], list[i + 1]);
    }
    for (let i = 0; i < h.list.length; i += 2) {
      if (!KEPT_NAMES.includes(h.list[i])) next.add(h.list[i], h.list[i + 1]);
    }
    this.headers = next;
    this.directives = responseDirectives(next);
    this.received(nowMs);
  }

  /** A strong or weak name of another answer is no confirmation of this one. */
  isMeant(h: Headers): boolean {
    const etag = h.getAll('etag');
    return etag === undefined || etag === this.headers.getAll('etag');
  }
}

function sizeOf(h: Headers | null): number {
  if (h === null) return 0;
  let bytes = 0;
  for (const text of h.list) bytes += text.length;
  return bytes;
}
