// The same twenty hosts, killed, hung, slowed, brought back, weighed anew and moved, behind envoylet and behind real Envoy at the same time, under a
// steady load of HTTP/1.1, gRPC and Redis: every request of ours that fails is one that the counters tell of, and no more of them fail than with
// Envoy. FLEET_SECONDS=120 is the long form; where network namespaces are allowed it is played again with packets lost.
import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';
import { DnsServer } from './discovery/dns-server.ts';
import { FleetClients, FleetHost, type FleetPorts } from './fleet-hosts.ts';

const SECONDS = Number(process.env['FLEET_SECONDS'] ?? 4);
const SIZE = 20;
const EVENT_MS = 60;
const CLIENTS = 4;
const NAME = 'fleet.example';
const FILTERS = 'type.googleapis.com/envoy.extensions.filters';
t.setTimeout((SECONDS * 3 + 60) * 1000);

/** Of the inner run: no further one. */
const LOSSY = 'FLEET_LOSSY';

/** The same events each time. */
let seed = 4711;
const draw = (n: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};

const at = (address: string, port: number): object => ({ socket_address: { address, port_value: port } });

function assignment(
  name: string,
  hosts: Iterable<FleetHost>,
  port: number,
  weights: ReadonlyMap<FleetHost, number>,
): string {
  const lb_endpoints = [...hosts].map((h) => ({
    endpoint: { address: at(h.ip, port) },
    load_balancing_weight: weights.get(h) ?? 1,
  }));
  const type = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
  return JSON.stringify({ resources: [{ '@type': type, cluster_name: name, endpoints: [{ lb_endpoints }] }] });
}

function config(directory: string, listen: FleetPorts, admin: number, hosts: FleetPorts, dns: string): object {
  const retry = { retry_on: 'connect-failure,reset', num_retries: 2, retry_back_off: { base_interval: '0.005s' } };
  const manager = (cluster: string): object => ({
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: cluster,
      route_config: {
        virtual_hosts: [
          {
            name: 'a',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster, timeout: '0.25s', retry_policy: retry } }],
          },
        ],
      },
      http_filters: [
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${FILTERS}.http.router.v3.Router` } },
      ],
    },
  });
  const redis = {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': `${FILTERS}.network.redis_proxy.v3.RedisProxy`,
      stat_prefix: 'r',
      settings: { op_timeout: '0.25s' },
      prefix_routes: { catch_all_route: { cluster: 'redis' } },
    },
  };
  const common = {
    connect_timeout: '0.2s',
    circuit_breakers: { thresholds: [{ max_retries: 1000 }] },
    outlier_detection: { interval: '0.1s', base_ejection_time: '0.2s', consecutive_5xx: 3 },
  };
  const eds = (name: string): object => ({
    ...common,
    name,
    type: 'EDS',
    eds_cluster_config: { eds_config: { path_config_source: { path: join(directory, `${name}.json`) } } },
  });
  const [dnsIp, dnsPort] = dns.split(':');
  return {
    node: { id: 'n', cluster: 'c' },
    admin: { address: at('127.0.0.1', admin) },
    static_resources: {
      listeners: [
        { address: at('127.0.0.1', listen.http), filter_chains: [{ filters: [manager('http')] }] },
        { address: at('127.0.0.1', listen.grpc), filter_chains: [{ filters: [manager('grpc')] }] },
        { address: at('127.0.0.1', listen.redis), filter_chains: [{ filters: [redis] }] },
      ],
      clusters: [
        {
          ...common,
          name: 'http',
          type: 'STRICT_DNS',
          dns_lookup_family: 'V4_ONLY',
          dns_refresh_rate: '0.1s',
          typed_dns_resolver_config: {
            name: 'envoy.network.dns_resolver.cares',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
              resolvers: [at(dnsIp, Number(dnsPort))],
            },
          },
          load_assignment: {
            cluster_name: 'http',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(NAME, hosts.http) } }] }],
          },
        },
        {
          ...eds('grpc'),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
        { ...eds('redis'), lb_policy: 'MAGLEV' },
      ],
    },
  };
}

const threePorts = async (): Promise<FleetPorts> => ({
  http: await freePort(),
  grpc: await freePort(),
  redis: await freePort(),
});

interface Side {
  readonly name: string;
  readonly admin: number;
  readonly child: Child;
  readonly clients: FleetClients;
}

async function counters(side: Side): Promise<(name: string) => number> {
  const answer = await get(side.admin, '/stats');
  const values = new Map((answer?.body ?? '').split('\n').map((line) => line.split(': ') as [string, string]));
  return (name) => Number(values.get(name) ?? 0);
}

const envoy = process.env['ENVOY_BIN'];
t.test('beside real Envoy', { skip: envoy === undefined ? 'there is no real Envoy here' : false }, async (t) => {
  const directory = t.testdir();
  const ports = await threePorts();
  const hosts = Array.from({ length: SIZE }, (_, i) => new FleetHost(`127.0.1.${i + 1}`, ports));
  await Promise.all(hosts.map((h) => h.start()));
  const dns = await DnsServer.start();
  dns.ttls = new Array<number>(SIZE).fill(0);
  const present = new Set(hosts);
  const weights = new Map<FleetHost, number>();
  const publish = (): void => {
    dns.records.set(
      NAME,
      [...present].map((h) => h.ip),
    );
    for (const name of ['grpc', 'redis'] as const) {
      writeFileSync(join(directory, '.new'), assignment(name, present, ports[name], weights));
      renameSync(join(directory, '.new'), join(directory, `${name}.json`));
    }
  };
  publish();
  const begin = async (name: string, command: readonly string[], more: readonly string[]): Promise<Side> => {
    const listen = await threePorts();
    const admin = await freePort();
    const path = join(directory, `${name}.yaml`);
    writeFileSync(path, JSON.stringify(config(directory, listen, admin, ports, dns.address)));
    const args = ['-c', path, '--concurrency', '1', '-l', 'warning', ...more];
    const child = await startProxy({ command, args, adminPort: admin });
    return { name, admin, child, clients: new FleetClients(listen, CLIENTS) };
  };
  const sides = await Promise.all([
    begin('envoylet', envoyletCommand(), []),
    begin('envoy', [envoy as string], ['--disable-hot-restart']),
  ]);
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    const host = hosts[draw(SIZE)];
    switch (draw(6)) {
      case 0:
        host.kill();
        break;
      case 1:
        host.mood = 'hung';
        break;
      case 2:
        host.mood = 'slow';
        break;
      case 3:
        await host.start();
        break;
      case 4:
        weights.set(host, 1 + draw(9));
        publish();
        break;
      default:
        if (present.has(host) && present.size > SIZE / 2) present.delete(host);
        else present.add(host);
        publish();
    }
    await sleep(EVENT_MS);
  }
  await Promise.all(sides.map((s) => s.clients.stop()));
  const told = await counters(sides[0]);
  for (const s of sides) t.comment(`${s.name}: ${JSON.stringify(s.clients.outcomes)}`);
  await Promise.all(sides.map((s) => s.child.stop()));
  for (const h of hosts) h.kill();
  dns.stop();

  const [ours, theirs] = sides.map((s) => s.clients.outcomes);
  const of = (cluster: string, name: string): number => told(`cluster.${cluster}.upstream_${name}`);
  // A try that fails is tried again or is the answer; so is one that takes too long, and one that has nobody to go to.
  const answers = (c: string, lost: number): number =>
    of(c, 'rq_pending_failure_eject') + lost - of(c, 'rq_retry') + of(c, 'rq_timeout') + of(c, 'cx_none_healthy');
  t.equal(ours.http.failed, answers('http', of('http', 'cx_destroy_remote_with_active_rq')), 'HTTP/1.1');
  // A host killed between the head of an answer and its status takes the stream with it.
  t.equal(ours.grpc.failed + ours.grpc.broken, answers('grpc', of('grpc', 'rq_rx_reset')), 'gRPC');
  t.equal(ours.redis.failed, told('redis.r.command.get.error'), 'Redis');
  for (const kind of ['http', 'grpc', 'redis'] as const) {
    if (kind !== 'grpc') t.equal(ours[kind].broken, 0, `${kind}: no client lost its connection`);
    t.ok(ours[kind].ok > 20, `${kind}: some are answered`);
    // Both draw their hosts by chance: what differs by less than that says nothing.
    const failed = theirs[kind].failed + theirs[kind].broken;
    const own = ours[kind].failed + ours[kind].broken;
    const limit = failed * 1.25 + 3 * Math.sqrt(failed) + 5;
    t.ok(own <= limit, `${kind}: no more fail than with Envoy (${own}, ${failed})`);
  }
  t.ok(told('cluster.http.update_success') > 2);
  t.ok(told('cluster.grpc.update_success') > 2);
});

/** By the kernel's netem, or by a rule of its packet filter where it has none. */
const NETEM = 'tc qdisc add dev lo root netem loss 1%';
const RULE = 'iptables -w -A INPUT -i lo -m statistic --mode random --probability 0.01 -j DROP';
const LOSS = `ip link set lo up && { ${NETEM} || ${RULE}; }`;
const probe = spawnSync('unshare', ['-rn', 'sh', '-c', LOSS], { encoding: 'utf8' });
const why =
  envoy === undefined
    ? 'there is no real Envoy here'
    : process.env[LOSSY] !== undefined
      ? 'this is the run with packets lost'
      : probe.status === 0
        ? false
        : `no network namespace whose packets get lost: ${(probe.error?.message ?? probe.stderr).trim()}`;
t.test('the same where one packet in a hundred is lost', { skip: why }, async (t) => {
  const self = fileURLToPath(import.meta.url);
  const run = spawnSync('unshare', ['-rn', 'sh', '-c', `${LOSS} && exec "$0" "$1"`, process.execPath, self], {
    encoding: 'utf8',
    env: { ...process.env, [LOSSY]: '1' },
  });
  for (const line of run.stdout.match(/# (?:envoylet|envoy): .*/g) ?? []) t.comment(`packets lost: ${line.slice(2)}`);
  t.equal(run.status, 0, run.stdout.slice(-4000) + run.stderr.slice(-2000));
});
