/** ExternalProcessor, compiled: what holds for all requests; and what routes say instead. Mirrors FilterConfig and FilterConfigPerRoute of ext_proc. */
import { refuse } from '../../../config/refusal.ts';
import type {
  ExternalProcessor,
  ExtProcPerRoute,
  GrpcService,
  HeaderValue,
  MetadataOptions,
  ProcessingMode,
} from '../../../config/schema/types.ts';
import { statusNumber } from '../../../config/status-code.ts';
import { buildGrpcService, type GrpcServiceClient } from '../../../grpc/service.ts';
import { toWire } from '../../../platform/wire-text.ts';
import type { Counter, Scope } from '../../../stats/store.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import type { FormatCompiler } from '../../headers/header-mutations.ts';
import type { RegexCompiler, StringTest } from '../../headers/regex.ts';
import { type Attribute, compileAttributes } from '../attributes.ts';
import { nameTest } from '../ext-authz/http-service.ts';
import type { HeaderLimits } from '../header-limits.ts';
import { MutationRules } from '../mutation-rules.ts';

/** ExternalProcessor.message_timeout, ms (api). */
const DEFAULT_MESSAGE_TIMEOUT_MS = 200;
/** ExternalProcessor.deferred_close_timeout, ms (api). */
const DEFAULT_DEFERRED_CLOSE_MS = 5000;
const INTERNAL_ERROR = 500;

export type BodyMode = 'NONE' | 'STREAMED' | 'BUFFERED' | 'BUFFERED_PARTIAL' | 'FULL_DUPLEX_STREAMED';

/** What of one direction is sent. */
export interface SendMode {
  readonly headers: boolean;
  readonly body: BodyMode;
  readonly trailers: boolean;
}

export interface Settings {
  /** Of the filter, in the connection manager's list. */
  readonly name: string;
  readonly stats: ExtProcStats;
  readonly service: GrpcServiceClient;
  readonly failureModeAllow: boolean;
  readonly emitsSpan: boolean;
  readonly mode: ProcessingMode;
  readonly messageTimeoutMs: number;
  readonly maxMessageTimeoutMs: number;
  readonly deferredCloseMs: number;
  readonly rules: MutationRules;
  readonly limits: HeaderLimits;
  /** Whether the processor is told of a header. */
  readonly forwards: StringTest;
  readonly modeOverride: boolean;
  /** Empty: any. */
  readonly overrideModes: readonly ProcessingMode[];
  readonly immediateResponse: boolean;
  readonly observes: boolean;
  readonly routeCache: 'DEFAULT' | 'CLEAR' | 'RETAIN';
  readonly sendBodyAtOnce: boolean;
  readonly keepsContentLength: boolean;
  readonly statusOnError: number;
  readonly requestAttributes: readonly Attribute[];
  readonly responseAttributes: readonly Attribute[];
  readonly metadata: MetadataSettings;
}

export interface MetadataSettings {
  readonly forwarded: readonly string[];
  readonly received: readonly string[];
  readonly ofCluster: readonly string[];
}

/** What a route says; null: as the filter has it. */
export interface RouteSettings {
  readonly disabled: boolean;
  readonly mode: ProcessingMode | null;
  readonly service: GrpcServiceClient | null;
  readonly failureModeAllow: boolean | null;
  readonly emitsSpan: boolean | null;
  readonly forwarded: readonly string[] | null;
  readonly received: readonly string[] | null;
  readonly ofCluster: readonly string[] | null;
}

export function requestMode(m: ProcessingMode): SendMode {
  return {
    headers: m.requestHeaderMode !== 'SKIP',
    body: (m.requestBodyMode ?? 'NONE') as BodyMode,
    trailers: m.requestTrailerMode === 'SEND',
  };
}
export function responseMode(m: ProcessingMode): SendMode {
  return {
    headers: m.responseHeaderMode !== 'SKIP',
    body: (m.responseBodyMode ?? 'NONE') as BodyMode,
    trailers: m.responseTrailerMode === 'SEND',
  };
}

export function compileSettings(
  config: ExternalProcessor,
  ctx: HttpFactoryContext,
  regex: RegexCompiler,
  formats: FormatCompiler,
): Settings {
  const { grpcService, processingMode: mode = {}, forwardRules: rules = {}, metadataOptions = {} } = config;
  verify(config, mode);
  const prefix = config.statPrefix ? `${toWire(config.statPrefix)}.` : '';
  const status = statusNumber(config.statusOnError?.code);
  const allowed = (rules.allowedHeaders?.patterns ?? []).length === 0 ? null : nameTest(rules.allowedHeaders, regex);
  const disallowed = nameTest(rules.disallowedHeaders, regex);
  const messageTimeoutMs = config.messageTimeout ?? DEFAULT_MESSAGE_TIMEOUT_MS;
  return {
    name: ctx.filterName ?? 'envoy.filters.http.ext_proc',
    stats: new ExtProcStats(ctx.httpStats.scope.scope(`ext_proc.${prefix}`)),
    service: buildGrpcService(grpcService as GrpcService, ctx, formats),
    emitsSpan: config.emitClientSpan ?? true,
    failureModeAllow: config.failureModeAllow ?? false,
    mode,
    messageTimeoutMs,
    maxMessageTimeoutMs: config.maxMessageTimeout ?? 0,
    deferredCloseMs: config.deferredCloseTimeout ?? DEFAULT_DEFERRED_CLOSE_MS,
    rules: new MutationRules(config.mutationRules ?? {}, regex),
    limits: ctx.requestLimits,
    forwards: (name) => !disallowed(name) && (allowed === null || allowed(name)),
    modeOverride: config.allowModeOverride ?? false,
    overrideModes: config.allowedOverrideModes ?? [],
    immediateResponse: config.disableImmediateResponse !== true,
    observes: config.observabilityMode ?? false,
    routeCache: config.disableClearRouteCache === true ? 'RETAIN' : (config.routeCacheAction ?? 'DEFAULT'),
    sendBodyAtOnce: config.sendBodyWithoutWaitingForHeaderResponse ?? false,
    keepsContentLength: config.allowContentLengthHeader ?? false,
    statusOnError: status >= 400 && status <= 511 ? status : INTERNAL_ERROR,
    requestAttributes: compileAttributes(config, 'request_attributes', config.requestAttributes ?? [], ctx.format),
    responseAttributes: compileAttributes(config, 'response_attributes', config.responseAttributes ?? [], ctx.format),
    metadata: {
      forwarded: metadataOptions.forwardingNamespaces?.untyped ?? [],
      received: metadataOptions.receivingNamespaces?.untyped ?? [],
      ofCluster: metadataOptions.clusterMetadataForwardingNamespaces?.untyped ?? [],
    },
  };
}

function verify(config: ExternalProcessor, mode: ProcessingMode): void {
  if (config.grpcService === undefined) {
    refuse(config, '', 'One and only one of grpc_service or http_service must be configured');
  }
  if (config.disableClearRouteCache === true && (config.routeCacheAction ?? 'DEFAULT') !== 'DEFAULT') {
    refuse(
      config,
      'route_cache_action',
      'disable_clear_route_cache and route_cache_action can not be set to none-default at the same time.',
    );
  }
  verifyMode(mode, 'request', mode.requestBodyMode, mode.requestTrailerMode);
  verifyMode(mode, 'response', mode.responseBodyMode, mode.responseTrailerMode);
}

function verifyMode(mode: ProcessingMode, direction: string, body?: string, trailers?: string): void {
  if (body !== 'FULL_DUPLEX_STREAMED' || trailers === 'SEND') return;
  refuse(
    mode,
    `${direction}_trailer_mode`,
    `If the ext_proc filter has the ${direction}_body_mode set to FULL_DUPLEX_STREAMED, then the ${direction}_trailer_mode has to be set to SEND`,
  );
}

/** What one level says, before what the others say is known. */
export interface RouteLevel {
  readonly config: ExtProcPerRoute;
}

/** `levels`: the most specific first. Each field counts where the most specific level says it. */
export function mergeRoutes(
  levels: readonly RouteLevel[],
  own: GrpcService,
  ctx: HttpFactoryContext,
  formats: FormatCompiler,
): RouteSettings {
  const { disabled = false } = levels[0].config;
  const overrides = levels.map(({ config }) => config.overrides ?? {});
  // A level that switches off says nothing of modes, nor do those above it.
  const off = levels.findIndex(({ config }) => config.disabled === true);
  const modes = off < 0 ? overrides : overrides.slice(0, off);
  const service = overrides.find((o) => o.grpcService !== undefined)?.grpcService;
  const metadata = overrides.toReversed().flatMap((o) => o.grpcInitialMetadata ?? []);
  const options = overrides.flatMap((o) => o.metadataOptions ?? []);
  return {
    disabled,
    mode: modes.find((o) => o.processingMode !== undefined)?.processingMode ?? null,
    service:
      service === undefined && metadata.length === 0
        ? null
        : buildGrpcService(withMetadata(service ?? own, metadata), ctx, formats),
    emitsSpan: overrides.find((o) => o.emitClientSpan !== undefined)?.emitClientSpan ?? null,
    failureModeAllow: overrides.find((o) => o.failureModeAllow !== undefined)?.failureModeAllow ?? null,
    forwarded: namespaces(options, 'forwardingNamespaces'),
    received: namespaces(options, 'receivingNamespaces'),
    ofCluster: namespaces(options, 'clusterMetadataForwardingNamespaces'),
  };
}

function namespaces(options: readonly MetadataOptions[], field: keyof MetadataOptions): readonly string[] | null {
  const said = options.find((o) => o[field] !== undefined)?.[field];
  return said === undefined ? null : (said.untyped ?? []);
}

/** One of a name that is there takes its place. */
function withMetadata(service: GrpcService, metadata: readonly HeaderValue[]): GrpcService {
  if (metadata.length === 0) return service;
  const all = [...(service.initialMetadata ?? [])];
  for (const one of metadata) {
    if (all.some(({ key }) => key === one.key))
      all.forEach((there, i) => void (there.key === one.key && (all[i] = one)));
    else all.push(one);
  }
  return { ...service, initialMetadata: all };
}

/** `http.<stat_prefix>.ext_proc.` */
export class ExtProcStats {
  readonly streamsStarted: Counter;
  readonly streamMsgsSent: Counter;
  readonly streamMsgsReceived: Counter;
  readonly spuriousMsgsReceived: Counter;
  readonly streamsClosed: Counter;
  readonly streamsFailed: Counter;
  readonly failureModeAllowed: Counter;
  readonly messageTimeouts: Counter;
  readonly rejectedHeaderMutations: Counter;
  readonly overrideMessageTimeoutReceived: Counter;
  readonly overrideMessageTimeoutIgnored: Counter;
  readonly clearRouteCacheIgnored: Counter;
  readonly clearRouteCacheDisabled: Counter;
  readonly immediateResponsesSent: Counter;
  readonly serverHalfClosed: Counter;

  constructor(scope: Scope) {
    this.streamsStarted = scope.counter('streams_started');
    this.streamMsgsSent = scope.counter('stream_msgs_sent');
    this.streamMsgsReceived = scope.counter('stream_msgs_received');
    this.spuriousMsgsReceived = scope.counter('spurious_msgs_received');
    this.streamsClosed = scope.counter('streams_closed');
    this.streamsFailed = scope.counter('streams_failed');
    this.failureModeAllowed = scope.counter('failure_mode_allowed');
    this.messageTimeouts = scope.counter('message_timeouts');
    this.rejectedHeaderMutations = scope.counter('rejected_header_mutations');
    this.overrideMessageTimeoutReceived = scope.counter('override_message_timeout_received');
    this.overrideMessageTimeoutIgnored = scope.counter('override_message_timeout_ignored');
    this.clearRouteCacheIgnored = scope.counter('clear_route_cache_ignored');
    this.clearRouteCacheDisabled = scope.counter('clear_route_cache_disabled');
    this.immediateResponsesSent = scope.counter('immediate_responses_sent');
    this.serverHalfClosed = scope.counter('server_half_closed');
    // Of filters in an upstream chain, and of an HTTP service: shown as Envoy shows them.
    scope.counter('clear_route_cache_upstream_ignored');
    scope.counter('http_not_ok_resp_received');
  }
}
