/** AccessLogFilter (envoy.config.accesslog.v3), compiled: which of all streams are logged. Mirrors source/common/access_log/access_log_impl.cc. */
import { about, each, refuse, refuseUnregistered } from '../config/refusal.ts';
import type {
  AccessLogFilter,
  ComparisonFilter,
  ExpressionFilter,
  ExtensionFilter,
  GrpcStatusFilterStatus,
  MetadataFilter,
  RuntimeFilter,
} from '../config/schema/types.ts';
import { memberOf } from '../config/struct.ts';
import { type CelSite, celCompiler } from '../format/cel-programs.ts';
import type { FormatContext, Occasion } from '../format/format-context.ts';
import { grpcStatus } from '../format/message-operators.ts';
import { HeaderMatcher } from '../http/headers/header-matcher.ts';
import type { RegexCompiler } from '../http/headers/regex.ts';
import { valueTest } from '../http/route/value-matcher.ts';
import { turnMs } from '../platform/clock.ts';
import { fractionOf, runtimeUint, uintByKey } from '../runtime/runtime.ts';

export type LogTest = (c: FormatContext, o: Occasion) => boolean;

export function logTest(m: AccessLogFilter, regex: RegexCompiler, site: CelSite): LogTest {
  if (m.statusCodeFilter !== undefined) {
    const compare = comparison(m.statusCodeFilter.comparison);
    return (c) => compare(c.info.responseCode);
  }
  if (m.durationFilter !== undefined) {
    const compare = comparison(m.durationFilter.comparison);
    return (c) => compare(Math.floor(turnMs() - c.info.startMs));
  }
  if (m.notHealthCheckFilter !== undefined) return (c) => c.info.healthCheck !== true;
  // As in Envoy: not what is sampled, nor what a client asks for.
  if (m.traceableFilter !== undefined) return (c) => c.info.traced === 'service forced';
  if (m.runtimeFilter !== undefined) return sampled(m.runtimeFilter);
  if (m.andFilter !== undefined) {
    const tests = each(m.andFilter.filters, (f) => logTest(f, regex, site));
    return (c, o) => tests.every((test) => test(c, o));
  }
  if (m.orFilter !== undefined) {
    const tests = each(m.orFilter.filters, (f) => logTest(f, regex, site));
    return (c, o) => tests.some((test) => test(c, o));
  }
  if (m.headerFilter !== undefined) {
    const matcher = new HeaderMatcher(m.headerFilter.header ?? {}, regex);
    return (c) => matcher.matches(c.request);
  }
  if (m.responseFlagFilter !== undefined) {
    const flags = m.responseFlagFilter.flags ?? [];
    if (flags.length === 0) return (c) => c.info.flags !== 0;
    return (c) => c.info.flags !== 0 && c.info.flagNames.split(',').some((name) => flags.includes(name));
  }
  if (m.grpcStatusFilter !== undefined) {
    const { statuses = [], exclude = false } = m.grpcStatusFilter;
    const numbers = statuses.map((name) => GRPC_STATUSES.indexOf(name));
    return (c) => numbers.includes(statusOrUnknown(c)) !== exclude;
  }
  if (m.metadataFilter !== undefined) return metadata(m.metadataFilter, regex);
  if (m.logTypeFilter !== undefined) {
    const { types = [], exclude = false } = m.logTypeFilter;
    return (_, o) => types.some((type) => type === o.logType) !== exclude;
  }
  if (m.extensionFilter !== undefined) return extension(m.extensionFilter, site);
  return refuse(m, '', 'an access log filter needs one of its fields');
}

const GRPC_STATUSES: readonly GrpcStatusFilterStatus[] = [
  ...(['OK', 'CANCELED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'] as const),
  ...(['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE'] as const),
  ...(['UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'] as const),
];
const UNKNOWN = 2;

function statusOrUnknown(c: FormatContext): number {
  const status = grpcStatus(c);
  return status < 0 ? UNKNOWN : status;
}

function comparison({ op = 'EQ', value }: ComparisonFilter = {}): (n: number) => boolean {
  const wanted = runtimeUint(value, 0);
  if (op === 'GE') return (n) => n >= wanted.value;
  if (op === 'LE') return (n) => n <= wanted.value;
  if (op === 'NE') return (n) => n !== wanted.value;
  return (n) => n === wanted.value;
}

const HEX = 16;

/** By the request's id, so that all proxies on its way log the same requests; by chance where it has none. */
function sampled({ percentSampled, runtimeKey = '', useIndependentRandomness = false }: RuntimeFilter): LogTest {
  // A key's whole number counts in the config's denominator.
  const { numerator, denominator } = fractionOf(percentSampled);
  const logged = uintByKey(runtimeKey, numerator);
  return (c) => {
    const id = useIndependentRandomness ? undefined : (c.info.streamId ?? c.request.get('x-request-id'));
    // The first eight digits of a UUID.
    const number = id === undefined || !UUID_START.test(id) ? -1 : Number.parseInt(id.slice(0, 8), HEX);
    return number < 0 ? Math.random() * denominator < logged.value : number % denominator < logged.value;
  };
}
const UUID_START = /^[0-9a-f]{8}-/i;

function metadata({ matcher, matchIfKeyNotFound = true }: MetadataFilter, regex: RegexCompiler): LogTest {
  if (matcher === undefined) return () => matchIfKeyNotFound;
  const test = valueTest(matcher.value, regex);
  const path = (matcher.path ?? []).map((segment) => segment.key ?? '');
  return (c) => {
    const value = memberOf(c.info.dynamicMetadata(matcher.filter ?? ''), path);
    return value === undefined ? matchIfKeyNotFound : test(value) !== (matcher.invert ?? false);
  };
}

function extension(filter: ExtensionFilter, site: CelSite): LogTest {
  const { typedConfig } = filter;
  if (typedConfig?.typeUrl !== 'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter') {
    return refuseUnregistered(filter);
  }
  const { expression = '', celConfig } = typedConfig.value as ExpressionFilter;
  const program = about(filter, 'typed_config', () => celCompiler().ofText(expression, site, celConfig));
  return (c) => program.matches(c);
}
