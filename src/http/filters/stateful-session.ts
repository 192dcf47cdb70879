/**
 * envoy.filters.http.stateful_session: a client stays with the host that it was told of, whatever the balancer says. Mirrors
 * source/extensions/filters/http/stateful_session/stateful_session.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { StatefulSession, StatefulSessionPerRoute } from '../../config/schema/types.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, StreamFilter } from '../stream/filter.ts';
import { NO_HEALTHY_UPSTREAM_FLAG } from '../stream/response-flags.ts';
import { type SessionState, sessionState } from './session-state.ts';

/** `http.<p>.stateful_session.<stat_prefix>.`, where it has one. */
interface SessionStats {
  readonly routed: Counter;
  readonly failedOpen: Counter;
  readonly failedClosed: Counter;
  readonly noSession: Counter;
}

interface Settings {
  readonly state: SessionState | null;
  readonly strict: boolean;
  /** Where the host is not to be had and no other will do. */
  readonly missingStatus: number;
  /** A route's has none. */
  readonly stats: SessionStats | null;
}

/** `disabled` of a route. */
const OFF = 'off';

class StatefulSessionFilter extends StreamFilter {
  private readonly usual: Settings;
  private settings: Settings | null = null;
  private state: SessionState | null = null;
  private host = '';

  constructor(usual: Settings) {
    super();
    this.usual = usual;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream } = this;
    const said = stream.routeConfig<Settings | typeof OFF>(this);
    if (said === OFF) return CONTINUE;
    const settings = said ?? this.usual;
    this.settings = settings;
    if (settings.state === null || !settings.state.holdsFor(h)) return CONTINUE;
    this.state = settings.state;
    const host = settings.state.take(h);
    if (host === '') return CONTINUE;
    this.host = host;
    const { strict, missingStatus } = settings;
    stream.info.overrideHost = { address: host, strict, missingStatus };
    return CONTINUE;
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const { settings, state } = this;
    if (settings === null) return CONTINUE;
    const { stats } = settings;
    const { info } = this.stream;
    const host = info.upstreamHost;
    if (host === null) {
      if (state !== null && settings.strict && (info.flags & NO_HEALTHY_UPSTREAM_FLAG) !== 0) stats?.failedClosed.inc();
    } else if (state === null) stats?.noSession.inc();
    else if (!state.put(h, host.address.text, this.host)) stats?.routed.inc();
    else if (!settings.strict) stats?.failedOpen.inc();
    return CONTINUE;
  }
}

/** Envoy takes any status here; what is none would be no answer. */
function compile(c: StatefulSession, stats: SessionStats | null): Settings {
  const { sessionState: state, strict = false, statusOnStrictDestinationNotFound: status = 0 } = c;
  return {
    state: state === undefined ? null : sessionState(state),
    strict,
    missingStatus: strict && status !== 0 ? status : 503,
    stats,
  };
}

function makeStats(prefix: string, parent: Scope): SessionStats | null {
  if (prefix === '') return null;
  const scope = parent.scope(`stateful_session.${prefix}.`);
  return {
    routed: scope.counter('routed'),
    failedOpen: scope.counter('failed_open'),
    failedClosed: scope.counter('failed_closed'),
    noSession: scope.counter('no_session'),
  };
}

export function create(c: StatefulSession, ctx: HttpFactoryContext): HttpFilterFactory {
  const settings = compile(c, makeStats(c.statPrefix ?? '', ctx.httpStats.scope));
  return {
    terminal: false,
    create: () => new StatefulSessionFilter(settings),
    createRoute: (config) => {
      const { disabled, statefulSession = {} } = config as StatefulSessionPerRoute;
      return disabled === true ? OFF : compile(statefulSession, null);
    },
  };
}
