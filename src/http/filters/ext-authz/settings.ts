/** ExtAuthz, compiled: what holds for all requests. */
import { refuse } from '../../../config/refusal.ts';
import type { BufferSettings, ExtAuthz, Struct } from '../../../config/schema/types.ts';
import { statusNumber } from '../../../config/status-code.ts';
import { asciiLower, toWire } from '../../../platform/wire-text.ts';
import { type RuntimeShare, type RuntimeValue, runtimeFlag, runtimeShare } from '../../../runtime/runtime.ts';
import type { Counter, Scope } from '../../../stats/store.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import type { RegexCompiler, StringTest } from '../../headers/regex.ts';
import { type MetadataSource, metadataTest } from '../../route/value-matcher.ts';
import type { HeaderLimits } from '../header-limits.ts';
import { MutationRules } from '../mutation-rules.ts';
import type { HeaderChoice } from './check-request.ts';
import { nameTest } from './http-service.ts';

/** Of the request's body. */
export interface BodySettings {
  readonly maxRequestBytes: number;
  /** What there is of it goes to the service once it is that much. */
  readonly partial: boolean;
}

export interface Settings {
  /** Of the filter, in the connection manager's list. */
  readonly name: string;
  /** '' or ends with a dot. */
  readonly statPrefix: string;
  readonly stats: ExtAuthzStats;
  readonly body: BodySettings | null;
  readonly headers: HeaderChoice;
  /** 0 to 1. */
  readonly enabled: RuntimeShare;
  readonly enabledBy: ((info: MetadataSource) => boolean) | null;
  readonly denyAtDisable: RuntimeValue<boolean>;
  readonly statusOnError: number;
  readonly failureModeAllow: boolean;
  readonly failureModeAllowHeader: boolean;
  readonly clearRouteCache: boolean;
  /** Null: any. */
  readonly clearRouteHeaders: readonly string[] | null;
  readonly validate: boolean;
  readonly rules: MutationRules | null;
  readonly ingestsMetadata: boolean;
  readonly chargeCluster: boolean;
  /** 0: all of it. */
  readonly maxDeniedBodyBytes: number;
  readonly requestLimits: HeaderLimits;
  /** Of answers: more fields than allowed are a fault of the service. */
  readonly limitsResponse: boolean;
  readonly shadow: boolean;
  readonly emitsStats: boolean;
  /** Calls over HTTP have spans. */
  readonly emitsSpan: boolean;
  readonly logs: boolean;
  readonly filterMetadata: Struct;
}

const FORBIDDEN = 403;
/** To an HTTP service without being said. */
const ALWAYS_SENT = ['authorization', ':method', ':path', ':authority'];

export function bodySettings(m: BufferSettings | undefined): BodySettings | null {
  if (m === undefined) return null;
  return { maxRequestBytes: m.maxRequestBytes ?? 0, partial: m.allowPartialMessage ?? false };
}

export function compileSettings(config: ExtAuthz, ctx: HttpFactoryContext, regex: RegexCompiler): Settings {
  const {
    filterEnabled,
    filterEnabledMetadata,
    decoderHeaderMutationRules: rules,
    clearRouteCacheHeaders = [],
  } = config;
  const statPrefix = config.statPrefix ? `${toWire(config.statPrefix)}.` : '';
  const status = statusNumber(config.statusOnError?.code);
  return {
    name: ctx.filterName ?? 'envoy.filters.http.ext_authz',
    statPrefix,
    stats: new ExtAuthzStats(ctx.httpStats.scope.scope(`ext_authz.${statPrefix}`)),
    body: bodySettings(config.withRequestBody),
    headers: headerChoice(config, regex),
    enabled: runtimeShare(filterEnabled, 1),
    enabledBy: filterEnabledMetadata === undefined ? null : metadataTest(filterEnabledMetadata, regex),
    denyAtDisable: runtimeFlag(config.denyAtDisable, false),
    statusOnError: status >= 100 && status <= 511 ? status : FORBIDDEN,
    failureModeAllow: config.failureModeAllow ?? false,
    failureModeAllowHeader: config.failureModeAllowHeaderAdd ?? false,
    clearRouteCache: config.clearRouteCache ?? false,
    clearRouteHeaders:
      clearRouteCacheHeaders.length === 0 ? null : clearRouteCacheHeaders.map((name) => asciiLower(toWire(name))),
    validate: config.validateMutations ?? false,
    rules: rules === undefined ? null : new MutationRules(rules, regex),
    ingestsMetadata: config.enableDynamicMetadataIngestion ?? true,
    chargeCluster: config.chargeClusterResponseStats ?? true,
    maxDeniedBodyBytes: config.maxDeniedResponseBodyBytes ?? 0,
    requestLimits: ctx.requestLimits,
    limitsResponse: config.enforceResponseHeaderLimits ?? false,
    shadow: config.shadowMode ?? false,
    emitsStats: config.emitFilterStateStats ?? false,
    emitsSpan: config.emitClientSpan ?? true,
    logs: config.emitFilterStateStats === true || config.filterMetadata !== undefined,
    filterMetadata: config.filterMetadata ?? {},
  };
}

function headerChoice(config: ExtAuthz, regex: RegexCompiler): HeaderChoice {
  const { allowedHeaders, disallowedHeaders, httpService } = config;
  const older = httpService?.authorizationRequest?.allowedHeaders;
  if (allowedHeaders !== undefined && older !== undefined) {
    refuse(config, 'allowed_headers', 'Invalid duplicate configuration for allowed_headers.');
  }
  const named = nameTest(allowedHeaders ?? older, regex);
  let allowed: StringTest | null = allowedHeaders === undefined ? null : named;
  if (httpService !== undefined) allowed = (name) => ALWAYS_SENT.includes(name) || named(name);
  return {
    allowed,
    disallowed: disallowedHeaders === undefined ? null : nameTest(disallowedHeaders, regex),
    raw: config.encodeRawHeaders ?? false,
  };
}

/** `http.<stat_prefix>.ext_authz.` */
export class ExtAuthzStats {
  readonly ok: Counter;
  readonly denied: Counter;
  readonly error: Counter;
  readonly disabled: Counter;
  readonly failureModeAllowed: Counter;
  readonly invalid: Counter;
  readonly ignoredDynamicMetadata: Counter;
  readonly filterStateNameCollision: Counter;
  readonly responseHeaderLimitsReached: Counter;
  readonly requestHeaderLimitsReached: Counter;
  readonly shadowDenied: Counter;
  readonly shadowError: Counter;

  constructor(scope: Scope) {
    this.ok = scope.counter('ok');
    this.denied = scope.counter('denied');
    this.error = scope.counter('error');
    this.disabled = scope.counter('disabled');
    this.failureModeAllowed = scope.counter('failure_mode_allowed');
    this.invalid = scope.counter('invalid');
    this.ignoredDynamicMetadata = scope.counter('ignored_dynamic_metadata');
    this.filterStateNameCollision = scope.counter('filter_state_name_collision');
    this.requestHeaderLimitsReached = scope.counter('request_header_limits_reached');
    this.shadowDenied = scope.counter('shadow_denied');
    this.shadowError = scope.counter('shadow_error');
    this.responseHeaderLimitsReached = scope.counter('response_header_limits_reached');
    // Envoy shows it, and lets the limits be reached instead.
    scope.counter('omitted_response_headers');
  }
}
