// What a cluster makes of its checks: when the next one is due, who is checked, what waits for it, and what happens to connections.

import t from 'tap';
import type { Cluster as ClusterMessage, CoreHealthCheck as HealthCheck } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { entryOfText } from '../../../src/runtime/entries.ts';
import { runtime } from '../../../src/runtime/runtime.ts';
import { healthCheckTypes } from '../../../src/server/health-checks.ts';
import { Store } from '../../../src/stats/store.ts';
import { TICK_MS, Timer } from '../../../src/transport/timers.ts';
import { CHANGE_PENDING, CHANGED, CheckSession, UNCHANGED } from '../../../src/upstream/health/check-session.ts';
import { HealthChecker, type HealthCheckTypes } from '../../../src/upstream/health/health-checker.ts';
import {
  FAILED_ACTIVE_HC,
  flagNames,
  PENDING_ACTIVE_HC,
  PENDING_DYNAMIC_REMOVAL,
} from '../../../src/upstream/health/health-flags.ts';
import type { Host } from '../../../src/upstream/host.ts';
import { cluster, type Peer, TestProxy, Upstream, until } from '../../http/proxy.ts';
import { TestClusters } from '../clusters.ts';
import { Names } from '../discovery/names.ts';
import { endpoint, listed, makeCluster, setHosts } from '../hosts.ts';
import { HTTP, QUICK, status } from './checked.ts';

for (const name of ['upstream', 'config']) logger(name).level = 6;

/** Checks that end as the test says. */
class Scripted extends CheckSession {
  static all = new Map<number, Scripted>();
  checks = 0;
  closed = false;
  protected check(): void {
    this.checks++;
    Scripted.all.set(this.host.id, this);
  }
  protected abandon(): void {}
  protected close(): void {
    this.closed = true;
  }
  pass(): void {
    this.succeed(false);
  }
  failAs(type: 'ACTIVE' | 'NETWORK'): void {
    this.fail(type);
  }
  /** In ticks of the wheel. */
  get due(): number {
    return this.interval.tick;
  }
}
const SCRIPTED: HealthCheckTypes = {
  make: () => ({ type: { session: (checker, host) => new Scripted(checker, host) }, events: null }),
};
const session = (id: number): Scripted => Scripted.all.get(id) as Scripted;

const SLOW: HealthCheck = {
  timeout: 3_600_000,
  interval: 3_600_000,
  unhealthyThreshold: 1,
  healthyThreshold: 1,
  tcpHealthCheck: {},
};

class Owner {
  changed: number[] = [];
  passed: number[] = [];
  traffic = true;
  healthChanged(host: Host): void {
    this.changed.push(host.id);
  }
  passedCheck(host: Host): void {
    this.passed.push(host.id);
  }
  hadTraffic(): boolean {
    return this.traffic;
  }
}

t.test('when the next check is due', async (t) => {
  const c = makeCluster();
  const owner = new Owner();
  const all: HealthCheck = {
    ...SLOW,
    interval: 1000,
    unhealthyInterval: 2000,
    unhealthyEdgeInterval: 3000,
    healthyEdgeInterval: 4000,
    noTrafficInterval: 5000,
    noTrafficHealthyInterval: 6000,
  };
  const of = (config: HealthCheck, random: number[] = []): HealthChecker =>
    new HealthChecker(config, c, SCRIPTED, owner, listed(random));
  const waits = (config: HealthCheck): number[] => {
    const checker = of(config);
    return [true, false].flatMap((healthy) =>
      ([UNCHANGED, CHANGED, CHANGE_PENDING] as const).map((change) => checker.waitMs(healthy, change)),
    );
  };
  t.same(waits(all), [1000, 1000, 4000, 2000, 2000, 3000]);
  t.same(waits({ ...SLOW, interval: 1000 }), [1000, 1000, 1000, 1000, 1000, 1000]);
  t.same(waits({ ...SLOW, interval: 1000, unhealthyInterval: 7 }), [1000, 1000, 1000, 7, 7, 7]);
  owner.traffic = false;
  t.same(waits(all), [6000, 6000, 5000, 5000, 5000, 5000]);
  t.same(waits({ ...SLOW, interval: 1000 }), [60_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
  owner.traffic = true;
  const jitter = { ...SLOW, interval: 1000, intervalJitter: 100, intervalJitterPercent: 10, initialJitter: 50 };
  t.equal(of(jitter, [1_000_007, 1_000_033]).waitMs(true, UNCHANGED), 1000 + (1_000_007 % 100) + (1_000_033 % 100));
  t.equal(of(jitter, [123]).initialWaitMs(), 23);
  t.equal(of(SLOW).initialWaitMs(), 0);
  const says = (values: Record<string, number>): void =>
    runtime.set(new Map(Object.entries(values).map(([key, n]) => [key, entryOfText(String(n))])));
  t.teardown(() => runtime.clear());
  says({ 'health_check.min_interval': 1500 });
  t.same(waits(all), [1500, 1500, 4000, 2000, 2000, 3000]);
  says({ 'health_check.max_interval': 2500 });
  t.same(waits(all), [1000, 1000, 2500, 2000, 2000, 2500]);
  says({ 'health_check.max_interval': 10, 'health_check.min_interval': 20 });
  t.same(waits(all), [20, 20, 20, 20, 20, 20]);
  says({});
  t.same(waits(all), [1000, 1000, 4000, 2000, 2000, 3000]);
});

t.test('checks that are due at about the same time come due together', async (t) => {
  const c = makeCluster();
  setHosts(c, endpoint(1), endpoint(2));
  /** What two checks are due at that have passed or failed in turns a tick or more apart, and what timers of exactly that time are. */
  const dues = async (ms: number): Promise<{ due: number[]; exact: number[] }> => {
    const checker = new HealthChecker({ ...SLOW, interval: ms }, c, SCRIPTED, new Owner(), listed([]));
    checker.setHosts(c.hosts);
    const exact: number[] = [];
    for (const id of [1, 2]) {
      const timer = new Timer(() => {});
      timer.arm(ms);
      exact.push(timer.tick);
      timer.cancel();
      if (id === 1) session(id).pass();
      else session(id).failAs('NETWORK');
      await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS));
    }
    const due = [session(1).due, session(2).due];
    checker.stop();
    return { due, exact };
  };
  for (const [ms, grid] of [
    [3_600_000, 10],
    [5000, 10],
    [2000, 4],
  ]) {
    const { due, exact } = await dues(ms);
    t.same(
      due.map((tick) => tick % grid),
      [0, 0],
      `${ms} ms: only every ${grid} ticks`,
    );
    for (const [i, tick] of due.entries()) t.ok(Math.abs(tick - exact[i]) <= grid / 2, 'half of that sooner or later');
  }
  const { due, exact } = await dues(500);
  t.same(due, exact, 'short waits are what they are');
});

t.test('hosts are checked while they are there, and not where the endpoint says so', async (t) => {
  const c = makeCluster();
  const owner = new Owner();
  const checker = new HealthChecker(SLOW, c, SCRIPTED, owner, listed([]));
  t.teardown(() => checker.stop());
  const left = { ...endpoint(3), check: { disableActiveHealthCheck: true } };
  setHosts(c, { ...endpoint(1), health: FAILED_ACTIVE_HC }, { ...endpoint(2), health: FAILED_ACTIVE_HC }, left);
  checker.setHosts(c.hosts);
  t.equal(session(1).checks, 1);
  t.equal(Scripted.all.has(3), false);
  let checked = 0;
  checker.whenChecked(() => checked++);
  session(1).pass();
  t.same(owner.changed, [1]);
  t.same(owner.passed, [1]);
  t.equal(checker.stats.healthy.value, 1);
  t.equal(checked, 0, 'one is still to be checked');
  setHosts(c, endpoint(1), left);
  checker.setHosts(c.hosts);
  t.equal(session(2).closed, true);
  t.equal(checked, 1, 'it will never be');
  session(2).pass();
  t.same(owner.changed, [1], 'what is late changes nothing');
  checker.stop();
  t.equal(checker.stats.healthy.value, 0);
  t.equal(session(1).closed, true);
});

class DnsRig {
  readonly store = new Store();
  readonly names = new Names();
  readonly clusters: TestClusters;
  constructor() {
    this.clusters = new TestClusters(this.store, {
      resolver: this.names,
      healthChecks: async () => SCRIPTED,
    });
  }
  async start(more: Partial<ClusterMessage> = {}): Promise<void> {
    const address = { socketAddress: { address: 'db', portValue: 80 } };
    const config: ClusterMessage = {
      name: 'a',
      type: 'STRICT_DNS',
      dnsRefreshRate: 1,
      loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
      healthChecks: [SLOW],
      ...more,
    };
    await this.clusters.control.prepare([config]);
    this.clusters.loadStatic([config]);
  }
  get hosts(): string[] {
    return this.clusters.get('a')!.hosts.map((h) => `${h.address.text} ${flagNames(h.health)}`);
  }
}

t.test('a cluster is ready when its hosts have been checked; new ones are out until then', async (t) => {
  const r = new DnsRig();
  t.teardown(() => r.clusters.shutdown());
  r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
  await r.start();
  let ready = false;
  const init = r.clusters.initialize().then(() => {
    ready = true;
  });
  await r.names.answered();
  t.same(r.hosts, ['10.0.0.1:80 /failed_active_hc', '10.0.0.2:80 /failed_active_hc']);
  session(0).pass();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(ready, false);
  session(1).failAs('ACTIVE');
  await init;
  t.same(r.hosts, ['10.0.0.1:80 healthy', '10.0.0.2:80 /failed_active_hc']);
  t.equal(r.store.gauge('cluster.a.membership_healthy').value, 1);
  r.names.answers.set('db', ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  await until(() => r.hosts.length === 3);
  t.equal(r.hosts[2], '10.0.0.3:80 /failed_active_hc');
  t.equal(r.hosts[0], '10.0.0.1:80 healthy', 'what is known stays');
});

t.test(
  'a host that discovery has lost stays while it passes its checks, and is the same one when found again',
  async (t) => {
    const r = new DnsRig();
    t.teardown(() => r.clusters.shutdown());
    r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
    await r.start();
    const init = r.clusters.initialize();
    await r.names.answered();
    session(0).pass();
    session(1).pass();
    await init;
    const kept = r.clusters.get('a')!.hosts[1];
    r.names.answers.set('db', ['10.0.0.1']);
    await until(() => (kept.health & PENDING_DYNAMIC_REMOVAL) !== 0);
    t.same(r.hosts, ['10.0.0.1:80 healthy', '10.0.0.2:80 /pending_dynamic_removal']);
    t.equal(r.store.gauge('cluster.a.membership_healthy').value, 2);
    r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
    await until(() => (kept.health & PENDING_DYNAMIC_REMOVAL) === 0);
    t.equal(r.clusters.get('a')!.hosts[1], kept);
    r.names.answers.set('db', ['10.0.0.1']);
    await until(() => (kept.health & PENDING_DYNAMIC_REMOVAL) !== 0);
    session(1).failAs('ACTIVE');
    await until(() => r.hosts.length === 1);
    t.equal(session(1).closed, true);
    // It would be a new one.
    r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
    await until(() => r.hosts.length === 2);
    t.not(r.clusters.get('a')!.hosts[1], kept);
  },
);

t.test('ignore_health_on_host_removal: what discovery has lost goes', async (t) => {
  const r = new DnsRig();
  t.teardown(() => r.clusters.shutdown());
  r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
  await r.start({ ignoreHealthOnHostRemoval: true });
  const init = r.clusters.initialize();
  await r.names.answered();
  session(0).pass();
  session(1).pass();
  await init;
  r.names.answers.set('db', ['10.0.0.1']);
  await until(() => r.hosts.length === 1);
});

t.test('ignore_new_hosts_until_first_hc: a new host counts for nothing until it was checked', async (t) => {
  const r = new DnsRig();
  t.teardown(() => r.clusters.shutdown());
  r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
  await r.start({ commonLbConfig: { ignoreNewHostsUntilFirstHc: true } });
  const init = r.clusters.initialize();
  await r.names.answered();
  t.equal(r.clusters.get('a')!.hosts[0].health & PENDING_ACTIVE_HC, PENDING_ACTIVE_HC);
  t.equal(r.store.gauge('cluster.a.membership_excluded').value, 2);
  session(0).failAs('NETWORK');
  session(1).pass();
  await init;
  t.equal(r.store.gauge('cluster.a.membership_excluded').value, 0);
  t.same(r.hosts, ['10.0.0.1:80 /failed_active_hc', '10.0.0.2:80 healthy']);
});

t.test('health_check_config: another port, another name', async (t) => {
  const checked = await Upstream.start((p: Peer) => p.socket.on('data', () => p.send(status(200))));
  const used = await Upstream.start();
  const store = new Store();
  const clusters = new TestClusters(store, { healthChecks: healthCheckTypes });
  t.teardown(() => {
    clusters.shutdown();
    checked.stop();
    used.stop();
  });
  const address = { socketAddress: { address: '127.0.0.1', portValue: used.port } };
  const healthCheckConfig = { portValue: checked.port, hostname: 'own.example' };
  const config: ClusterMessage = {
    name: 'u',
    loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint: { address, healthCheckConfig } }] }] },
    healthChecks: [{ ...HTTP, httpHealthCheck: { path: '/', host: 'not this' } }],
  };
  await clusters.control.prepare([config]);
  clusters.loadStatic([config]);
  await clusters.initialize();
  t.match(checked.accepted[0].text, /^GET \/ HTTP\/1.1\r\nhost: own.example\r\n/);
  t.equal(used.accepted.length, 0);
});

t.test('x-envoy-immediate-health-check-fail in an answer takes the host out; its connections go', async (t) => {
  const answers: string[] = [];
  const check = await Upstream.start((p: Peer) => p.socket.on('data', () => p.send(status(200))));
  const upstream = await Upstream.start((p: Peer) => p.socket.on('data', () => p.send(answers.shift() ?? status(200))));
  const endpointOf = {
    address: { socketAddress: { address: '127.0.0.1', portValue: upstream.port } },
    healthCheckConfig: { portValue: check.port },
  };
  const proxy = await TestProxy.start({
    clusters: [
      {
        name: 'u',
        loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint: endpointOf }] }] },
        healthChecks: [{ ...HTTP, interval: 3_600_000, noTrafficInterval: 3_600_000 }],
        commonLbConfig: { healthyPanicThreshold: { value: 0 } },
      },
    ],
  });
  t.teardown(() => {
    proxy.stop();
    upstream.stop();
    check.stop();
  });
  const client = proxy.connect();
  t.teardown(() => client.close());
  answers.push(status(200, 'x-envoy-immediate-health-check-fail: true\r\n'));
  client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  t.equal((await client.message()).start, 'HTTP/1.1 200 OK');
  const host = proxy.engine.clusters.get('u')!.hosts[0];
  t.equal(flagNames(host.health), '/failed_active_hc/excluded_via_immediate_hc_fail');
  t.equal(proxy.value('cluster.u.health_check.passive_failure'), 1);
  await until(() => upstream.accepted[0].ended);
  client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  t.equal((await client.message()).start, 'HTTP/1.1 503 Service Unavailable');
});

t.test('checks that begin at some time within initial_jitter', async (t) => {
  const upstream = await Upstream.start((p: Peer) => p.socket.on('data', () => p.send(status(200))));
  const clusters = new TestClusters(new Store(), { healthChecks: healthCheckTypes });
  t.teardown(() => {
    clusters.shutdown();
    upstream.stop();
  });
  const config = cluster('u', [upstream.port], { healthChecks: [{ ...QUICK, ...HTTP, initialJitter: 20 }] });
  await clusters.control.prepare([config]);
  clusters.loadStatic([config]);
  await clusters.initialize();
  t.equal(clusters.get('u')!.hosts[0].health, 0);
});
