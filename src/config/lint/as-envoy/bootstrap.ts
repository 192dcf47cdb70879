/** What stands beside listeners and clusters: runtime, overload manager, statistics, control plane (source/server). */
import { isIP } from '../../../platform/ip.ts';
import type { Message } from '../../origin.ts';
import { eachRepeated, number, part, parts, type Rule, type Rules, text } from './rule.ts';

/** ms; of stats_flush_interval. */
const DEFAULT_FLUSH_MS = 5000;
const CORE = 'envoy.config.core.v3';
const ACTIONS =
  /^envoy\.overload_actions\.(?:stop_accepting_requests|disable_http_keepalive|stop_accepting_connections|reject_incoming_connections|shrink_heap|reduce_timeouts|reset_high_memory_stream)$/;
const RESET_STREAMS = 'envoy.overload_actions.reset_high_memory_stream';
/** They look at their config. The second one does not mind that it has one. */
const TYPED_ACTIONS = /reduce_timeouts|reset_high_memory_stream|shrink_heap/;

const bootstrap: Rule = (m, { report, clusters }) => {
  const ads = part(part(m, 'dynamicResources'), 'adsConfig');
  for (const service of parts(ads, 'grpcServices')) {
    const grpc = part(service, 'envoyGrpc');
    const name = text(grpc, 'clusterName');
    if (grpc !== undefined && name !== '' && !clusters.has(name)) {
      report.problem(grpc, 'cluster_name', `Unknown gRPC client cluster '${name}'`);
    }
  }
  const [every, flush = DEFAULT_FLUSH_MS] = [number(m, 'statsEvictionInterval'), number(m, 'statsFlushInterval')];
  if (every !== undefined && every % flush !== 0) {
    const message = 'stats_eviction_interval must be a multiple of stats_flush_interval';
    report.problem(m, 'stats_eviction_interval', message);
  }
  const json = part(part(part(m, 'applicationLogConfig'), 'logFormat'), 'jsonFormat');
  if (json !== undefined && Object.values(json).some((v) => typeof v === 'string' && /%v/.test(v))) {
    const message = 'setJsonLogFormat error: INVALID_ARGUMENT: Usage of %v is unavailable for JSON log formats';
    report.problem(part(m, 'applicationLogConfig') as Message, 'log_format', message);
  }
};

const configSource: Rule = (m, { root, report, clusters }) => {
  // The control plane's own has another sentence.
  if (m === part(part(root, 'dynamicResources'), 'adsConfig')) return;
  const grpc = parts(m, 'grpcServices').map((s) => text(part(s, 'envoyGrpc'), 'clusterName'));
  const names = [...grpc, ...((m['clusterNames'] as readonly string[] | undefined) ?? [])];
  for (const name of names) {
    if (name === '' || clusters.has(name)) continue;
    const message = `envoy.config.core.v3.ApiConfigSource must have a statically defined non-EDS cluster: '${name}' does not exist, was added via api, or is an EDS cluster`;
    report.problem(m, '', message);
  }
};

const runtime: Rule = (m, { report }) => {
  const layers = parts(m, 'layers');
  eachRepeated(
    layers,
    (layer) => text(layer, 'name'),
    (layer, name) => report.problem(layer, 'name', `Duplicate layer name: ${name}`),
  );
  const admin = layers.filter((layer) => layer['adminLayer'] !== undefined);
  if (admin.length > 1) {
    const message = 'Too many admin layers specified in LayeredRuntime, at most one may be specified';
    report.problem(admin[1], '', message);
  }
  for (const layer of layers) {
    for (const [key, value] of Object.entries(part(layer, 'staticLayer') ?? {})) {
      if (Array.isArray(value)) report.problem(layer, 'static_layer', `Invalid runtime entry value for ${key}`);
    }
  }
};

const overload: Rule = (m, { report }) => {
  const monitors = new Set(parts(m, 'resourceMonitors').map((monitor) => text(monitor, 'name')));
  eachRepeated(
    parts(m, 'resourceMonitors'),
    (monitor) => text(monitor, 'name'),
    (monitor, name) => report.problem(monitor, 'name', `Duplicate resource monitor ${name}`),
  );
  for (const action of parts(m, 'actions')) {
    const name = text(action, 'name');
    if (name !== '' && !ACTIONS.test(name)) {
      report.problem(action, 'name', `Unknown Overload Manager Action ${name}`);
      continue;
    }
    const typed = action['typedConfig'] !== undefined;
    if (typed && !TYPED_ACTIONS.test(name)) {
      const message = `Overload action "${name}" has an unexpected value for the typed_config field`;
      report.problem(action, 'typed_config', message);
    }
    if (!typed && name.endsWith('.reduce_timeouts')) {
      report.problem(action, 'typed_config', `Overload action "${name}" requires typed_config`);
    }
    if (name === RESET_STREAMS && m['bufferFactoryConfig'] === undefined) {
      report.problem(action, 'name', `Overload action "${name}" requires buffer_factory_config.`);
    }
    const triggers = parts(action, 'triggers');
    for (const trigger of triggers) {
      const resource = text(trigger, 'name');
      if (resource === '' || monitors.has(resource)) continue;
      report.problem(trigger, 'name', `Unknown trigger resource ${resource} for overload action ${name}`);
    }
    eachRepeated(
      triggers,
      (trigger) => text(trigger, 'name'),
      (trigger) => report.problem(trigger, 'name', `Duplicate trigger resource for overload action ${name}`),
    );
  }
  eachRepeated(
    parts(m, 'actions'),
    (action) => text(action, 'name'),
    (action, name) => report.problem(action, 'name', `Duplicate overload action ${name}`),
  );
  for (const point of parts(m, 'loadshedPoints')) {
    const name = text(point, 'name');
    for (const trigger of parts(point, 'triggers')) {
      const resource = text(trigger, 'name');
      if (resource === '' || monitors.has(resource)) continue;
      report.problem(trigger, 'name', `Unknown trigger resource ${resource} for loadshed point ${name}`);
    }
    eachRepeated(
      parts(point, 'triggers'),
      (trigger) => text(trigger, 'name'),
      (trigger) => report.problem(trigger, 'name', `Duplicate trigger resource for LoadShedPoint ${name}`),
    );
  }
  eachRepeated(
    parts(m, 'loadshedPoints'),
    (point) => text(point, 'name'),
    (point, name) => report.problem(point, 'name', `Duplicate loadshed point ${name}`),
  );
};

const timers: Rule = (m, { report }) => {
  eachRepeated(
    parts(m, 'timerScaleFactors'),
    (factor) => text(factor, 'timer'),
    (factor, timer) => report.problem(factor, 'timer', `Found duplicate entry for timer type ${timer}`),
  );
};

const scaled: Rule = (m, { report }) => {
  // Percents are plain numbers here, as decoded.
  const [from, to] = [value(m, 'scalingThreshold'), value(m, 'saturationThreshold')];
  if (from < to) return;
  report.problem(m, 'scaling_threshold', 'scaling_threshold must be less than saturation_threshold');
};

function value(m: Message, key: string): number {
  const v = m[key];
  return typeof v === 'number' ? v : (number(v as Message | undefined, 'value') ?? 0);
}

const heap: Rule = (m, { report }) => {
  const byKey = part(m, 'maxHeapSizeBytesRuntime');
  const fixed = (number(m, 'maxHeapSizeBytes') ?? 0) > 0;
  if (fixed && byKey !== undefined) {
    const message = 'fixed_heap: exactly one of max_heap_size_bytes or max_heap_size_bytes_runtime must be set';
    report.problem(m, 'max_heap_size_bytes_runtime', message);
  }
  if (fixed || (number(byKey, 'defaultValue') ?? 0) > 0) return;
  report.problem(m, '', 'fixed_heap: max heap size must be greater than 0');
};

/** Extensions that the message's own name stands for: without a typed_config the name must be a registered one. */
const named =
  (family: RegExp): Rule =>
  (m, { report }) => {
    const name = text(m, 'name');
    if (m['typedConfig'] !== undefined || name === '' || family.test(name) || !report.isWhole(m)) return;
    report.problem(m, 'name', `Didn't find a registered implementation for '${name}' with type URL: ''`);
  };

const statsd: Rule = (m, { report, allClusters }) => {
  const name = text(m, 'tcpClusterName');
  if (name !== '' && !allClusters.has(name)) {
    report.problem(m, 'tcp_cluster_name', `tcp statsd: unknown cluster '${name}'`);
  }
  const socket = part(part(m, 'address'), 'socketAddress');
  const ip = text(socket, 'address');
  if (socket !== undefined && isIP(ip) === 0) report.problem(socket, 'address', `malformed IP address: ${ip}`);
};

/** Tags that Envoy has a regex for. */
const DEFAULT_TAG = /^envoy\.[a-z_]+$/;

const tag: Rule = (m, { report }) => {
  const [name, regex] = [text(m, 'tagName'), text(m, 'regex')];
  if (regex !== '') {
    try {
      // The dialect of std::regex is the closest to JavaScript's there is.
      new RegExp(regex);
    } catch (error) {
      report.problem(m, 'regex', `Invalid regex '${regex}': ${(error as Error).message}`);
    }
  } else if (m['fixedValue'] === undefined && !DEFAULT_TAG.test(name) && report.isWhole(m)) {
    report.problem(m, 'tag_name', `No regex specified for tag specifier and no default regex for name: '${name}'`);
  }
};

export const BOOTSTRAP_RULES: Rules = {
  'envoy.config.bootstrap.v3.Bootstrap': bootstrap,
  'envoy.config.bootstrap.v3.LayeredRuntime': runtime,
  [`${CORE}.ApiConfigSource`]: configSource,
  'envoy.config.metrics.v3.StatsdSink': statsd,
  'envoy.config.metrics.v3.DogStatsdSink': statsd,
  'envoy.config.metrics.v3.TagSpecifier': tag,
  'envoy.config.overload.v3.OverloadManager': overload,
  'envoy.config.overload.v3.ScaleTimersOverloadActionConfig': timers,
  'envoy.config.overload.v3.ScaledTrigger': scaled,
  'envoy.config.overload.v3.ResourceMonitor': named(/^envoy\.resource_monitors\./),
  'envoy.config.trace.v3.Tracing.Http': named(/^envoy\.tracers\./),
  'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig': heap,
};
