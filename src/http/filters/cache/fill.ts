/**
 * A request of the cache's own: for what is not there, or is to be validated. Mirrors source/extensions/filters/http/cache/upstream_request.cc:
 * it goes to the route's cluster, past the filters behind the cache and without what the route would change, and an answer that is being
 * kept comes to its end when the client is gone.
 */
import type { Headers } from '../../../codec/headers.ts';
import { Timer } from '../../../transport/timers.ts';
import type { AsyncCallbacks, AsyncClient, AsyncParent, AsyncStream } from '../../../upstream/async.ts';
import type { Cluster } from '../../../upstream/cluster.ts';
import type { StringTest } from '../../headers/regex.ts';
import { mayBeKept } from './cacheability.ts';
import { Insertion, type SimpleCache } from './simple-cache.ts';
import type { StoredResponse } from './stored-response.ts';

/** ms that an answer has to come to its end in when nobody waits for it any more (H345). */
const ALONE_MS = 15_000;

/** The filter, as long as its stream is there. */
export interface FillOwner extends AsyncParent {
  filled(h: Headers, endStream: boolean): void;
  filledData(data: Buffer, endStream: boolean): void;
  filledTrailers(trailers: Headers): void;
  /** What is kept holds; `h` is its head. */
  validated(h: Headers, entry: StoredResponse): void;
  notFilled(): void;
}

export interface FillSettings {
  readonly cache: SimpleCache;
  readonly client: AsyncClient;
  readonly vary: readonly StringTest[];
  /** Bytes. */
  readonly maxBody: number;
}

export class Fill implements AsyncCallbacks, AsyncParent {
  private readonly settings: FillSettings;
  private readonly request: Headers;
  /** That the request asks about; null: it is not there. */
  private readonly stale: StoredResponse | null;
  /** What comes may be kept. */
  private readonly keeps: boolean;
  private owner: FillOwner | null;
  private insertion: Insertion | null = null;
  private stream: AsyncStream | null = null;
  private paused = 0;
  /** Until it has to be over, once nobody waits for it. */
  alone: Timer | null = null;

  constructor(
    owner: FillOwner,
    settings: FillSettings,
    request: Headers,
    stale: StoredResponse | null,
    mayKeep: boolean,
  ) {
    this.owner = owner;
    this.settings = settings;
    this.request = request;
    this.stale = stale;
    this.keeps = mayKeep && request.method !== 'HEAD';
  }

  start(cluster: Cluster): void {
    this.stream = this.settings.client.start(cluster, this.request, true, { timeoutMs: 0, parent: this }, this);
  }

  pause(on: boolean): void {
    this.paused += on ? 1 : -1;
    this.stream?.pauseResponse(on);
  }

  /** The client is gone. */
  leave(): void {
    this.owner = null;
    const { stream } = this;
    if (stream === null || stream.over) return;
    if (this.insertion === null) {
      stream.cancel();
      return;
    }
    for (; this.paused > 0; this.paused--) stream.pauseResponse(false);
    this.alone = new Timer(() => this.giveUp());
    this.alone.arm(ALONE_MS);
  }

  private giveUp(): void {
    this.stream?.cancel();
    this.end(false, null);
  }

  onHeaders(h: Headers, endStream: boolean): void {
    const { settings, stale, owner } = this;
    const now = Date.now();
    if (stale !== null && h.status === 304) {
      const isMeant = stale.isMeant(h);
      stale.merge(h);
      if (isMeant) settings.cache.renew(stale, h, now);
      this.stream?.cancel();
      owner?.validated(h, stale);
      return;
    }
    const { cache, vary, maxBody } = settings;
    if (this.keeps && mayBeKept(h, vary)) {
      if (Number(h.get('content-length')) > maxBody) cache.countRejected();
      else this.insertion = new Insertion(cache, this.request, h, maxBody, now);
    }
    if (endStream) this.end(true, null);
    owner?.filled(h, endStream);
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.insertion?.add(data) === false) {
      this.insertion = null;
      if (this.owner === null) this.giveUp();
    }
    if (endStream) this.end(true, null);
    this.owner?.filledData(data, endStream);
  }

  onTrailers(trailers: Headers): void {
    this.end(true, trailers);
    this.owner?.filledTrailers(trailers);
  }

  onReset(): void {
    this.end(false, null);
    this.owner?.notFilled();
  }

  /** There is no body to hold back. */
  onPause(): void {}

  failed(error: unknown): void {
    this.end(false, null);
    this.owner?.failed(error);
  }

  private end(whole: boolean, trailers: Headers | null): void {
    const { insertion } = this;
    this.insertion = null;
    this.alone?.cancel();
    if (whole) insertion?.commit(trailers);
    else insertion?.abort();
  }
}
