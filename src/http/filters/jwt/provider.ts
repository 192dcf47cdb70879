/**
 * A provider: its keys, local or fetched through a cluster, what it accepts, and the good tokens that it remembers. Mirrors JwksDataImpl,
 * JwksFetcherImpl and JwksAsyncFetcher (source/extensions/filters/http/jwt_authn). One an event loop; requests that wait for the same keys
 * share one fetch.
 */
import { readDataSource } from '../../../config/data-source.ts';
import { refuse } from '../../../config/refusal.ts';
import type { JwtProvider, RemoteJwks } from '../../../config/schema/types.ts';
import { logger } from '../../../log/logger.ts';
import { isIPv6 } from '../../../platform/ip.ts';
import { toWire } from '../../../platform/wire-text.ts';
import type { AsyncClient, AsyncOptions, AsyncResponse, CallTracer } from '../../../upstream/async.ts';
import type { ClusterLookup, ClusterRef } from '../../../upstream/cluster-ref.ts';
import { stringTest } from '../../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../../headers/regex.ts';
import { refreshIn } from '../refresh.ts';
import { headFor } from '../service-uri.ts';
import { type KeySet, parseKeySet } from './key-set.ts';
import type { JwtStats } from './stats.ts';
import { FETCH_FAIL, type JwtStatus, OK } from './status.ts';
import type { Jwt } from './token.ts';

const log = logger('jwt');

/** RemoteJwks.cache_duration, ms. */
const DEFAULT_CACHE_MS = 10 * 60 * 1000;
/** Keys are fetched again this long before they are too old (JwksAsyncFetcher::RefetchBeforeExpiredSec), ms. */
const REFETCH_BEFORE_MS = 5000;
const DEFAULT_FAILED_REFETCH_MS = 1000;
/** google::jwt_verify::kClockSkewInSecond. */
const DEFAULT_CLOCK_SKEW = 60;
/** Tokens that are remembered, and bytes of the longest, unless told (jwt_cache.cc). */
const DEFAULT_CACHE_SIZE = 100;
const DEFAULT_MAX_TOKEN = 4096;
const SPAN = 'JWT Remote PubKey Fetch';
/** Bytes of a key set. */
const MAX_JWKS_BYTES = 1024 * 1024;
/** Envoy's fetcher: convertCoreToRouteRetryPolicy. */
const RETRY_ON = '5xx,gateway-error,connect-failure,reset';

export interface ProviderContext {
  readonly clusters: ClusterLookup;
  readonly client: AsyncClient;
  readonly stats: JwtStats;
  readonly regex: RegexCompiler;
  readonly envoy16: boolean;
}

export class Provider {
  readonly name: string;
  readonly config: JwtProvider;
  readonly clockSkew: number;
  private readonly audiences: ReadonlySet<string>;
  private readonly subjects: StringTest | null;
  private keys: KeySet | null = null;
  /** Date.now() from which on `keys` are too old. */
  private expiresAt = Number.POSITIVE_INFINITY;
  private readonly remote: RemoteKeys | null = null;
  private readonly good: Map<string, Jwt> | null;

  constructor(name: string, config: JwtProvider, ctx: ProviderContext) {
    this.name = name;
    this.config = config;
    this.clockSkew = config.clockSkewSeconds || DEFAULT_CLOCK_SKEW;
    this.audiences = new Set((config.audiences ?? []).map(plainAudience));
    this.subjects = config.subjects === undefined ? null : stringTest(config.subjects, ctx.regex);
    this.good = config.jwtCacheConfig === undefined ? null : new Map();
    if (config.remoteJwks !== undefined) {
      checkUri(name, config.remoteJwks, ctx);
      this.remote = new RemoteKeys(config.remoteJwks, ctx, (keys, maxAge) => {
        this.keys = keys;
        this.expiresAt = Date.now() + maxAge;
      });
    } else {
      const keys = parseKeySet(readDataSource(config.localJwks).toString());
      if (typeof keys !== 'string') this.keys = keys;
      // 1.16 starts, and refuses every token.
      else if (ctx.envoy16) log.warn(`Invalid inline jwks for issuer: ${config.issuer ?? ''}, jwks: ${keys}`);
      else refuse(config, 'local_jwks', `Provider '${name}' in jwt_authn config has invalid local jwks: ${keys}`);
    }
  }

  /** Null: none, or too old. */
  freshKeys(): KeySet | null {
    return Date.now() < this.expiresAt ? this.keys : null;
  }
  get isRemote(): boolean {
    return this.remote !== null;
  }
  /** `done` is never called from within; what is given up calls nothing. */
  fetchKeys(span: CallTracer | null | undefined, done: Waiting): () => void {
    return (this.remote as RemoteKeys).wait(span, done);
  }

  allowsAudience(jwt: Jwt): boolean {
    return audienceAllowed(this.audiences, jwt);
  }
  allowsSubject(jwt: Jwt): boolean {
    return this.subjects === null || this.subjects(toWire(jwt.sub));
  }
  /** `now`: seconds. */
  allowsLifetime(jwt: Jwt, now: number): boolean {
    const { maxLifetime, requireExpiration = false } = this.config;
    if (maxLifetime === undefined) return !requireExpiration || jwt.exp !== 0;
    return jwt.exp !== 0 && jwt.exp - now <= maxLifetime / 1000;
  }

  /** A token that was found good before. */
  remembered(token: string): Jwt | undefined {
    const { good } = this;
    const jwt = good?.get(token);
    if (good !== null && jwt !== undefined) {
      // The one that was used last goes last.
      good.delete(token);
      good.set(token, jwt);
    }
    return jwt;
  }
  remember(token: string, jwt: Jwt): void {
    const { good } = this;
    const limits = this.config.jwtCacheConfig;
    if (good === null || token.length > (limits?.jwtMaxTokenSize || DEFAULT_MAX_TOKEN)) return;
    good.set(token, jwt);
    if (good.size > (limits?.jwtCacheSize || DEFAULT_CACHE_SIZE)) {
      const [oldest] = good.keys();
      good.delete(oldest);
    }
  }
}

/** Without scheme and last slash: both ways of writing an audience are the same (jwt_verify_lib's CheckAudience). */
export function plainAudience(audience: string): string {
  const start = audience.startsWith('https://') ? 8 : audience.startsWith('http://') ? 7 : 0;
  return audience.slice(start, audience.length > start && audience.endsWith('/') ? -1 : undefined);
}

export function audienceAllowed(allowed: ReadonlySet<string>, jwt: Jwt): boolean {
  return allowed.size === 0 || jwt.aud.some((audience) => allowed.has(plainAudience(audience)));
}

type Waiting = (status: JwtStatus, keys: KeySet | null) => void;

/** Host and port of a URI as Envoy reads them (Http::Utility::Url), and what may stand behind them. */
const URI = /^[a-z][a-z0-9+.-]*:\/\/(\[[^\]]*\]|[a-z0-9.-]+)(?::(\d{1,5}))?(?:[/?][\x21-\x7e]*)?$/i;

/** 1.16 takes whatever stands there, names with `_` among it. */
function checkUri(name: string, { httpUri }: RemoteJwks, { envoy16 }: ProviderContext): void {
  if (envoy16 || httpUri === undefined) return;
  const { uri = '' } = httpUri;
  const found = URI.exec(uri.replace(/^([^:]*:\/\/)[^@/?]*@/, '$1'));
  const host = found?.[1] ?? '';
  const bad = found === null || (host.startsWith('[') && !isIPv6(host.slice(1, -1))) || Number(found[2] ?? 0) > 65_535;
  if (bad) refuse(httpUri, 'uri', `Provider '${name}' has an invalid URI: '${uri}'`);
}

class RemoteKeys {
  private readonly config: RemoteJwks;
  private readonly cluster: ClusterRef;
  private readonly client: AsyncClient;
  private readonly stats: JwtStats;
  private readonly put: (keys: KeySet, maxAge: number) => void;
  private readonly options: AsyncOptions;
  private waiting: Set<Waiting> = new Set();
  private busy = false;

  constructor(config: RemoteJwks, ctx: ProviderContext, put: (keys: KeySet, maxAge: number) => void) {
    this.config = config;
    this.cluster = ctx.clusters.ref(config.httpUri?.cluster ?? '');
    this.client = ctx.client;
    this.stats = ctx.stats;
    this.put = put;
    const { retryPolicy, httpUri } = config;
    this.options = {
      timeoutMs: httpUri?.timeout ?? 0,
      maxResponseBytes: MAX_JWKS_BYTES,
      ...(retryPolicy !== undefined && {
        retry: {
          retryOn: RETRY_ON,
          numRetries: retryPolicy.numRetries ?? 1,
          ...(retryPolicy.retryBackOff !== undefined && { retryBackOff: retryPolicy.retryBackOff }),
        },
      }),
    };
    if (config.asyncFetch !== undefined) refreshIn(this, 0);
  }

  private get maxAge(): number {
    return this.config.cacheDuration ?? DEFAULT_CACHE_MS;
  }

  /** Returns how to give it up. */
  wait(span: CallTracer | null | undefined, done: Waiting): () => void {
    this.waiting.add(done);
    this.fetch(span);
    return () => {
      this.waiting.delete(done);
    };
  }

  /** In the background, as async_fetch says. */
  refresh(): void {
    this.fetch();
  }

  /** `span`: of the request that is the first to need them. */
  private fetch(span?: CallTracer | null): void {
    if (this.busy) return;
    this.busy = true;
    const cluster = this.cluster.current;
    if (cluster === null) {
      setImmediate(() => this.failed());
      return;
    }
    const uri = this.config.httpUri?.uri ?? '';
    const head = headFor('GET', uri);
    head.set('user-agent', 'Go-browser');
    log.debug(`fetching jwks from [uri = ${uri}]`);
    const options = span == null ? this.options : { ...this.options, span: { parent: span, name: SPAN } };
    this.client.send(cluster, head, null, options, (response) => this.answered(response));
  }

  private answered(response: AsyncResponse | null): void {
    if (response === null || response.headers.status !== 200) {
      this.failed();
      return;
    }
    const keys = parseKeySet(response.body.toString());
    if (typeof keys === 'string') {
      log.debug(`jwks: ${keys}`);
      this.failed();
      return;
    }
    this.busy = false;
    this.stats.fetchSuccess.inc();
    this.put(keys, this.maxAge);
    if (this.config.asyncFetch !== undefined) refreshIn(this, Math.max(this.maxAge - REFETCH_BEFORE_MS, 1000));
    this.tell(OK, keys);
  }

  private failed(): void {
    this.busy = false;
    this.stats.fetchFailed.inc();
    const { asyncFetch } = this.config;
    if (asyncFetch !== undefined) refreshIn(this, asyncFetch.failedRefetchDuration ?? DEFAULT_FAILED_REFETCH_MS);
    this.tell(FETCH_FAIL, null);
  }

  private tell(status: JwtStatus, keys: KeySet | null): void {
    const { waiting } = this;
    this.waiting = new Set();
    for (const done of waiting) done(status, keys);
  }
}
