/** `tracing` of a connection manager: its tracer, how it samples, and what it notes. Loaded where a config has it. */
import { refuse, withinAsync } from '../../config/refusal.ts';
import type {
  HttpConnectionManager,
  HttpConnectionManagerTracing,
  TracingHttp,
  UuidRequestIdConfig,
} from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { type FormatBuild, TIMINGS } from '../../format/format-context.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Scope } from '../../stats/store.ts';
import { compileNames } from '../../tracing/route-tracing.ts';
import { managerSampling } from '../../tracing/sampling.ts';
import type { Tracer } from '../../tracing/span.ts';
import { DEFAULT_MAX_PATH_TAG_LENGTH, type TracingSettings, TracingStats } from '../../tracing/tracing-settings.ts';

export async function compileTracing(
  message: HttpConnectionManager,
  ctx: FactoryContext,
  scope: Scope,
  format: FormatBuild,
): Promise<TracingSettings> {
  const m: HttpConnectionManagerTracing = message.tracing ?? {};
  const ids = (message.requestIdExtension?.typedConfig?.value ?? {}) as UuidRequestIdConfig;
  const provider = m.provider ?? ctx.defaultTracer;
  const tracer = provider === undefined ? null : await withinAsync(provider, () => makeTracer(provider, ctx));
  if (m.verbose) format.needs.bits |= TIMINGS;
  return {
    tracer,
    egress: ctx.outbound ?? (m as { operationName?: string }).operationName === 'EGRESS',
    spawnUpstreamSpan: m.spawnUpstreamSpan ?? false,
    triesHaveSpans: m.spawnUpstreamSpan === true || startsChildSpans(message),
    noContextPropagation: m.noContextPropagation ?? false,
    sampling: managerSampling(m),
    byRequestId: ids.useRequestIdForTraceSampling ?? true,
    packsReason: ids.packTraceReason ?? true,
    verbose: m.verbose ?? false,
    maxPathTagLength: m.maxPathTagLength ?? DEFAULT_MAX_PATH_TAG_LENGTH,
    ...compileNames(m, format),
    nodeId: toWire(ctx.localInfo.nodeId),
    zone: toWire(ctx.localInfo.zone),
    stats: new TracingStats(scope),
  };
}

async function makeTracer(m: TracingHttp, ctx: FactoryContext): Promise<Tracer> {
  const typed = m.typedConfig;
  if (typed === undefined) {
    return refuse(m, 'name', `Didn't find a registered implementation for '${m.name ?? ''}' with type URL: ''`);
  }
  const module = await ctx.loadExtension(typed.typeUrl);
  return (await module.create(typed.value, ctx)) as Tracer;
}

/** The older way to say it: the router's start_child_span. */
function startsChildSpans(message: HttpConnectionManager): boolean {
  const router = message.httpFilters?.find(
    (f) => f.typedConfig?.typeUrl === 'envoy.extensions.filters.http.router.v3.Router',
  );
  return (router?.typedConfig?.value as { startChildSpan?: boolean } | undefined)?.startChildSpan === true;
}
