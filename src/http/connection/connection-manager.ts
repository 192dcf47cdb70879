/**
 * envoy.filters.network.http_connection_manager: builds the settings, the filter factories and one HttpConnection per
 * downstream connection. Mirrors extensions/filters/network/http_connection_manager/config.cc.
 */

import { makeAccessLogs } from '../../access-log/access-log.ts';
import type { AccessLogger } from '../../access-log/access-logger.ts';
import { Gather, refuse, withinAsync } from '../../config/refusal.ts';
import type { HttpConnectionManager, RequestIDExtension, UuidRequestIdConfig } from '../../config/schema/types.ts';
import type { FactoryContext, NetworkFilterFactory } from '../../extension/context.ts';
import { formatBuild } from '../../format/format-build.ts';
import type { FormatBuild } from '../../format/format-context.ts';
import { isWritableValue, toWire } from '../../platform/wire-text.ts';
import type { TracingSettings } from '../../tracing/tracing-settings.ts';
import type { Connection } from '../../transport/connection.ts';
import { type OverloadState, overload } from '../../transport/overload.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { clientAddress } from '../headers/client-address.ts';
import { clientCertSettings } from '../headers/client-cert.ts';
import { localIp } from '../headers/forwarding.ts';
import { internalAddresses } from '../headers/internal-addresses.ts';
import { ipDetections } from '../headers/ip-detection.ts';
import { TargetRules } from '../headers/request-target.ts';
import { compileRoutes, type RouteTable } from '../route/route-table.ts';
import { HttpStats, makeTracingStats } from '../stats.ts';
import type { HttpOverload } from '../stream/http-overload.ts';
import { buildFilterChains, type FilterChains, NO_FILTERS } from './filter-chains.ts';
import { HttpConnection } from './http-connection.ts';
import { ServerCodecs } from './server-codecs.ts';
import {
  type ConnectionManagerSettings,
  DEFAULT_DELAYED_CLOSE_TIMEOUT_MS,
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_MAX_HEADERS_COUNT,
  DEFAULT_MAX_REQUEST_HEADERS_KB,
  DEFAULT_STREAM_IDLE_TIMEOUT_MS,
} from './settings.ts';

export async function create(message: HttpConnectionManager, ctx: FactoryContext): Promise<NetworkFilterFactory> {
  const stats = new HttpStats(ctx.store, message.statPrefix ?? '', ctx.listenerScopePrefix);
  makeTracingStats(stats.scope);
  const { tracing } = message;
  const traced = tracing === undefined ? null : await import('./traced-manager.ts');
  const address = clientAddress(clientSettings(message));
  const format = formatBuild(ctx, address);
  const httpCtx: HttpFactoryContext = {
    ...ctx,
    httpStats: stats,
    ...(traced === null ? {} : { makeRouter: traced.makeRouter }),
    clientAddress: address,
    format,
    requestLimits: {
      count: message.commonHttpProtocolOptions?.maxHeadersCount ?? DEFAULT_MAX_HEADERS_COUNT,
      bytes: (message.maxRequestHeadersKb ?? DEFAULT_MAX_REQUEST_HEADERS_KB) * 1024,
    },
  };
  const chains = await buildFilterChains(message, httpCtx).catch(async (error: unknown) => {
    // What is wrong with routes and logs is not hidden by what is wrong with filters.
    const found = new Gather();
    found.run(() => {
      throw error;
    });
    await found.runAsync(async () => {
      const { routeUpdates: _, ...apart } = ctx;
      await compile(message, apart, stats, NO_FILTERS);
    });
    found.done();
    return NO_FILTERS;
  });
  const cfg = await compile(message, ctx, stats, chains, format);
  return traced === null || cfg.tracing === null
    ? new ConnectionManager(cfg, ctx)
    : new traced.TracedManager(cfg, ctx, cfg.tracing);
}

const clientSettings = (message: HttpConnectionManager) => ({
  useRemoteAddress: message.useRemoteAddress ?? false,
  xffNumTrustedHops: message.xffNumTrustedHops ?? 0,
  skipXffAppend: message.skipXffAppend ?? false,
  detects: (message.originalIpDetectionExtensions ?? []).length > 0,
});

/** Also used by the admin listener, which brings its own filter. */
export async function compile(
  message: HttpConnectionManager,
  ctx: FactoryContext,
  stats: HttpStats,
  chains: FilterChains,
  format: FormatBuild = formatBuild(ctx, clientAddress(clientSettings(message))),
): Promise<ConnectionManagerSettings> {
  const common = message.commonHttpProtocolOptions ?? {};
  const client = clientSettings(message);
  const { routeConfig = {} } = message;
  const forRoutes = { stats: ctx.store, format, clusters: ctx.clusters, filters: chains.named, envoy16: ctx.envoy16 };
  const found = new Gather();
  const routes: { current: RouteTable | null } = { current: null };
  await found.runAsync(async () => {
    routes.current = await compileRoutes(routeConfig, forRoutes);
  });
  if (routeConfig.name) {
    ctx.routeUpdates?.onRoutes(routeConfig.name, async (config) => {
      const table = await compileRoutes(config, forRoutes);
      return () => {
        routes.current = table;
      };
    });
  }
  const codec = message.codecType;
  if (message.stripAnyHostPort && message.stripMatchingHostPort) {
    const text = 'Error: Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.';
    refuse(message, 'strip_any_host_port', text);
  }
  const ownIp = localIp[ctx.localInfo.ipVersion ?? 'v4'];
  const target = new TargetRules(message);
  const replies = message.localReplyConfig;
  const replyRules =
    replies === undefined
      ? null
      : await (await import('../stream/reply-rules.ts')).compileReplyRules(replies, format, ctx.envoy16);
  let tracing: TracingSettings | null = null;
  await found.runAsync(async () => {
    if (message.tracing === undefined) return;
    const { compileTracing } = await import('./tracing.ts');
    tracing = await withinAsync(message.tracing, () => compileTracing(message, ctx, stats.scope, format));
  });
  let accessLogs: readonly AccessLogger[] = [];
  await found.runAsync(async () => {
    accessLogs = await makeAccessLogs(message.accessLog, ctx, format);
  });
  found.done();
  return {
    codecType: codec === 'HTTP1' || codec === 'HTTP2' ? codec : 'AUTO',
    stats,
    routes,
    chain: chains.chain,
    upgrades: chains.upgrades,
    accessLogs,
    needs: format.needs,
    tracing,
    logsNewRequests:
      message.accessLogOptions?.flushAccessLogOnNewRequest ?? message.flushAccessLogOnNewRequest ?? false,
    logsTunnels: message.accessLogOptions?.flushLogOnTunnelSuccessfullyEstablished ?? false,
    logIntervalMs: message.accessLogOptions?.accessLogFlushInterval ?? message.accessLogFlushInterval ?? 0,
    idleTimeoutMs: common.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS,
    maxConnectionDurationMs: common.maxConnectionDuration ?? 0,
    maxConnectionDurationJitter: (common.maxConnectionDurationJitter?.value ?? 0) / 100,
    http1SafeMaxConnectionDuration: message.http1SafeMaxConnectionDuration ?? false,
    maxStreamDurationMs: common.maxStreamDuration ?? 0,
    maxRequestsPerConnection: common.maxRequestsPerConnection ?? 0,
    streamIdleTimeoutMs: message.streamIdleTimeout ?? DEFAULT_STREAM_IDLE_TIMEOUT_MS,
    requestTimeoutMs: message.requestTimeout ?? 0,
    requestHeadersTimeoutMs: message.requestHeadersTimeout ?? 0,
    drainTimeoutMs: message.drainTimeout ?? DEFAULT_DRAIN_TIMEOUT_MS,
    streamFlushTimeoutMs: message.streamFlushTimeout ?? message.streamIdleTimeout ?? DEFAULT_STREAM_IDLE_TIMEOUT_MS,
    drainTimeoutJitter: (message.drainTimeoutJitter?.value ?? 0) / 100,
    delayedCloseTimeoutMs: message.delayedCloseTimeout ?? DEFAULT_DELAYED_CLOSE_TIMEOUT_MS,
    serverName: headerValue(message.serverName || 'envoy', 'server_name'),
    serverHeader: serverHeader(message.serverHeaderTransformation),
    target: target.idle ? null : target,
    clientCert: clientCertSettings(message),
    appendForwardedPort: message.appendXForwardedPort ?? false,
    replyRules,
    schemeOfUpstream: message.schemeHeaderTransformation?.matchUpstream ?? false,
    schemeToOverwrite: message.schemeHeaderTransformation?.schemeToOverwrite ?? '',
    ...client,
    localIp: ownIp,
    detections: ipDetections(message, ownIp),
    early:
      (message.earlyHeaderMutationExtensions ?? []).length === 0
        ? null
        : await (await import('./early-mutations.ts')).earlyMutations(message, format),
    via: headerValue(message.via ?? '', 'via'),
    generateRequestId: message.generateRequestId ?? true,
    preserveExternalRequestId: message.preserveExternalRequestId ?? false,
    packTraceReason: packsTraceReason(message.requestIdExtension),
    alwaysSetRequestIdInResponse: message.alwaysSetRequestIdInResponse ?? false,
    proxy100Continue: message.proxy100Continue ?? false,
    userAgent: message.addUserAgent === true ? headerValue(ctx.localInfo.nodeCluster, 'node.cluster') : null,
    nodeId: message.addUserAgent === true ? headerValue(ctx.localInfo.nodeId, 'node.id') : '',
    isInternalAddress: internalAddresses(message.internalAddressConfig, ctx.envoy16),
    envoy16: ctx.envoy16,
    http1: message.httpProtocolOptions ?? {},
    ignoreUpgrade:
      (message.httpProtocolOptions?.ignoreHttp11Upgrade ?? []).length === 0
        ? null
        : await (await import('./ignored-upgrades.ts')).upgradesToIgnore(message, ctx.envoy16),
    http2: message.http2ProtocolOptions ?? {},
    maxRequestHeadersKb: message.maxRequestHeadersKb ?? DEFAULT_MAX_REQUEST_HEADERS_KB,
    maxHeadersCount: common.maxHeadersCount ?? DEFAULT_MAX_HEADERS_COUNT,
    headersWithUnderscores: underscores(common.headersWithUnderscoresAction),
    bufferLimit: ctx.bufferLimitBytes,
    overload: await httpOverload(overload.state, stats, message.appendLocalOverload ?? false),
    isDraining: () => ctx.drain.closesHttp(),
  };
}

async function httpOverload(
  state: OverloadState | null,
  stats: HttpStats,
  appends: boolean,
): Promise<HttpOverload | null> {
  if (state === null) return null;
  const module = await import('../stream/http-overload.ts');
  return new module.HttpOverload(state, stats, appends);
}

/** Text of the config that becomes a header's value. Envoy's schema says it of some fields only. */
function headerValue(text: string, field: string): string {
  const wire = toWire(text);
  if (!isWritableValue(wire)) throw new Error(`${field} cannot be the value of a header: it has a line break or a NUL`);
  return wire;
}

/** The only request-id extension there is, and Envoy's default. */
function packsTraceReason(extension: RequestIDExtension | undefined): boolean {
  const typed = extension?.typedConfig;
  if (extension === undefined || typed === undefined) return true;
  if (typed.typeUrl !== 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig') {
    refuse(extension, 'typed_config', `Didn't find a registered implementation for type: '${typed.typeUrl}'`);
  }
  return (typed.value as UuidRequestIdConfig).packTraceReason ?? true;
}

function serverHeader(value: string | undefined): ConnectionManagerSettings['serverHeader'] {
  return value === 'APPEND_IF_ABSENT' || value === 'PASS_THROUGH' ? value : 'OVERWRITE';
}
function underscores(value: string | undefined): ConnectionManagerSettings['headersWithUnderscores'] {
  return value === 'REJECT_REQUEST' || value === 'DROP_HEADER' ? value : 'ALLOW';
}

export class ConnectionManager implements NetworkFilterFactory {
  protected readonly cfg: ConnectionManagerSettings;
  protected readonly codecs: ServerCodecs;

  constructor(cfg: ConnectionManagerSettings, ctx: FactoryContext) {
    this.cfg = cfg;
    this.codecs = new ServerCodecs(cfg, ctx);
  }

  onConnection(conn: Connection): void {
    conn.handler = new HttpConnection(this.cfg, this.codecs, conn);
  }
}
