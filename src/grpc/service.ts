/** config.core.v3.GrpcService, compiled: which cluster is asked, under which name, and what stands in the head of each call. */
import type { Headers } from '../codec/headers.ts';
import { about, refuse } from '../config/refusal.ts';
import type { CoreRetryPolicy, GrpcService, RouteRetryPolicy } from '../config/schema/types.ts';
import type { ServerContext } from '../extension/context.ts';
import type { FormatBuild, FormatInfo } from '../format/format-context.ts';
import { StreamNeeds } from '../format/format-context.ts';
import { compileMutations, type FormatCompiler, hasFormats } from '../http/headers/header-mutations.ts';
import { toWire } from '../platform/wire-text.ts';
import type { AsyncRetry } from '../upstream/async.ts';
import { DEFAULT_MAX_MESSAGE_BYTES, GrpcClient } from './client.ts';

export interface GrpcServiceClient {
  readonly client: GrpcClient;
  /** Puts initial_metadata into a head; null for none. */
  readonly metadata: ((head: Headers, info: FormatInfo, request: Headers) => void) | null;
}

/** `build`: what formats in initial_metadata are compiled for. */
export async function grpcService(
  config: GrpcService,
  ctx: ServerContext,
  build?: FormatBuild,
): Promise<GrpcServiceClient> {
  const entries = (config.initialMetadata ?? []).map((header) => ({ header }));
  const formats = hasFormats(entries)
    ? (await import('../http/headers/body-format.ts')).formatCompiler(build ?? ownBuild(ctx))
    : null;
  return buildGrpcService(config, ctx, formats);
}

/** The same where formats are there already. */
export function buildGrpcService(
  config: GrpcService,
  ctx: ServerContext,
  formats: FormatCompiler | null,
): GrpcServiceClient {
  const { envoyGrpc } = config;
  if (envoyGrpc === undefined) {
    // Those that a cluster can stand for became envoy_grpc when the config was read.
    const { targetUri = '' } = config.googleGrpc ?? {};
    return refuse(
      config.googleGrpc ?? config,
      'target_uri',
      `'${targetUri}' is no host and port, IP address or unix: path`,
    );
  }
  const name = envoyGrpc.clusterName ?? '';
  const target = {
    cluster: ctx.clusters.ref(name),
    authority: toWire(envoyGrpc.authority || name),
    timeoutMs: config.timeout ?? 0,
    maxMessageBytes: envoyGrpc.maxReceiveMessageLength || DEFAULT_MAX_MESSAGE_BYTES,
    skipEnvoyHeaders: envoyGrpc.skipEnvoyHeaders ?? false,
    retry: retryOf(config.retryPolicy ?? envoyGrpc.retryPolicy),
  };
  return { client: new GrpcClient(ctx.asyncClient(), target), metadata: metadataOf(config, formats) };
}

function metadataOf(config: GrpcService, formats: FormatCompiler | null): GrpcServiceClient['metadata'] {
  const add = (config.initialMetadata ?? []).map((header) => ({ header }));
  const mutations = about(config, 'initial_metadata', () =>
    compileMutations('request', null, [{ requestHeadersToAdd: add }], false, formats),
  );
  if (mutations === null) return null;
  return (head, info, request) => mutations.apply(head, info, request, null);
}

const ownBuild = (ctx: ServerContext): FormatBuild => ({
  localInfo: ctx.localInfo,
  clientAddress: () => undefined,
  needs: new StreamNeeds(),
  listenerName: '',
  filterChainName: '',
});

/** RetryPolicy of config.core as a route's (Http::Utility::convertCoreToRouteRetryPolicy). */
export function retryOf(config: CoreRetryPolicy | undefined): AsyncRetry | undefined {
  if (config === undefined) return undefined;
  const { baseInterval = 1000, maxInterval = 10 * baseInterval } = config.retryBackOff ?? {};
  if (maxInterval < baseInterval) {
    refuse(config, 'retry_back_off', 'max_interval must be greater than or equal to the base_interval');
  }
  const policy: RouteRetryPolicy = {
    retryOn: config.retryOn ?? '',
    numRetries: config.numRetries ?? 1,
    retryBackOff: { baseInterval, maxInterval },
  };
  return policy;
}
