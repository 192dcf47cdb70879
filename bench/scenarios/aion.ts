/**
 * AION's own sidecar configs, unchanged but for addresses: listeners get free ports of the loopback address, endpoints
 * become the bench's backends, and Envoy 1.40 gets v3 names. Start, then load on each listener by what it speaks.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { type Bench, mustAnswer, mustFill, NotMeasured, setupFor, type Timing } from '../bench.ts';
import type { BackendPorts, Contender, Group } from '../contenders/contender.ts';
import { freePort } from '../contenders/ports.ts';
import type { Child } from '../contenders/process.ts';
import { timed } from './load.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { startMeasured } from './start.ts';

const root = join(import.meta.dirname, '../..');
const PLACES = ['test/aion/configs', 'config'];

/** Files to run; [] where there are none. */
export function aionConfigs(): string[] {
  for (const place of PLACES) {
    const dir = join(root, place);
    if (!existsSync(dir)) continue;
    const files = readdirSync(dir).filter((f) => f.endsWith('.envoy.yaml'));
    if (files.length > 0) return files.map((f) => join(dir, f));
  }
  return [];
}

type Node = Record<string, unknown>;
const isNode = (v: unknown): v is Node => typeof v === 'object' && v !== null && !Array.isArray(v);

/** Every socket_address below `value`. */
function* addresses(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const v of value) yield* addresses(v);
  else if (isNode(value)) {
    for (const [key, v] of Object.entries(value)) {
      if (key === 'socket_address' && isNode(v)) yield v;
      else yield* addresses(v);
    }
  }
}

export interface Adapted {
  text: string;
  listeners: { port: number; group: Group }[];
}

/** v2 names of these configs, which Envoy 1.40 has forgotten, and filters that 1.16 knew by name alone. */
const V3_TYPES: Record<string, string> = {
  'envoy.config.filter.network.http_connection_manager.v2.HttpConnectionManager':
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  'envoy.config.filter.network.redis_proxy.v2.RedisProxy': 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
  'envoy.config.filter.network.tcp_proxy.v2.TcpProxy': 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
};
const V3_FILTERS: Record<string, string> = {
  'envoy.filters.http.router': 'envoy.extensions.filters.http.router.v3.Router',
  'envoy.filters.http.grpc_http1_bridge': 'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config',
};
const TYPE_PREFIX = 'type.googleapis.com/';

/** Changes v2 names to v3's in place. */
function toV3(value: unknown): void {
  if (Array.isArray(value)) for (const v of value) toV3(v);
  if (!isNode(value)) return;
  const type = value['@type'];
  if (typeof type === 'string') {
    value['@type'] = TYPE_PREFIX + (V3_TYPES[type.replace(TYPE_PREFIX, '')] ?? type.replace(TYPE_PREFIX, ''));
  }
  const filter = V3_FILTERS[String(value.name)];
  if (filter !== undefined && isNode(value.typed_config)) value.typed_config['@type'] ??= TYPE_PREFIX + filter;
  for (const v of Object.values(value)) toV3(v);
}

/** The config with our ports; with v3 names for a contender that reads no others. `nextPort` gives a free one. */
export async function adapt(
  text: string,
  backends: BackendPorts,
  nextPort: () => Promise<number>,
  v3 = false,
): Promise<Adapted> {
  const config = load(text) as Node;
  const { listeners = [], clusters = [] } = (config.static_resources ?? {}) as {
    listeners?: Node[];
    clusters?: Node[];
  };
  const http2 = new Set<unknown>();
  for (const cluster of clusters) {
    const isHttp2 = JSON.stringify(cluster).includes('http2_protocol_options');
    if (isHttp2) http2.add(cluster.name);
    const to = isHttp2 ? backends.grpc : /redis/i.test(String(cluster.name)) ? backends.redis[0] : backends.http1;
    for (const a of addresses([cluster.load_assignment, cluster.hosts]))
      Object.assign(a, { address: '127.0.0.1', port_value: to });
  }
  const out: Adapted = { text: '', listeners: [] };
  for (const listener of listeners) {
    const port = await nextPort();
    for (const a of addresses(listener.address)) Object.assign(a, { address: '127.0.0.1', port_value: port });
    const said = JSON.stringify(listener);
    const used = [...said.matchAll(/"cluster":"([^"]+)"/g)].map((m) => m[1]);
    const group = said.includes('redis_proxy')
      ? 'redis'
      : said.includes('tcp_proxy')
        ? 'tcp'
        : used.some((c) => http2.has(c))
          ? 'grpc'
          : 'http1';
    out.listeners.push({ port, group });
  }
  for (const a of addresses(config.admin)) Object.assign(a, { address: '127.0.0.1', port_value: await nextPort() });
  if (v3) toV3(config);
  // JSON is YAML.
  out.text = JSON.stringify(config, null, 1);
  return out;
}

const loadOf = (group: Group): Scenario => SCENARIOS.find((s) => s.group === group && s.kind === 'load') as Scenario;

export async function runAion(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  const out: Timing[] = [];
  const files = aionConfigs();
  if (files.length === 0) bench.note("aion: not measured: AION's configs are not in this tree");
  for (const path of files) {
    const name = path.slice(path.lastIndexOf('/') + 1).replace('.envoy.yaml', '');
    try {
      out.push(...(await one(bench, scenario, contender, path, name)));
    } catch (error) {
      if (!(error instanceof NotMeasured)) throw error;
      // One file that cannot be run does not spoil the others.
      bench.fail({ scenario: `aion-${name}`, contender: contender.name, kind: error.kind, message: error.message });
    }
  }
  return out;
}

async function one(
  bench: Bench,
  scenario: Scenario,
  contender: Contender,
  path: string,
  name: string,
): Promise<Timing[]> {
  const setup = await setupFor(bench);
  const config = await adapt(readFileSync(path, 'utf8'), bench.backends, freePort, contender.kind !== 'envoylet');
  const file = join(setup.dir, 'envoy.yaml');
  writeFileSync(file, config.text);
  const command = contender.withConfig?.(file, setup.workers) ?? [];
  const start = (): ReturnType<typeof startMeasured> =>
    startMeasured(bench, command, setup.dir, config.listeners[0].port);
  const answer = async (child: Child): Promise<void> => {
    for (const { port, group } of config.listeners) await mustAnswer(group, port, child);
  };
  // Another process first: the start to be measured is a cold one.
  const first = await start();
  try {
    await answer(first.child);
  } finally {
    await first.child.stop();
  }
  const { child, values } = await start();
  const row = (what: string): Timing['scenario'] => ({
    name: `aion-${name}${what}`,
    title: `AION ${name}${what === '' ? ': start' : `:${what.slice(1)}`}`,
    unit: scenario.unit,
  });
  try {
    const out: Timing[] = [{ scenario: row(''), by: 'built-in', values }];
    for (const { port, group } of config.listeners) {
      await mustAnswer(group, port, child);
      if (group === 'redis') await mustFill(port);
      const timing = await timed(bench, loadOf(group), { child, port, readyMs: 0 }, 0);
      out.push({ ...timing, scenario: row(`-${group}`) });
    }
    await answer(child);
    return out;
  } finally {
    await child.stop();
  }
}
