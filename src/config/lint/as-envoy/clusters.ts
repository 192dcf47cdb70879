/** Clusters: balancing, HTTP options, health checks, outlier detection (source/common/upstream, extensions/upstreams/http/config.cc). */
import { isIP } from '../../../platform/ip.ts';
import type { AnyValue, Message } from '../../origin.ts';
import { ENVOY_EXTENSIONS } from '../envoy-extensions.ts';
import { any, number, part, parts, type Rule, type Rules, text, words } from './rule.ts';

const CORE = 'envoy.config.core.v3';
const CLUSTER = 'envoy.config.cluster.v3';
const SOCKETS = 'envoy.extensions.transport_sockets';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const MAX_RING = 8 * 1024 * 1024;
const DEFAULT_RING = 1024;
const BASE_EJECTION_MS = 30_000;

const cluster: Rule = (m, ctx) => {
  const { report } = ctx;
  balancing(m, ctx);
  if (m['type'] === 'ORIGINAL_DST') {
    if (m['loadAssignment'] !== undefined) {
      report.problem(m, 'load_assignment', 'ORIGINAL_DST clusters must have no load assignment configured');
    }
    const policy = text(m, 'lbPolicy') || 'ROUND_ROBIN';
    if (policy !== 'CLUSTER_PROVIDED') {
      const message = `cluster: LB policy ${policy} is not valid for Cluster type ORIGINAL_DST. Only 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'`;
      report.problem(m, 'type', message);
    }
  }
  const options = (m['typedExtensionProtocolOptions'] as Map<string, AnyValue> | undefined)?.get(HTTP_OPTIONS);
  const http = options?.value as Message | undefined;
  const healthChecks = parts(m, 'healthChecks').filter((check) => check['grpcHealthCheck'] !== undefined);
  if (healthChecks.length > 0 && m['http2ProtocolOptions'] === undefined && !speaksHttp2(http)) {
    const message = `${text(m, 'name')} cluster must support HTTP/2 for gRPC healthchecking`;
    report.problem(healthChecks[0], 'grpc_health_check', message);
  }
  if (http !== undefined) transportOf(m, http, ctx);
};

const balancing: Rule = (m, { report }) => {
  const policy = part(m, 'loadBalancingPolicy');
  if (policy !== undefined) {
    const extensions = parts(policy, 'policies').map((p) => part(p, 'typedExtensionConfig'));
    const known = ENVOY_EXTENSIONS['envoy.load_balancing_policies'] ?? [];
    if (!extensions.some((e) => known.includes(any(e, 'typedConfig')?.typeUrl ?? '')) && report.isWhole(policy)) {
      const names = extensions.map((e) => text(e, 'name')).join(', ');
      const message = `cluster: didn't find a registered load balancer factory implementation for cluster: '${text(m, 'name')}' with names from [${names}]`;
      report.problem(policy, '', message);
    } else if (m['lbSubsetConfig'] !== undefined) {
      report.problem(m, 'lb_subset_config', 'cluster: load_balancing_policy cannot be combined with lb_subset_config');
    } else {
      const first = extensions.map((e) => any(e, 'typedConfig')).find((t) => known.includes(t?.typeUrl ?? ''));
      if (first?.typeUrl.endsWith('.RingHash')) ringSizes(first.value as Message, report);
    }
    return;
  }
  const ring = part(m, 'ringHashLbConfig');
  if (m['lbPolicy'] === 'RING_HASH' && ring !== undefined) ringSizes(ring, report);
};

function ringSizes(ring: Message, report: Parameters<Rule>[1]['report']): void {
  const least = number(ring, 'minimumRingSize') ?? DEFAULT_RING;
  const most = number(ring, 'maximumRingSize') ?? MAX_RING;
  if (least <= most) return;
  const message = `ring hash: minimum_ring_size (${least}) > maximum_ring_size (${most})`;
  report.problem(ring, 'minimum_ring_size', message);
}

function speaksHttp2(http: Message | undefined): boolean {
  return (
    http?.['autoConfig'] !== undefined ||
    part(http, 'explicitHttpConfig')?.['http2ProtocolOptions'] !== undefined ||
    part(http, 'useDownstreamProtocolConfig')?.['http2ProtocolOptions'] !== undefined
  );
}

/** ALPN needs a transport that negotiates, HTTP/3 one of QUIC. */
function transportOf(m: Message, http: Message, { report }: Parameters<Rule>[1]): void {
  const socket = part(m, 'transportSocket');
  const url = any(socket, 'typedConfig')?.typeUrl ?? '';
  if (parts(m, 'transportSocketMatches').length > 0) return;
  const plain = socket === undefined || url.startsWith(`${SOCKETS}.raw_buffer.`);
  if (http['autoConfig'] !== undefined && plain) {
    const message = `ALPN configured for cluster ${text(m, 'name')} which has a non-ALPN transport socket`;
    report.problem(http, 'auto_config', message);
  }
  const http3 = ['explicitHttpConfig', 'useDownstreamProtocolConfig'].some(
    (key) => part(http, key)?.['http3ProtocolOptions'] !== undefined,
  );
  if (http3 && !url.startsWith(`${SOCKETS}.quic.`)) {
    report.problem(http, '', `HTTP3 requires a QuicUpstreamTransport transport socket: ${text(m, 'name')}`);
  }
}

const httpOptions: Rule = (m, { report }) => {
  const last = parts(m, 'httpFilters').at(-1);
  const url = any(last, 'typedConfig')?.typeUrl;
  if (last === undefined || url === 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec') return;
  const message =
    "The codec filter is the only valid terminal upstream HTTP filter, use 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'";
  report.problem(last, '', message);
};

/** SETTINGS that have fields of their own, by identifier. */
const NAMED_SETTINGS: readonly (readonly [id: number, key: string, name: string])[] = [
  [1, 'hpackTableSize', 'hpack_table_size'],
  [3, 'maxConcurrentStreams', 'max_concurrent_streams'],
  [4, 'initialStreamWindowSize', 'initial_stream_window_size'],
];
const ENABLE_PUSH = 2;

const http2Options: Rule = (m, { report }) => {
  const custom = new Map<number, number>();
  for (const parameter of parts(m, 'customSettingsParameters')) {
    const [id, value] = [number(parameter, 'identifier') ?? 0, number(parameter, 'value') ?? 0];
    const before = custom.get(id);
    if (id === ENABLE_PUSH && value === 1) {
      const message = 'server push is not supported by Envoy and can not be enabled via a SETTINGS parameter.';
      report.problem(parameter, '', message);
    } else if (before !== undefined && before !== value) {
      const message = `inconsistent HTTP/2 custom SETTINGS parameter(s) detected; identifiers = {0x${id.toString(16).padStart(2, '0')}}`;
      report.problem(parameter, 'identifier', message);
    }
    custom.set(id, value);
  }
  for (const [id, key, name] of NAMED_SETTINGS) {
    if (!custom.has(id) || m[key] === undefined) continue;
    const message = `the {${name}} HTTP/2 SETTINGS parameter(s) can not be configured through both named and custom parameters`;
    report.problem(m, name, message);
  }
};

const outlier: Rule = (m, { report }) => {
  const most = number(m, 'maxEjectionTime');
  if (most === undefined || most >= (number(m, 'baseEjectionTime') ?? BASE_EJECTION_MS)) return;
  report.problem(
    m,
    'max_ejection_time',
    "outlier detector's max_ejection_time cannot be smaller than base_ejection_time",
  );
};

const httpHealth: Rule = (m, { report }) => {
  for (const range of parts(m, 'expectedStatuses')) {
    const [start, end] = [number(range, 'start') ?? 0, number(range, 'end') ?? 0];
    const wrong =
      start >= end
        ? `start < end, but found start=${start} and end=${end}`
        : start < 100
          ? `start >= 100, but found start=${start}`
          : end > 600
            ? `end <= 600, but found end=${end}`
            : '';
    if (wrong !== '') report.problem(range, '', `Invalid http expected status range: expecting ${wrong}`);
  }
};

const payload: Rule = (m, { report }) => {
  const hex = text(m, 'text');
  if (m['text'] !== undefined && !/^(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    report.problem(m, 'text', `invalid hex string '${hex}'`);
  }
};

const subset: Rule = (m, { report }) => {
  if (m['fallbackPolicy'] !== 'KEYS_SUBSET') return;
  const [keys, fallback] = [words(m, 'keys'), words(m, 'fallbackKeysSubset')];
  if (fallback.some((key) => !keys.includes(key))) {
    report.problem(m, 'fallback_keys_subset', 'fallback_keys_subset must be a subset of selector keys');
  } else if (fallback.length === keys.length && fallback.length > 0) {
    report.problem(m, 'fallback_keys_subset', 'fallback_keys_subset cannot be equal to keys');
  }
};

const bind: Rule = (m, { report }) => {
  const source = part(m, 'sourceAddress');
  const ip = text(source, 'address');
  if (source !== undefined && isIP(ip) === 0) report.problem(source, 'address', `malformed IP address: ${ip}`);
};

const socketMatch: Rule = (m, { report }) => {
  if (m['transportSocket'] !== undefined || !report.isWhole(m)) return;
  report.problem(m, '', "Didn't find a registered implementation for '' with type URL: ''");
};

export const CLUSTER_RULES: Rules = {
  [`${CLUSTER}.Cluster`]: cluster,
  [`${CLUSTER}.Cluster.LbSubsetConfig.LbSubsetSelector`]: subset,
  [`${CLUSTER}.Cluster.TransportSocketMatch`]: socketMatch,
  [`${CLUSTER}.OutlierDetection`]: outlier,
  [`${CORE}.BindConfig`]: bind,
  [`${CORE}.HealthCheck.HttpHealthCheck`]: httpHealth,
  [`${CORE}.HealthCheck.Payload`]: payload,
  [`${CORE}.Http2ProtocolOptions`]: http2Options,
  [HTTP_OPTIONS]: httpOptions,
};
