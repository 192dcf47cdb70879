/**
 * envoy.filters.http.jwt_authn: lets requests through whose JSON web tokens are what the rules ask for. Mirrors
 * source/extensions/filters/http/jwt_authn/filter.cc and filter_config.cc.
 */
import type { Headers } from '../../../codec/headers.ts';
import { each, refuse } from '../../../config/refusal.ts';
import type { JwtAuthentication, JwtAuthnPerRouteConfig, RequirementRule } from '../../../config/schema/types.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import { loadRegexes, type RegexCompiler } from '../../headers/regex.ts';
import { pathEnd, RouteMatch } from '../../route/route-match.ts';
import { asyncClient } from '../../router/async-client.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_WATERMARK,
  StreamFilter,
  type TrailersStatus,
} from '../../stream/filter.ts';
import type { Providers, RequestCheck } from './authenticator.ts';
import { Provider } from './provider.ts';
import { compileRequirement, type Requirement, reservedHeaders } from './requirement.ts';
import { type JwtStats, jwtStats } from './stats.ts';
import { AUDIENCE, type JwtStatus, MISSED, OK } from './status.ts';

const NAME = 'envoy.filters.http.jwt_authn';
/** Characters of the request's URI in www-authenticate. */
const MAX_URI = 256;

interface Rule {
  readonly match: RouteMatch;
  /** Null: the request goes on. */
  readonly requirement: Requirement | null;
}

interface Settings {
  readonly rules: readonly Rule[];
  /** Of filter_state_rules; '' for none. */
  readonly stateName: string;
  readonly byState: ReadonlyMap<string, Requirement>;
  readonly byName: ReadonlyMap<string, Requirement>;
  readonly bypassPreflight: boolean;
  readonly stripFailure: boolean;
  readonly reserved: readonly string[];
  readonly stats: JwtStats;
  readonly filterName: string;
}

/** What a route says. */
interface RouteSays {
  readonly disabled: boolean;
  readonly name: string;
}

const CALLING = 1;
const DONE = 2;
const ANSWERED = 3;

class JwtFilter extends StreamFilter implements RequestCheck {
  private readonly settings: Settings;
  private state: number;
  /** decodeHeaders has returned, and the request waits. */
  private stopped: boolean;
  headers!: Headers;
  readonly extracted: Record<string, unknown>;
  readonly cancels: Set<() => void>;
  private uri: string;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
    this.state = 0;
    this.stopped = false;
    this.extracted = {};
    this.cancels = new Set();
    this.uri = '';
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { settings } = this;
    if (settings.bypassPreflight && isPreflight(h)) {
      settings.stats.corsPreflightBypassed.inc();
      this.complete(OK);
      return CONTINUE;
    }
    const requirement = this.requirement(h);
    if (typeof requirement === 'string') {
      settings.stats.denied.inc();
      this.state = ANSWERED;
      this.stream.sendLocalReply({
        status: 403,
        body: settings.stripFailure ? '' : `Failed JWT authentication: ${requirement}`,
        details: details(requirement),
      });
      return STOP;
    }
    for (const name of settings.reserved) h.remove(name);
    if (requirement === null) {
      this.complete(OK);
      return CONTINUE;
    }
    this.headers = h;
    this.state = CALLING;
    // Without a path (CONNECT) Envoy tells no address.
    this.uri = h.path === '' ? '' : `${h.scheme === '' ? 'http' : h.scheme}://${h.authority}${h.path}`;
    requirement.verify(this, (status) => this.complete(status));
    if (this.state === DONE) return CONTINUE;
    this.stopped = true;
    return STOP;
  }

  get span(): RequestCheck['span'] {
    return this.stream.info.span;
  }

  override decodeData(): DataStatus {
    return this.state === CALLING ? STOP_WATERMARK : CONTINUE;
  }
  override decodeTrailers(): TrailersStatus {
    return this.state === CALLING ? STOP : CONTINUE;
  }
  override onDestroy(): void {
    this.cancel();
  }

  /** Null: none; a text: what is wrong with what the route says. */
  private requirement(h: Headers): Requirement | string | null {
    const { settings, stream } = this;
    const said = stream.routeConfig<RouteSays>(this);
    if (said !== null) {
      if (said.disabled) return null;
      return (
        settings.byName.get(said.name) ??
        `Wrong requirement_name: ${said.name}. It should be one of [${[...settings.byName.keys()].sort().join(',')}]`
      );
    }
    const end = pathEnd(h.path);
    for (const { match, requirement } of settings.rules) {
      if (match.matches(h.path, end, h, stream.info)) return requirement;
    }
    if (settings.stateName === '') return null;
    const state = stream.info.filterState(settings.stateName);
    return typeof state === 'string' ? (settings.byState.get(state) ?? null) : null;
  }

  clearRoute(): void {
    this.stream.clearRoute();
  }

  private complete(status: JwtStatus): void {
    if (this.state === ANSWERED) return;
    const { settings, stream } = this;
    if (Object.keys(this.extracted).length > 0) stream.info.addMetadata(settings.filterName, this.extracted);
    if (status === OK) {
      settings.stats.allowed.inc();
      this.state = DONE;
      this.cancel();
      if (this.stopped) stream.continueDecoding(this);
      return;
    }
    settings.stats.denied.inc();
    this.state = ANSWERED;
    this.cancel();
    stream.sendLocalReply({
      status: status === AUDIENCE ? 403 : 401,
      body: settings.stripFailure ? '' : status.text,
      details: details(status.text),
      headers: settings.stripFailure ? [] : ['www-authenticate', this.challenge(status)],
    });
  }

  private challenge(status: JwtStatus): string {
    const realm = `Bearer realm="${this.uri.slice(0, MAX_URI)}"`;
    return status === MISSED ? realm : `${realm}, error="invalid_token"`;
  }

  private cancel(): void {
    const { cancels } = this;
    for (const cancel of cancels) cancel();
    cancels.clear();
  }
}

const isPreflight = (h: Headers): boolean =>
  h.method === 'OPTIONS' && (h.get('origin') ?? '') !== '' && (h.get('access-control-request-method') ?? '') !== '';

const details = (text: string): string => `jwt_authn_access_denied{${text.replace(/ /g, '_')}}`;

export async function create(config: JwtAuthentication, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const regexes = await loadRegexes(ctx.envoy16);
  const { statPrefix = '' } = config;
  const scope = ctx.httpStats.scope.scope('jwt_authn.');
  const stats = jwtStats(statPrefix === '' ? scope : scope.scope(`${statPrefix}.`));
  const client = asyncClient(ctx);
  const byName = new Map<string, Provider>();
  for (const [name, provider] of config.providers ?? []) {
    byName.set(
      name,
      new Provider(name, provider, {
        clusters: ctx.clusters,
        client,
        stats,
        regex: regexes.test,
        envoy16: ctx.envoy16,
      }),
    );
  }
  const providers: Providers = { byName, stats, byIssuer: (issuer) => byIssuer(byName, issuer) };
  const named = new Map<string, Requirement>();
  for (const [name, requirement] of config.requirementMap ?? []) {
    named.set(name, compileRequirement(requirement, providers));
  }
  const rules = each(config.rules, (rule) => compileRule(rule, providers, named, regexes.test));
  const byState = new Map<string, Requirement>();
  for (const [value, requirement] of config.filterStateRules?.requires ?? []) {
    byState.set(value, compileRequirement(requirement, providers));
  }
  const settings: Settings = {
    rules,
    stateName: byState.size === 0 ? '' : (config.filterStateRules?.name ?? ''),
    byState,
    byName: named,
    bypassPreflight: config.bypassCorsPreflight ?? false,
    stripFailure: config.stripFailureResponse ?? false,
    reserved: reservedHeaders([...byName.values()].map((provider) => provider.config)),
    stats,
    filterName: NAME,
  };
  return {
    terminal: false,
    create: () => new JwtFilter(settings),
    createRoute: (message) => {
      const { disabled = false, requirementName = '' } = message as JwtAuthnPerRouteConfig;
      return { disabled, name: requirementName } satisfies RouteSays;
    },
  };
}

/** The first of this issuer, else the first of none. */
function byIssuer(providers: ReadonlyMap<string, Provider>, issuer: string): Provider | null {
  let any: Provider | null = null;
  for (const provider of providers.values()) {
    const own = provider.config.issuer ?? '';
    if (own === issuer && own !== '') return provider;
    if (own === '') any ??= provider;
  }
  return any;
}

function compileRule(
  rule: RequirementRule,
  providers: Providers,
  named: ReadonlyMap<string, Requirement>,
  regex: RegexCompiler,
): Rule {
  const match = new RouteMatch(rule.match ?? {}, regex);
  const { requires, requirementName } = rule;
  if (requires !== undefined) return { match, requirement: compileRequirement(requires, providers) };
  if (requirementName === undefined) return { match, requirement: null };
  const requirement = named.get(requirementName);
  if (requirement === undefined) {
    refuse(
      rule,
      'requirement_name',
      `Wrong requirement_name: ${requirementName}. It should be one of [${[...named.keys()].sort().join(',')}]`,
    );
  }
  return { match, requirement };
}
