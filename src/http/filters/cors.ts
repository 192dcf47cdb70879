/**
 * envoy.filters.http.cors: answers preflight requests and says in answers which origins may read them. Mirrors
 * source/extensions/filters/http/cors/cors_filter.cc. Each value comes from the most specific level that has it.
 */
import { Headers } from '../../codec/headers.ts';
import type { Cors, CorsCorsPolicy as CorsPolicyMessage, Route, VirtualHost } from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';

const ALLOW_ORIGIN = 'access-control-allow-origin';
const ALLOW_CREDENTIALS = 'access-control-allow-credentials';
const REQUEST_METHOD = 'access-control-request-method';

/** One level's; null and '' where it says nothing. */
interface Policy {
  /** The share of requests it holds for. */
  readonly enabled: RuntimeShare;
  /** … for which it only counts. */
  readonly shadow: RuntimeShare;
  readonly origins: readonly StringTest[];
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  readonly maxAge: string;
  readonly allowCredentials: boolean | null;
  readonly allowPrivateNetwork: boolean | null;
  readonly forwardNotMatching: boolean | null;
}

function compilePolicy(message: CorsPolicyMessage, regex: RegexCompiler): Policy {
  const { filterEnabled, shadowEnabled } = message;
  return {
    enabled: runtimeShare(filterEnabled, 1),
    shadow: runtimeShare(shadowEnabled, 0),
    origins: (message.allowOriginStringMatch ?? []).map((m) => stringTest(m, regex)),
    allowMethods: toWire(message.allowMethods ?? ''),
    allowHeaders: toWire(message.allowHeaders ?? ''),
    exposeHeaders: toWire(message.exposeHeaders ?? ''),
    maxAge: toWire(message.maxAge ?? ''),
    allowCredentials: message.allowCredentials ?? null,
    allowPrivateNetwork: message.allowPrivateNetworkAccess ?? null,
    forwardNotMatching: message.forwardNotMatchingPreflights ?? null,
  };
}

/** `levels`: the most specific first. Whether it is enabled is said by that one alone. */
function mergePolicies(levels: readonly Policy[]): Policy {
  const text = (of: (p: Policy) => string): string => levels.map(of).find((v) => v !== '') ?? '';
  const flag = (of: (p: Policy) => boolean | null): boolean | null => levels.map(of).find((v) => v !== null) ?? null;
  return {
    enabled: levels[0].enabled,
    shadow: levels[0].shadow,
    origins: levels.find((p) => p.origins.length > 0)?.origins ?? [],
    allowMethods: text((p) => p.allowMethods),
    allowHeaders: text((p) => p.allowHeaders),
    exposeHeaders: text((p) => p.exposeHeaders),
    maxAge: text((p) => p.maxAge),
    allowCredentials: flag((p) => p.allowCredentials),
    allowPrivateNetwork: flag((p) => p.allowPrivateNetwork),
    forwardNotMatching: flag((p) => p.forwardNotMatching),
  };
}

/** `http.<stat_prefix>.cors.` */
interface CorsStats {
  readonly originValid: Counter;
  readonly originInvalid: Counter;
}

class CorsFilter extends StreamFilter {
  private readonly stats: CorsStats;
  /** Null: the answer is left alone. */
  private policy: Policy | null;
  private origin: string;

  constructor(stats: CorsStats) {
    super();
    this.stats = stats;
    this.policy = null;
    this.origin = '';
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream, stats } = this;
    // A route that answers by itself has no policy.
    if (stream.route()?.forward == null) return CONTINUE;
    const policy = stream.routeConfig<Policy>(this);
    if (policy === null) return CONTINUE;
    const enabled = policy.enabled.happens();
    if (!enabled && !policy.shadow.happens()) return CONTINUE;
    const origin = h.get('origin') ?? '';
    if (origin === '') return CONTINUE;
    const allowed = policy.origins.some((test) => test('*') || test(origin));
    (allowed ? stats.originValid : stats.originInvalid).inc();
    if (!enabled) return CONTINUE;
    this.policy = policy;
    if (allowed) this.origin = origin;
    const method = h.get(REQUEST_METHOD) ?? '';
    if (h.method !== 'OPTIONS' || method === '') return CONTINUE;
    if (!allowed && policy.forwardNotMatching !== false) return CONTINUE;
    stream.info.details = 'cors_response';
    stream.encodeHeaders(preflight(h, policy, allowed ? origin : '', method), true);
    return STOP;
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const { policy, origin } = this;
    if (policy === null || origin === '') return CONTINUE;
    h.set(ALLOW_ORIGIN, origin);
    if (policy.allowCredentials === true) h.set(ALLOW_CREDENTIALS, 'true');
    if (policy.exposeHeaders !== '') h.set('access-control-expose-headers', policy.exposeHeaders);
    return CONTINUE;
  }
}

/** The answer to a preflight request; `*` allows what was asked for. */
function preflight(request: Headers, policy: Policy, origin: string, method: string): Headers {
  const h = new Headers();
  h.status = 200;
  if (origin !== '') h.add(ALLOW_ORIGIN, origin);
  if (policy.allowCredentials === true) h.add(ALLOW_CREDENTIALS, 'true');
  const { allowMethods, allowHeaders, maxAge } = policy;
  if (allowMethods !== '') h.add('access-control-allow-methods', allowMethods === '*' ? method : allowMethods);
  if (allowHeaders !== '') {
    const asked = request.get('access-control-request-headers') ?? '';
    h.add('access-control-allow-headers', allowHeaders === '*' ? asked : allowHeaders);
  }
  if (maxAge !== '') h.add('access-control-max-age', maxAge);
  if (policy.allowPrivateNetwork === true && request.get('access-control-request-private-network') === 'true') {
    h.add('access-control-allow-private-network', 'true');
  }
  return h;
}

/** `cors` of a virtual host or of a route's action. */
const ownField = (level: Partial<VirtualHost & Route>): unknown => level.cors ?? level.route?.cors;

export function create(_config: Cors, ctx: HttpFactoryContext): HttpFilterFactory {
  const { scope } = ctx.httpStats;
  const stats: CorsStats = {
    originValid: scope.counter('cors.origin_valid'),
    originInvalid: scope.counter('cors.origin_invalid'),
  };
  return {
    terminal: false,
    create: () => new CorsFilter(stats),
    createRoute: (config, regex) => compilePolicy(config as CorsPolicyMessage, regex),
    mergeRoute: (levels) => mergePolicies(levels as readonly Policy[]),
    ownField,
  };
}
