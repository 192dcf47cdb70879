/**
 * envoy.extensions.http.cache.simple: answers in memory, one cache for all filters of an event loop. Role of
 * source/extensions/http/cache/simple_http_cache, which keeps everything for ever: here what was not used for longest goes when there is too
 * much (H342).
 */
import { Headers } from '../../../codec/headers.ts';
import type { ServerContext } from '../../../extension/context.ts';
import { own } from '../../../platform/lent.ts';
import { asciiLower } from '../../../platform/wire-text.ts';
import type { Counter, Gauge, StatsRoot } from '../../../stats/store.ts';
import type { ClusterLookup } from '../../../upstream/cluster-ref.ts';
import type { StringTest } from '../../headers/regex.ts';
import { allowed, varyingNames } from './cacheability.ts';
import { StoredResponse } from './stored-response.ts';

/** Bytes that an event loop keeps, with answers that are still coming. */
export const MAX_CACHE_BYTES = 32 * 1024 * 1024;
/** Bytes of the longest body that is kept; `max_body_bytes` can only be less. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** `http_cache.simple.`; the names are ours, Envoy has none. */
interface CacheStats {
  readonly entries: Gauge;
  /** Of entries, and of answers that are still coming. */
  readonly bytes: Gauge;
  readonly evicted: Counter;
  readonly rejected: Counter;
}

function statsIn(store: StatsRoot): CacheStats {
  const scope = store.scope('http_cache.simple.');
  return {
    entries: scope.gauge('entries'),
    bytes: scope.gauge('bytes'),
    evicted: scope.counter('evicted'),
    rejected: scope.counter('rejected'),
  };
}

export class SimpleCache {
  private readonly entries = new Map<string, StoredResponse>();
  private newest: StoredResponse | null = null;
  private oldest: StoredResponse | null = null;
  private held = 0;
  private stats: CacheStats;

  constructor(store: StatsRoot) {
    this.stats = statsIn(store);
  }

  /** Whose listener is the last to use it: names may go with the others. */
  countIn(store: StatsRoot): void {
    this.stats = statsIn(store);
    this.stats.entries.set(this.entries.size);
    this.stats.bytes.set(this.held);
  }

  /** An answer that was not kept because there is no room for it. */
  countRejected(): void {
    this.stats.rejected.inc();
  }

  /** The answer to `request`; null for none. */
  find(request: Headers, vary: readonly StringTest[]): StoredResponse | null {
    const key = keyOf(request);
    const first = this.entries.get(key);
    if (first === undefined) return null;
    this.use(first);
    if (first.varies === null) return first;
    if (!first.varies.every((name) => allowed(name, vary))) return null;
    const found = this.entries.get(key + varyId(first.varies, request));
    if (found === undefined) return null;
    this.use(found);
    return found;
  }

  /** Whether `entry` is what is served today. */
  has(entry: StoredResponse): boolean {
    return this.entries.get(entry.key) === entry;
  }

  put(request: Headers, headers: Headers, body: Buffer, trailers: Headers | null, nowMs: number): void {
    const names = varyingNames(headers);
    let key = keyOf(request);
    if (names.length > 0) {
      const marker = new StoredResponse(key, new Headers(), NOTHING, null, names);
      key += varyId(names, request);
      this.insert(marker);
    }
    this.insert(new StoredResponse(key, headers, body, trailers, null).received(nowMs));
  }

  renew(entry: StoredResponse, h: Headers, nowMs: number): void {
    if (!this.has(entry)) return;
    const before = entry.size;
    entry.renew(h, nowMs);
    this.reserve(entry.size - before);
  }

  /** Makes room for `n` bytes; false where there is none. Negative: gives them back. */
  reserve(n: number): boolean {
    while (this.held + n > MAX_CACHE_BYTES && n > 0) {
      if (this.oldest === null) return false;
      this.stats.evicted.inc();
      this.remove(this.oldest);
    }
    this.held += n;
    this.stats.bytes.add(n);
    return true;
  }

  private insert(entry: StoredResponse): void {
    const before = this.entries.get(entry.key);
    if (before !== undefined) this.remove(before);
    if (!this.reserve(entry.size)) {
      this.countRejected();
      return;
    }
    this.entries.set(entry.key, entry);
    this.stats.entries.inc();
    this.link(entry);
  }

  private remove(entry: StoredResponse): void {
    this.entries.delete(entry.key);
    this.unlink(entry);
    this.stats.entries.dec();
    this.reserve(-entry.size);
  }

  private use(entry: StoredResponse): void {
    if (entry === this.newest) return;
    this.unlink(entry);
    this.link(entry);
  }

  private link(entry: StoredResponse): void {
    entry.older = this.newest;
    entry.newer = null;
    if (this.newest !== null) this.newest.newer = entry;
    this.newest = entry;
    this.oldest ??= entry;
  }

  private unlink(entry: StoredResponse): void {
    const { newer, older } = entry;
    if (newer === null) this.newest = older;
    else newer.older = older;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
  }
}

/** An answer on its way into the cache: its body as it comes. */
export class Insertion {
  private readonly cache: SimpleCache;
  private readonly request: Headers;
  private readonly headers: Headers;
  private readonly limit: number;
  private readonly nowMs: number;
  private pieces: Buffer[] = [];
  private bytes = 0;

  constructor(cache: SimpleCache, request: Headers, headers: Headers, limit: number, nowMs: number) {
    this.cache = cache;
    this.request = request;
    this.headers = headers.clone();
    this.limit = limit;
    this.nowMs = nowMs;
  }

  /** False: it is given up. */
  add(data: Buffer): boolean {
    const { cache, bytes, limit } = this;
    if (bytes + data.length > limit || !cache.reserve(data.length)) {
      cache.countRejected();
      this.abort();
      return false;
    }
    this.bytes += data.length;
    this.pieces.push(own(data, 0, data.length));
    return true;
  }

  commit(trailers: Headers | null): void {
    const { pieces, bytes } = this;
    this.abort();
    // Of its own: pieces may be slices of larger memory.
    const body = bytes === 0 ? NOTHING : Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const piece of pieces) at += piece.copy(body, at);
    this.cache.put(this.request, this.headers, body, trailers?.clone() ?? null, this.nowMs);
  }

  abort(): void {
    this.cache.reserve(-this.bytes);
    this.bytes = 0;
    this.pieces = [];
  }
}

const NOTHING = Buffer.alloc(0);

function keyOf(request: Headers): string {
  return `${request.scheme}\n${request.authority}\n${request.path}`;
}

/** What the request says of what an answer varies by. Neither \n nor \r stands in a header. */
function varyId(names: readonly string[], request: Headers): string {
  let id = '\n';
  for (const name of names) {
    const { list } = request;
    const lower = asciiLower(name);
    id += `\n${lower}`;
    for (let i = 0; i < list.length; i += 2) if (list[i] === lower) id += `\r${list[i + 1]}`;
  }
  return id;
}

const caches = new WeakMap<ClusterLookup, SimpleCache>();

/** The one of this event loop. */
export function simpleCache({ clusters, store }: ServerContext): SimpleCache {
  let cache = caches.get(clusters);
  if (cache === undefined) caches.set(clusters, (cache = new SimpleCache(store)));
  else cache.countIn(store);
  return cache;
}
