// The same twenty hosts, killed, hung, slowed, brought back, weighed anew and moved, behind envoylet and behind real Envoy at the same time, under a
// steady load of HTTP/1.1, gRPC and Redis, the same number at the same moments: every request of ours that fails is one that the counters tell of,
// kind by kind, and no more of them fail than with Envoy. FLEET_SECONDS=120 is the long form, FLEET_SEED another course of events; where network
// namespaces are allowed it is played again with packets lost.
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
import { FLEET_KINDS, FleetClients, type FleetKind } from './fleet-clients.ts';
import { assignment, FLEET_NAME, fleetConfig } from './fleet-config.ts';
import { FleetHost, type FleetPorts } from './fleet-hosts.ts';

const SECONDS = Number(process.env['FLEET_SECONDS'] ?? 4);
const SIZE = 20;
/** ms between events, and between requests of one kind. */
const EVENT_MS = 60;
const PACE_MS = 10;
const CONNECTIONS = 4;
/** Requests of each kind before the first event. */
const WARM_UP = 100;
t.setTimeout((SECONDS * 3 + 60) * 1000);

/** Of the inner run: no further one. */
const LOSSY = 'FLEET_LOSSY';

/** The same events each time. */
let seed = Number(process.env['FLEET_SEED'] ?? 4711);
const draw = (n: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};

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
      FLEET_NAME,
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
    writeFileSync(path, JSON.stringify(fleetConfig(directory, listen, admin, ports, dns.address)));
    const args = ['-c', path, '--concurrency', '1', '-l', 'warning', ...more];
    const child = await startProxy({ command, args, adminPort: admin });
    return { name, admin, child, clients: new FleetClients(listen, CONNECTIONS) };
  };
  const sides = await Promise.all([
    begin('envoylet', envoyletCommand(), []),
    begin('envoy', [envoy as string], ['--disable-hot-restart']),
  ]);
  // What a process does for the first time takes it longer: no part of this.
  for (const { clients } of sides) {
    for (let i = 0; i < WARM_UP; i++) {
      clients.ask();
      await clients.settled();
    }
  }
  const event = async (): Promise<void> => {
    const host = hosts[draw(SIZE)];
    switch (draw(6)) {
      case 0:
        return host.kill();
      case 1:
        host.mood = 'hung';
        return;
      case 2:
        host.mood = 'slow';
        return;
      case 3:
        return host.start();
      case 4:
        weights.set(host, 1 + draw(9));
        return publish();
      default:
        if (present.has(host) && present.size > SIZE / 2) present.delete(host);
        else present.add(host);
        publish();
    }
  };
  const begun = performance.now();
  for (let at = 0; at < SECONDS * 1000; at += PACE_MS) {
    for (const s of sides) s.clients.ask();
    if (at % EVENT_MS === 0) await event();
    await sleep(Math.max(0, begun + at + PACE_MS - performance.now()));
  }
  await Promise.all(sides.map((s) => s.clients.stop()));
  const told = await counters(sides[0]);
  for (const { name, clients } of sides) {
    for (const kind of FLEET_KINDS) t.comment(`${name} ${kind}: ${JSON.stringify([...clients.outcomes[kind]].sort())}`);
  }
  await Promise.all(sides.map((s) => s.child.stop()));
  for (const h of hosts) h.kill();
  dns.stop();

  const [ours, theirs] = sides.map((s) => s.clients);
  const of = (cluster: FleetKind, name: string): number => told(`cluster.${cluster}.upstream_${name}`);
  t.same(ours.odd, []);
  // A try that fails is tried again or is the answer; so is one that takes too long. Where the time is over between two tries none took too long.
  for (const [kind, gone] of [
    ['http', 'cx_destroy_remote_with_active_rq'],
    ['grpc', 'rq_rx_reset'],
  ] as const) {
    const lost = of(kind, 'rq_pending_failure_eject') + of(kind, gone) - of(kind, 'rq_retry');
    // A host that is killed, or late, between the head of a gRPC answer and its status takes the stream with it.
    const [late, unreached] = [ours.count(kind, 'late'), ours.count(kind, 'unreached')];
    t.equal(late + unreached + ours.count(kind, 'broken'), of(kind, 'rq_timeout') + lost, `${kind}: no answer`);
    t.ok(unreached <= lost, `${kind}: no host that answers (${unreached}, ${lost})`);
    t.equal(ours.count(kind, 'nobody'), of(kind, 'cx_none_healthy'), `${kind}: no host`);
  }
  t.equal(ours.failed('redis'), told('redis.r.command.get.error'), 'Redis: no answer');
  t.equal(ours.count('redis', 'ok'), told('redis.r.command.get.success'), 'Redis: answered');
  t.equal(ours.count('redis', 'nobody'), of('redis', 'cx_none_healthy'), 'Redis: no host');
  for (const kind of FLEET_KINDS) {
    if (kind !== 'grpc') t.equal(ours.count(kind, 'broken'), 0, `${kind}: no client lost its connection`);
    t.ok(ours.count(kind, 'ok') > 20, `${kind}: some are answered`);
    // Both draw their hosts by chance: what differs by less than that says nothing.
    const [own, limit] = [ours.failed(kind), theirs.failed(kind) * 1.25 + 3 * Math.sqrt(theirs.failed(kind)) + 5];
    t.ok(own <= limit, `${kind}: no more fail than with Envoy (${own}, ${theirs.failed(kind)})`);
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
