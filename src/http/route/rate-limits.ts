/**
 * rate_limits of routes, virtual hosts and filters: what a limiter is told of a request. Whatever limits asks for the descriptors of its stage.
 * Mirrors source/common/router/router_ratelimit.cc and source/extensions/filters/common/ratelimit_config/ratelimit_config.cc.
 */

import type { Headers } from '../../codec/headers.ts';
import { cidrText } from '../../config/cidr-range.ts';
import { about, each, refuse, refuseUnregistered } from '../../config/refusal.ts';
import type {
  Descriptor as ExprDescriptor,
  MetadataKey,
  RateLimitAction,
  RateLimitActionMetaData,
  RateLimitHitsAddend,
  RouteRateLimit as RateLimitMessage,
  RateLimitOverride,
  TypedExtensionConfig,
} from '../../config/schema/types.ts';
import { memberOf } from '../../config/struct.ts';
import { celCompiler } from '../../format/cel-programs.ts';
import { type FormatInfo, type Formatter, NO_LOG } from '../../format/format-context.ts';
import { IpRanges, maskedIP } from '../../platform/ip.ts';
import { asciiLower, percentDecode, toWire } from '../../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import { HeaderMatcher, headerValue } from '../headers/header-matcher.ts';
import { QueryMatcher, queryValue } from './query-matcher.ts';
import type { RouteBuild } from './route-context.ts';

/** What they are compiled for: a route's table, or a filter. */
export type LimitBuild = Pick<RouteBuild, 'format' | 'formats' | 'regexes'>;

export interface DescriptorEntry {
  /** Wire text. */
  readonly key: string;
  readonly value: string;
}

export interface Descriptor {
  readonly entries: readonly DescriptorEntry[];
  /** Instead of what the service has. */
  readonly limit: { readonly requestsPerUnit: number; readonly unit: string } | null;
  /** -1: the request's. */
  readonly hitsAddend: number;
  readonly negativeHits: boolean;
  /** Of x-ratelimit headers; null: as the filter has it. */
  readonly xHeaders: boolean | null;
}

/** What descriptors are made from. */
export interface DescriptorSource {
  readonly info: FormatInfo;
  readonly request: Headers;
  /** Where the route leads. */
  readonly cluster: ClusterInfo;
}

/** Null: there is no descriptor; SKIPPED: it has no such entry. */
type Action = (s: DescriptorSource) => DescriptorEntry | null | typeof SKIPPED;
const SKIPPED = 1;

const MAX_HITS = 1_000_000_000;

const ALL = { numerator: 100 };

class RateLimit {
  readonly stage: number;
  readonly onDone: boolean;
  private readonly actions: readonly Action[];
  private readonly override: ((s: DescriptorSource) => Descriptor['limit']) | null;
  private readonly hits: ((s: DescriptorSource) => number | null) | null;
  private readonly negativeHits: boolean;
  private readonly xHeaders: boolean | null;
  /** By `disable_key`; null for none. */
  private readonly enabled: RuntimeShare | null;

  constructor(config: RateLimitMessage, build: LimitBuild, ofFilter: boolean) {
    this.stage = config.stage ?? 0;
    this.onDone = config.applyOnStreamDone ?? false;
    this.actions = each(config.actions, (action) => compileAction(action, build));
    this.override = config.limit === undefined ? null : overrideOf(config.limit);
    const hits = config.hitsAddend === undefined ? null : hitsOf(config.hitsAddend, build);
    // Envoy passes it over on routes and virtual hosts.
    this.hits = ofFilter ? hits : null;
    this.negativeHits = config.hitsAddend?.isNegativeHits ?? false;
    const key = config.disableKey ?? '';
    this.enabled =
      key === '' ? null : runtimeShare({ runtimeKey: `ratelimit.${key}.http_filter_enabled`, defaultValue: ALL }, 1);
    const option = config.xRatelimitOption ?? 'UNSPECIFIED';
    this.xHeaders = option === 'UNSPECIFIED' ? null : option === 'DRAFT_VERSION_03';
  }

  descriptor(s: DescriptorSource): Descriptor | null {
    if (this.enabled !== null && !this.enabled.happens()) return null;
    const entries: DescriptorEntry[] = [];
    for (const action of this.actions) {
      const entry = action(s);
      if (entry === null) return null;
      if (entry !== SKIPPED) entries.push(entry);
    }
    const hitsAddend = this.hits === null ? -1 : this.hits(s);
    if (hitsAddend === null) return null;
    const { negativeHits, xHeaders } = this;
    return { entries, limit: this.override === null ? null : this.override(s), hitsAddend, negativeHits, xHeaders };
  }
}

/** One list of them. */
export class RateLimits {
  private readonly all: readonly RateLimit[];
  /** `ofFilter`: they stand in a filter's config, not in a route's own fields. */
  constructor(configs: readonly RateLimitMessage[] | undefined, build: LimitBuild, ofFilter: boolean) {
    this.all = each(configs, (config) => new RateLimit(config, build, ofFilter));
  }

  get empty(): boolean {
    return this.all.length === 0;
  }

  /** `stage` -1: any. `onDone`: those for when the stream has ended. */
  add(descriptors: Descriptor[], stage: number, onDone: boolean, s: DescriptorSource): void {
    for (const limit of this.all) {
      if ((stage >= 0 && limit.stage !== stage) || limit.onDone !== onDone) continue;
      const descriptor = limit.descriptor(s);
      if (descriptor !== null) descriptors.push(descriptor);
    }
  }
}

/** What a route and its virtual host say. */
export interface RouteRateLimits {
  readonly route: RateLimits;
  readonly host: RateLimits;
  /** include_vh_rate_limits. */
  readonly includeHost: boolean;
}

/** Loaded for tables that have any. */
export function compileRouteRateLimits(
  route: readonly RateLimitMessage[],
  host: readonly RateLimitMessage[],
  includeHost: boolean,
  build: LimitBuild,
): RouteRateLimits {
  return { route: new RateLimits(route, build, false), host: new RateLimits(host, build, false), includeHost };
}

const entry = (key: string, value: string): DescriptorEntry => ({ key, value });

function compileAction(a: RateLimitAction, build: LimitBuild): Action {
  const address = (s: DescriptorSource): string =>
    build.format.clientAddress(s) ?? s.info.connection?.remoteAddress.ip ?? '';
  if (a.sourceCluster !== undefined) {
    const own = toWire(build.format.localInfo.nodeCluster);
    return () => entry('source_cluster', own);
  }
  if (a.destinationCluster !== undefined) {
    return (s) => entry('destination_cluster', toWire(s.cluster.name));
  }
  if (a.requestHeaders !== undefined) {
    const { headerName = '', descriptorKey = '', skipIfAbsent = false } = a.requestHeaders;
    const name = asciiLower(toWire(headerName));
    const key = toWire(descriptorKey);
    const first = name.startsWith(':')
      ? (h: Headers): string | undefined => headerValue(h, name)
      : (h: Headers): string | undefined => (name === 'host' ? h.authority : h.get(name));
    return (s) => {
      const value = first(s.request);
      return value === undefined ? (skipIfAbsent ? SKIPPED : null) : entry(key, value);
    };
  }
  if (a.queryParameters !== undefined) {
    const { queryParameterName = '', descriptorKey = '', skipIfAbsent = false } = a.queryParameters;
    const name = toWire(queryParameterName);
    const key = toWire(descriptorKey);
    return (s) => {
      const value = queryValue(s.request.path, name);
      return value === undefined ? (skipIfAbsent ? SKIPPED : null) : entry(key, percentDecode(value));
    };
  }
  if (a.remoteAddress !== undefined) {
    return (s) => (address(s) === '' ? null : entry('remote_address', address(s)));
  }
  if (a.maskedRemoteAddress !== undefined) {
    const { v4PrefixMaskLen = 32, v6PrefixMaskLen = 128 } = a.maskedRemoteAddress;
    return (s) => {
      const ip = address(s);
      const masked = maskedIP(ip, ip.includes(':') ? v6PrefixMaskLen : v4PrefixMaskLen);
      return masked === undefined ? null : entry('masked_remote_address', masked);
    };
  }
  if (a.genericKey !== undefined) {
    const fixed = entry(
      toWire(a.genericKey.descriptorKey || 'generic_key'),
      toWire(a.genericKey.descriptorValue ?? ''),
    );
    return () => fixed;
  }
  if (a.headerValueMatch !== undefined) {
    const { headers, descriptorKey, descriptorValue = '', expectMatch = true } = a.headerValueMatch;
    const matchers = each(headers, (m) => new HeaderMatcher(m, build.regexes.test));
    const fixed = entry(toWire(descriptorKey || 'header_match'), toWire(descriptorValue));
    return (s) => (matchers.every((m) => m.matches(s.request)) === expectMatch ? fixed : null);
  }
  if (a.queryParameterValueMatch !== undefined) {
    const { queryParameters, descriptorKey, descriptorValue = '', expectMatch = true } = a.queryParameterValueMatch;
    const matchers = each(queryParameters, (m) => new QueryMatcher(m, build.regexes.test));
    const fixed = entry(toWire(descriptorKey || 'query_match'), toWire(descriptorValue));
    return (s) => (matchers.every((m) => m.matches(s.request.path)) === expectMatch ? fixed : null);
  }
  if (a.remoteAddressMatch !== undefined) {
    const { addressMatcher, descriptorKey, descriptorValue = '', defaultValue = '' } = a.remoteAddressMatch;
    const ranges = new IpRanges();
    for (const range of addressMatcher?.ranges ?? []) {
      about(addressMatcher ?? a, 'ranges', () => ranges.add(cidrText(range)));
    }
    const invert = addressMatcher?.invertMatch ?? false;
    const key = toWire(descriptorKey || 'remote_address_match');
    const value = descriptorValue.includes('%') ? textFormat(descriptorValue, build) : () => toWire(descriptorValue);
    return (s) => {
      if (ranges.has(address(s)) === invert) return null;
      const text = value(s) || toWire(defaultValue);
      return text === '' ? null : entry(key, text);
    };
  }
  if (a.extension !== undefined) return expressionAction(a.extension, build);
  if (a.metadata !== undefined) return metadataAction(a.metadata);
  if (a.dynamicMetadata !== undefined) return metadataAction(a.dynamicMetadata);
  return refuse(a, '', 'a rate limit action needs one of its fields');
}

function textFormat(format: string, build: LimitBuild): (s: DescriptorSource) => string {
  if (build.formats === null) throw new Error('a format was not announced to the route compiler');
  const made: Formatter = build.formats.text(format, true);
  return ({ info, request }) => made({ info, request, response: null, responseTrailers: null }, NO_LOG);
}

/** What an expression comes to; an error leaves the entry out, or with it the descriptor. */
function expressionAction(extension: TypedExtensionConfig, build: LimitBuild): Action {
  const { typedConfig } = extension;
  if (typedConfig?.typeUrl !== 'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor') {
    return refuseUnregistered(extension);
  }
  const { descriptorKey = '', skipIfError = false, text, parsed } = typedConfig.value as ExprDescriptor;
  const { localInfo: _, ...site } = build.format;
  const program = about(extension, 'typed_config', () => {
    if (text !== undefined) return celCompiler().ofText(text, site);
    if (parsed !== undefined) return celCompiler().ofTree(parsed, site);
    throw new Error('Rate limit descriptor extension failed: expression specifier is not set');
  });
  const key = toWire(descriptorKey);
  return ({ info, request }) => {
    const value = program.text({ info, request, response: null, responseTrailers: null });
    return value === undefined ? (skipIfError ? SKIPPED : null) : entry(key, value);
  };
}

function metadataAction(config: RateLimitActionMetaData): Action {
  const { metadataKey = {}, descriptorKey = '', defaultValue = '', source = 'DYNAMIC', skipIfAbsent = false } = config;
  const key = toWire(descriptorKey);
  const read = metadataReader(metadataKey);
  return (s) => {
    const value = read((namespace) => {
      switch (source) {
        case 'ROUTE_ENTRY':
          return s.info.route?.metadata?.filterMetadata?.get(namespace);
        case 'CLUSTER_ENTRY':
          return s.cluster.config.metadata?.filterMetadata?.get(namespace);
        default:
          return s.info.dynamicMetadata(namespace);
      }
    });
    const text = typeof value === 'string' && value !== '' ? value : defaultValue;
    return text === '' ? (skipIfAbsent ? SKIPPED : null) : entry(key, toWire(text));
  };
}

function metadataReader({ key = '', path = [] }: MetadataKey): (find: (namespace: string) => unknown) => unknown {
  const names = path.map((segment) => segment.key ?? '');
  return (find) => memberOf(find(key), names);
}

const UNITS = ['UNKNOWN', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'MONTH', 'YEAR', 'WEEK'];

function overrideOf(config: RateLimitOverride): (s: DescriptorSource) => Descriptor['limit'] {
  if (config.rateLimit !== undefined) {
    const { requestsPerUnit = 0, unit = 'UNKNOWN' } = config.rateLimit;
    return () => ({ requestsPerUnit, unit });
  }
  const read = metadataReader(config.dynamicMetadata?.metadataKey ?? {});
  return (s) => {
    const value = read((namespace) => s.info.dynamicMetadata(namespace));
    if (typeof value !== 'object' || value === null) return null;
    const { requests_per_unit: requestsPerUnit, unit } = value as Record<string, unknown>;
    if (typeof requestsPerUnit !== 'number' || typeof unit !== 'string' || !UNITS.includes(unit)) return null;
    return { requestsPerUnit: Math.trunc(requestsPerUnit), unit };
  };
}

function hitsOf(config: RateLimitHitsAddend, build: LimitBuild): (s: DescriptorSource) => number | null {
  const { number, format = '' } = config;
  if (number !== undefined && format !== '') {
    refuse(config, 'format', 'hits_addend: only one of number and format can be set');
  }
  if (format === '') {
    const fixed = number ?? 0;
    return () => fixed;
  }
  const text = about(config, 'format', () => textFormat(format, build));
  return (s) => {
    const value = text(s);
    return /^\d{1,10}$/.test(value) && Number(value) <= MAX_HITS ? Number(value) : null;
  };
}
