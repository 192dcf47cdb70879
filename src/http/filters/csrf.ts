/**
 * envoy.filters.http.csrf: a request that changes something must come from a page of the host it is sent to, or of one that is allowed.
 * Mirrors source/extensions/filters/http/csrf/csrf_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { CsrfPolicy } from '../../config/schema/types.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { stringTest } from '../headers/header-matcher.ts';
import { filterRegexes, type RegexCompiler, type StringTest } from '../headers/regex.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';

interface Policy {
  readonly enabled: RuntimeShare;
  readonly shadow: RuntimeShare;
  readonly additionalOrigins: readonly StringTest[];
}

function compile(c: CsrfPolicy, regex: RegexCompiler): Policy {
  return {
    enabled: runtimeShare(c.filterEnabled, 0),
    shadow: runtimeShare(c.shadowEnabled, 0),
    additionalOrigins: (c.additionalOrigins ?? []).map((m) => stringTest(m, regex)),
  };
}

/** `http.<stat_prefix>.csrf.` */
interface CsrfStats {
  readonly missingSourceOrigin: Counter;
  readonly requestInvalid: Counter;
  readonly requestValid: Counter;
}

class CsrfFilter extends StreamFilter {
  private readonly policy: Policy;
  private readonly stats: CsrfStats;

  constructor(policy: Policy, stats: CsrfStats) {
    super();
    this.policy = policy;
    this.stats = stats;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stats, stream } = this;
    const policy = stream.routeConfig<Policy>(this) ?? this.policy;
    const enabled = policy.enabled.happens();
    if (!enabled && !policy.shadow.happens()) return CONTINUE;
    if (!changes(h.method)) return CONTINUE;
    const source = hostAndPort(h.get('origin') ?? '') || hostAndPort(h.get('referer') ?? '');
    if (source === '') stats.missingSourceOrigin.inc();
    else if (source === hostAndPort(h.authority) || policy.additionalOrigins.some((test) => test(source))) {
      stats.requestValid.inc();
      return CONTINUE;
    } else stats.requestInvalid.inc();
    if (!enabled) return CONTINUE;
    stream.sendLocalReply({ status: 403, body: 'Invalid origin', details: 'csrf_origin_mismatch' });
    return STOP;
  }
}

const changes = (method: string): boolean =>
  method === 'POST' || method === 'PUT' || method === 'DELETE' || method === 'PATCH';

/** Of an absolute URL; anything else as it is, but for the `null` of a page without an origin. */
function hostAndPort(value: string): string {
  if (value === 'null') return '';
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)/.exec(value);
  return match === null ? value : match[1];
}

export async function create(c: CsrfPolicy, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { scope } = ctx.httpStats;
  const policy = compile(c, await filterRegexes(c, ctx.envoy16));
  const stats: CsrfStats = {
    missingSourceOrigin: scope.counter('csrf.missing_source_origin'),
    requestInvalid: scope.counter('csrf.request_invalid'),
    requestValid: scope.counter('csrf.request_valid'),
  };
  return {
    terminal: false,
    create: () => new CsrfFilter(policy, stats),
    createRoute: (config, regex) => compile(config as CsrfPolicy, regex),
  };
}
