/**
 * envoy.filters.http.ratelimit: asks a service whether a request is one too many. Mirrors source/extensions/filters/http/ratelimit/ratelimit.cc and
 * ratelimit_headers.cc. What the service is told of a request comes from rate_limits: route/rate-limits.ts.
 */
import { Headers } from '../../codec/headers.ts';
import type {
  RateLimitResponseDescriptorStatus as DescriptorStatus,
  HeaderValue,
  Messages,
  RateLimitPerRoute,
  RateLimitResponse,
} from '../../config/schema/types.ts';
import { statusNumber } from '../../config/status-code.ts';
import { formatBuild } from '../../format/format-build.ts';
import { loadCodec } from '../../grpc/message-codec.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { Counter } from '../../stats/store.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatCompiler } from '../headers/body-format.ts';
import { compileMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import { loadRegexes, NO_REGEXES, needsRegex } from '../headers/regex.ts';
import { type Descriptor, type DescriptorSource, type LimitBuild, RateLimits } from '../route/rate-limits.ts';
import type { Route } from '../route/route.ts';
import type { RouteBuild } from '../route/route-context.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_WATERMARK,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { RATE_LIMIT_SERVICE_ERROR, RATE_LIMITED } from '../stream/response-flags.ts';
import { RateLimitService } from './rate-limit-service.ts';

type RateLimit = Messages['envoy.extensions.filters.http.ratelimit.v3.RateLimit'];

const NAMESPACE = 'envoy.filters.http.ratelimit';
const HITS_ADDEND = 'envoy.ratelimit.hits_addend';
const RESOURCE_EXHAUSTED = 8;

/** Where the config says nothing: by keys that Envoy has for all filters. */
const ENABLED = { runtimeKey: 'ratelimit.http_filter_enabled', defaultValue: { numerator: 100 } };
const ENFORCED = { runtimeKey: 'ratelimit.http_filter_enforcing', defaultValue: { numerator: 100 } };

interface Settings {
  readonly service: RateLimitService;
  readonly domain: string;
  readonly stage: number;
  readonly internal: boolean;
  readonly external: boolean;
  /** '' or ends with a dot. */
  readonly statPrefix: string;
  /** 0 to 1. */
  readonly enabled: RuntimeShare;
  readonly enforced: RuntimeShare;
  readonly denyOnFailure: RuntimeShare;
  readonly xHeaders: boolean;
  readonly limitedHeader: boolean;
  readonly retryAfter: boolean;
  readonly limitedStatus: number;
  readonly resourceExhausted: boolean;
  readonly statusOnError: number;
  readonly responseHeaders: HeaderMutations | null;
  readonly limits: RateLimits;
  readonly metadataNamespace: string;
}

interface RouteSettings {
  readonly hostLimits: 'OVERRIDE' | 'INCLUDE' | 'IGNORE';
  readonly limits: RateLimits;
  /** '': the filter's. */
  readonly domain: string;
}

class RateLimitFilter extends StreamFilter {
  private readonly s: Settings;
  private call: { cancel(): void } | null = null;
  private asked = false;
  /** As they were when the request came: what is told at its end is about the same. */
  private route: Route | null = null;
  private own: RouteSettings | null = null;
  private cluster: Cluster | null = null;
  private descriptors: readonly Descriptor[] = [];
  /** Of the answer: name, value … */
  private headers: string[] = [];

  constructor(settings: Settings) {
    super();
    this.s = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { s, stream } = this;
    if (!s.enabled.happens()) return CONTINUE;
    this.asked = true;
    this.route = stream.route();
    this.own = stream.routeConfig<RouteSettings>(this);
    this.cluster = this.route?.forward?.cluster(h) ?? null;
    if (!(h.get('x-envoy-internal') === 'true' ? s.internal : s.external)) return CONTINUE;
    const descriptors = this.describe(false);
    if (descriptors.length === 0) return CONTINUE;
    this.descriptors = descriptors;
    this.call = s.service.ask(this.domain, descriptors, this.hitsAddend, stream, (answer) => {
      this.call = null;
      this.answered(answer);
    });
    return STOP;
  }

  override decodeData(): DataStatus {
    return this.call === null ? CONTINUE : STOP_WATERMARK;
  }
  override decodeTrailers(): TrailersStatus {
    return this.call === null ? CONTINUE : STOP;
  }

  private get domain(): string {
    return this.own !== null && this.own.domain !== '' ? this.own.domain : this.s.domain;
  }
  private get hitsAddend(): number {
    const value = Number(this.stream.info.filterState(HITS_ADDEND) ?? 0);
    return Number.isInteger(value) && value > 0 && value < 2 ** 32 ? value : 0;
  }

  private describe(onDone: boolean): Descriptor[] {
    const { s, route, own, cluster, stream } = this;
    const descriptors: Descriptor[] = [];
    const forward = route?.forward;
    if (route === null || forward == null || cluster === null) return descriptors;
    const source: DescriptorSource = { info: stream.info, request: stream.request, cluster: cluster.info };
    if (own !== null && !own.limits.empty) {
      own.limits.add(descriptors, -1, onDone, source);
      return descriptors;
    }
    if (!s.limits.empty) {
      s.limits.add(descriptors, -1, onDone, source);
      return descriptors;
    }
    const limits = route.rateLimits;
    if (limits === null) return descriptors;
    limits.route.add(descriptors, s.stage, onDone, source);
    const host = limits.includeHost ? 'INCLUDE' : (own?.hostLimits ?? 'OVERRIDE');
    if (host === 'INCLUDE' || (host === 'OVERRIDE' && limits.route.empty)) {
      limits.host.add(descriptors, s.stage, onDone, source);
    }
    return descriptors;
  }

  override onDestroy(): void {
    if (this.call !== null) {
      this.call.cancel();
      this.call = null;
      return;
    }
    if (!this.asked) return;
    const descriptors = this.describe(true);
    if (descriptors.length > 0) this.s.service.ask(this.domain, descriptors, this.hitsAddend, null, () => {});
  }

  // --- the answer --------------------------------------------------------------------------------------------------

  private answered(answer: RateLimitResponse | null): void {
    const { s, stream } = this;
    if (answer === null) {
      this.count('error').inc();
      if (s.denyOnFailure.happens()) {
        stream.info.flags |= RATE_LIMIT_SERVICE_ERROR;
        stream.sendLocalReply({ status: s.statusOnError, body: '', details: 'rate_limiter_error' });
        return;
      }
      this.count('failure_mode_allowed').inc();
      stream.continueDecoding(this);
      return;
    }
    const metadata = answer.dynamicMetadata;
    if (metadata !== undefined && Object.keys(metadata).length > 0) {
      stream.info.addMetadata(s.metadataNamespace, { ...metadata });
    }
    const over = answer.overallCode === 'OVER_LIMIT';
    this.count(over ? 'over_limit' : 'ok').inc();
    if (over) this.cluster?.info.responses.count(s.limitedStatus, true, false);
    addValues(this.headers, answer.responseHeadersToAdd);
    if (over && s.limitedHeader) this.headers.push('x-envoy-ratelimited', 'true');
    this.addXHeaders(answer.statuses ?? []);
    if (over && s.enforced.happens()) {
      this.limit(answer);
      return;
    }
    const added: string[] = [];
    addValues(added, answer.requestHeadersToAdd);
    for (let i = 0; i < added.length; i += 2) stream.request.add(added[i], added[i + 1]);
    stream.continueDecoding(this);
  }

  private limit(answer: RateLimitResponse): void {
    const { s, stream } = this;
    stream.info.flags |= RATE_LIMITED;
    if (s.retryAfter && s.limitedStatus === TOO_MANY && !this.headers.includes('retry-after')) {
      const seconds = longestReset(answer.statuses ?? []);
      if (seconds > 0) this.headers.push('retry-after', String(seconds));
    }
    const head = new Headers();
    head.list = this.headers;
    this.headers = [];
    s.responseHeaders?.apply(head, stream.info, stream.request, head);
    const bytes = answer.rawBody;
    stream.sendLocalReply({
      status: s.limitedStatus,
      body: '',
      details: 'request_rate_limited',
      headers: head.list,
      ...(s.resourceExhausted ? { grpcStatus: RESOURCE_EXHAUSTED } : {}),
      ...(bytes === undefined || bytes.length === 0 ? {} : { bytes: Buffer.from(bytes) }),
    });
  }

  /** x-ratelimit-*: of the descriptor that is nearest to its limit. */
  private addXHeaders(statuses: readonly DescriptorStatus[]): void {
    const { s, descriptors } = this;
    let nearest: DescriptorStatus | null = null;
    let policy = '';
    statuses.forEach((status, i) => {
      const limit = status.currentLimit;
      if (limit === undefined || !(descriptors[i]?.xHeaders ?? s.xHeaders)) return;
      if (nearest === null || (status.limitRemaining ?? 0) < (nearest.limitRemaining ?? 0)) nearest = status;
      const window = (WINDOWS[limit.unit ?? ''] ?? 0) * (limit.unitMultiplier ?? 1);
      if (window === 0) return;
      policy += `, ${limit.requestsPerUnit ?? 0};w=${window}`;
      if (limit.name) policy += `;name="${toWire(limit.name)}"`;
    });
    if (nearest === null) return;
    const { currentLimit, limitRemaining = 0, durationUntilReset = 0 } = nearest as DescriptorStatus;
    const values = [
      ['x-ratelimit-limit', `${currentLimit?.requestsPerUnit ?? 0}${policy}`],
      ['x-ratelimit-remaining', String(limitRemaining)],
      ['x-ratelimit-reset', String(Math.floor(durationUntilReset / 1000))],
    ];
    for (const [name, value] of values) if (isSound(name, value)) this.headers.push(name, value);
  }

  private count(name: string): Counter {
    return (this.cluster as Cluster).info.stats.scope.counter(`ratelimit.${this.s.statPrefix}${name}`);
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const { headers } = this;
    for (let i = 0; i < headers.length; i += 2) h.add(headers[i], headers[i + 1]);
    this.headers = [];
    return CONTINUE;
  }
}

const TOO_MANY = 429;
/** Seconds. */
const WINDOWS: Readonly<Record<string, number>> = {
  SECOND: 1,
  MINUTE: 60,
  HOUR: 3600,
  DAY: 86_400,
  WEEK: 604_800,
  MONTH: 2_592_000,
  YEAR: 31_536_000,
};

function longestReset(statuses: readonly DescriptorStatus[]): number {
  let longest = 0;
  for (const { code, durationUntilReset = 0 } of statuses) {
    if (code === 'OVER_LIMIT') longest = Math.max(longest, 1, Math.floor(durationUntilReset / 1000));
  }
  return longest;
}

/** What cannot stand on the wire is left out (docs/behaviour.md, H157). */
function isSound(name: string, value: string): boolean {
  try {
    new Headers().add(name, value);
    return true;
  } catch {
    return false;
  }
}

function addValues(list: string[], values: readonly HeaderValue[] | undefined): void {
  for (const { key = '', value = '', rawValue } of values ?? []) {
    const name = asciiLower(toWire(key));
    const text = rawValue !== undefined && rawValue.length > 0 ? rawValue.toString('latin1') : toWire(value);
    if (isSound(name, text)) list.push(name, text);
  }
}

export async function create(config: RateLimit, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const regexes = needsRegex(config) ? await loadRegexes(ctx.envoy16) : NO_REGEXES;
  const codecs = [
    await loadCodec('envoy.service.ratelimit.v3.RateLimitRequest'),
    await loadCodec('envoy.service.ratelimit.v3.RateLimitResponse'),
  ] as const;
  const format = formatBuild(ctx, ctx.clientAddress);
  const formats = formatCompiler(format);
  const build = (routeRegexes: RouteBuild['regexes']): LimitBuild => ({ format, formats, regexes: routeRegexes });
  const limited = statusNumber(config.rateLimitedStatus?.code);
  const deny = config.failureModeDeny ?? false;
  const percent = config.failureModeDenyPercent;
  const type = config.requestType || 'both';
  const settings: Settings = {
    service: new RateLimitService(config.rateLimitService ?? {}, config.timeout, ctx, formats, codecs),
    domain: config.domain ?? '',
    stage: config.stage ?? 0,
    internal: type !== 'external',
    external: type !== 'internal',
    statPrefix: config.statPrefix ? `${toWire(config.statPrefix)}.` : '',
    enabled: runtimeShare(config.filterEnabled ?? ENABLED, 1),
    enforced: runtimeShare(config.filterEnforced ?? ENFORCED, 1),
    denyOnFailure: runtimeShare(percent, Number(deny)),
    xHeaders: config.enableXRatelimitHeaders === 'DRAFT_VERSION_03',
    limitedHeader: config.disableXEnvoyRatelimitedHeader !== true,
    retryAfter: config.enableRetryAfterHeader ?? false,
    limitedStatus: limited >= 400 ? limited : TOO_MANY,
    resourceExhausted: config.rateLimitedAsResourceExhausted ?? false,
    statusOnError: statusNumber(config.statusOnError?.code) || 500,
    responseHeaders: compileMutations(
      'response',
      null,
      [{ responseHeadersToAdd: config.responseHeadersToAdd ?? [] }],
      false,
      formats,
    ),
    limits: new RateLimits(config.rateLimits, build(regexes), true),
    metadataNamespace: config.metadataNamespace || NAMESPACE,
  };
  return {
    terminal: false,
    create: () => new RateLimitFilter(settings),
    createRoute: (m, test): RouteSettings => {
      const { vhRateLimits = 'OVERRIDE', rateLimits, domain = '' } = m as RateLimitPerRoute;
      const limits = new RateLimits(rateLimits, build({ ...regexes, test }), true);
      return { hostLimits: vhRateLimits, limits, domain };
    },
  };
}
