// What discovery and hosts may do wrong: no request is lost that could have been served, and a counter tells of it each time.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { captureLog, setAllLevels } from '../../src/log/logger.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import type { PriorityUpdate } from '../../src/upstream/endpoint.ts';
import { answering, cluster, get, OK, type Peer, TestProxy, Upstream, until } from '../http/proxy.ts';
import { TestClusters } from './clusters.ts';
import { DnsServer } from './discovery/dns-server.ts';
import { endpoint, priority } from './hosts.ts';

type Test = { teardown(fn: () => unknown): void };

async function upstream(t: Test, onPeer: (p: Peer) => void = answering(OK)): Promise<Upstream> {
  const u = await Upstream.start(onPeer);
  t.teardown(() => u.stop());
  return u;
}

async function proxy(t: Test, config: ClusterMessage): Promise<{ p: TestProxy; value: (name: string) => number }> {
  const p = await TestProxy.start({ clusters: [config] });
  t.teardown(() => p.stop());
  return { p, value: (name) => p.value(`cluster.u.${name}`) };
}

/** The status line of the answer to one request more. */
async function ask(p: TestProxy): Promise<string> {
  const c = p.connect();
  c.send(get());
  const { start } = await c.message();
  c.close();
  return start;
}

/** Lines of the level info and above from here on. */
function logged(t: Test): string[] {
  const lines: string[] = [];
  setAllLevels(2);
  t.teardown(captureLog((text) => lines.push(...text.split('\n').filter((line) => line !== ''))));
  return lines;
}

function named(dns: DnsServer, port: number, more: Partial<ClusterMessage> = {}): ClusterMessage {
  const [address, portValue] = dns.address.split(':');
  return cluster('u', [], {
    type: 'STRICT_DNS',
    dnsLookupFamily: 'V4_ONLY',
    dnsRefreshRate: 20,
    dnsResolvers: [{ socketAddress: { address, portValue: Number(portValue) } }],
    connectTimeout: 300,
    loadAssignment: {
      endpoints: [
        { lbEndpoints: [{ endpoint: { address: { socketAddress: { address: 'host.example', portValue: port } } } }] },
      ],
    },
    ...more,
  });
}

t.test('a name that flaps between right and wrong addresses: requests on the right ones are answered', async (t) => {
  const u = await upstream(t);
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  dns.ttls = [0];
  dns.records.set('host.example', ['127.0.0.1']);
  const { p, value } = await proxy(t, named(dns, u.port));
  for (let i = 0; i < 10; i++) {
    // Nobody listens at the second one.
    const now = i % 2 === 0 ? ['127.0.0.1'] : ['127.0.0.2'];
    dns.records.set('host.example', now);
    await until(
      () =>
        p.engine.clusters
          .get('u')!
          .hosts.map((h) => h.address.ip)
          .join() === now.join(),
    );
    t.equal(await ask(p), i % 2 === 0 ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 503 Service Unavailable');
  }
  t.equal(value('upstream_cx_connect_fail'), 5);
  t.ok(value('membership_change') >= 10);
});

t.test('a request that runs on a host that the name has lost is answered', async (t) => {
  const held: Peer[] = [];
  const u = await upstream(t, (p) => void held.push(p));
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  dns.records.set('host.example', ['127.0.0.1']);
  const { p } = await proxy(t, named(dns, u.port));
  const c = p.connect();
  c.send(get());
  await until(() => held.length === 1 && held[0].text.includes('\r\n\r\n'));
  dns.records.set('host.example', ['127.0.0.2']);
  await until(() => p.engine.clusters.get('u')!.hosts[0]?.address.ip === '127.0.0.2');
  held[0].send(OK);
  t.equal((await c.message()).start, 'HTTP/1.1 200 OK');
  await until(() => held[0].ended);
});

t.test('a server that refuses, knows nothing or says nothing of addresses keeps the hosts', async (t) => {
  const u = await upstream(t);
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  dns.records.set('host.example', ['127.0.0.1']);
  const lines = logged(t);
  const { p, value } = await proxy(t, named(dns, u.port));
  const later = async (name: string): Promise<void> => {
    const before = value(name);
    await until(() => value(name) >= before + 2);
  };
  dns.refused = true;
  await later('update_failure');
  t.equal(await ask(p), 'HTTP/1.1 200 OK');
  dns.refused = false;
  dns.records.set('host.example', []);
  await later('update_success');
  t.equal(await ask(p), 'HTTP/1.1 200 OK');
  dns.records.delete('host.example');
  await later('update_success');
  t.equal(await ask(p), 'HTTP/1.1 200 OK');
  dns.records.set('host.example', ['127.0.0.1']);
  await until(() => lines.at(-1)?.endsWith(' again') ?? false);
  const told = lines.filter((line) => line.includes('host.example'));
  t.equal(told.length, 2, told.join());
  t.match(told, [
    /\[warning\]\[upstream\].* no DNS server answers for host\.example: hosts that it had are kept/,
    /\[info\]\[upstream\].* DNS has addresses for host\.example again/,
  ]);
});

t.test('a server that lies: an answer to no question of ours, and half an answer, change nothing', async (t) => {
  const u = await upstream(t);
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  dns.ttls = [0];
  dns.records.set('host.example', ['127.0.0.1']);
  const { p, value } = await proxy(t, named(dns, u.port));
  const served = async (): Promise<void> => {
    t.same(
      p.engine.clusters.get('u')!.hosts.map((h) => h.address.ip),
      ['127.0.0.1'],
    );
    t.equal(await ask(p), 'HTTP/1.1 200 OK');
  };
  // Somebody who guesses the number of the question is faster than the server.
  dns.lie = (answer) => {
    const guess = Buffer.from(answer);
    guess.writeUInt16BE(answer.readUInt16BE(0) ^ 0x5555, 0);
    guess[guess.length - 1] = 2;
    return [guess, answer];
  };
  const before = value('update_success');
  await until(() => value('update_success') >= before + 3);
  await served();
  const asked = dns.questions.length;
  dns.lie = (answer) => [answer.subarray(0, answer.length - 3)];
  await until(() => dns.questions.length > asked);
  await served();
});

/** All but the first one have failed their checks. */
const many = (count: number, port: number): PriorityUpdate =>
  priority(
    0,
    ...Array.from({ length: count }, (_, i) => ({
      ...endpoint(port),
      id: i,
      address: new Address(i === 0 ? '127.0.0.1' : `127.1.${i >> 8}.${i & 255}`, port),
      health: i === 0 ? 0 : 1,
    })),
  );

for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'] as const) {
  t.test(`${lbPolicy}: of 10,000 addresses the one that is well gets every request, without panic`, async (t) => {
    const u = await upstream(t);
    const more = { lbPolicy, commonLbConfig: { healthyPanicThreshold: { value: 0 } } };
    const { p, value } = await proxy(t, cluster('u', [], more));
    p.engine.clusters.apply({ kind: 'hosts', name: 'u', batch: [many(10_000, u.port)] });
    for (let i = 0; i < 20; i++) t.equal(await ask(p), 'HTTP/1.1 200 OK');
    t.equal(value('upstream_rq_200'), 20);
    t.equal(p.store.scope('cluster.u.').gauge('membership_healthy').value, 1);
    t.equal(p.store.scope('cluster.u.').gauge('membership_total').value, 10_000);
    p.engine.clusters.apply({ kind: 'hosts', name: 'u', batch: [{ priority: 0, localities: [] }] });
    t.equal(await ask(p), 'HTTP/1.1 503 Service Unavailable');
    t.equal(value('upstream_cx_none_healthy'), 1);
  });
}

t.test('hosts come and go under load: whoever is asked while it is there answers', async (t) => {
  const hosts = await Promise.all([upstream(t), upstream(t), upstream(t)]);
  const ports = hosts.map((h) => h.port);
  const { p, value } = await proxy(t, cluster('u', [], {}));
  const batch = (present: readonly number[]): PriorityUpdate =>
    priority(0, ...present.map((i) => endpoint(ports[i], { weight: 1 + i })));
  p.engine.clusters.apply({ kind: 'hosts', name: 'u', batch: [batch([0])] });
  const sets = [[0], [0, 1], [1], [1, 2], [2], [0, 2]];
  let stop = false;
  let turn = 0;
  const change = (): void => {
    if (stop) return;
    p.engine.clusters.apply({ kind: 'hosts', name: 'u', batch: [batch(sets[turn++ % sets.length])] });
    setImmediate(change);
  };
  change();
  const loops = Array.from({ length: 8 }, async () => {
    for (let i = 0; i < 25; i++) t.equal(await ask(p), 'HTTP/1.1 200 OK');
  });
  await Promise.all(loops);
  stop = true;
  t.equal(value('upstream_rq_200'), 200);
  t.ok(turn > 20);
});

t.test('every host down: panic asks them all, and without panic nobody is asked', async (t) => {
  const u = await upstream(t);
  for (const [threshold, expected] of [
    [50, 'HTTP/1.1 200 OK'],
    [0, 'HTTP/1.1 503 Service Unavailable'],
  ] as const) {
    const more = { commonLbConfig: { healthyPanicThreshold: { value: threshold } } };
    const lines = logged(t);
    const { p, value } = await proxy(t, cluster('u', [u.port, u.port], more));
    const down = p.engine.clusters.get('u')!.hosts.map((h) => [h.id, 1] as const);
    p.engine.clusters.apply({ kind: 'health', name: 'u', changes: down });
    t.equal(await ask(p), expected);
    t.equal(value('lb_healthy_panic'), threshold === 50 ? 1 : 0);
    t.equal(value('upstream_cx_none_healthy'), threshold === 50 ? 0 : 1);
    t.match(lines.at(-1), /\[warning\]\[upstream\].* cluster 'u': none of its 2 hosts is healthy/);
  }
});

t.test('every zone empty: nobody is there, with weights of zones too', async (t) => {
  for (const more of [{}, { commonLbConfig: { localityWeightedLbConfig: {} } }]) {
    const { p, value } = await proxy(t, cluster('u', [], more));
    const zone = (name: string): PriorityUpdate['localities'][number] => ({
      locality: { region: '', zone: name, subZone: '' },
      weight: 3,
      endpoints: [],
    });
    p.engine.clusters.apply({ kind: 'hosts', name: 'u', batch: [{ priority: 0, localities: [zone('a'), zone('b')] }] });
    t.equal(await ask(p), 'HTTP/1.1 503 Service Unavailable');
    t.equal(value('upstream_cx_none_healthy'), 1);
  }
});

t.test('an EDS file that is half written, then whole: requests go on over the hosts that were known', async (t) => {
  const [a, b] = await Promise.all([upstream(t), upstream(t)]);
  const directory = t.testdir();
  const path = join(directory, 'eds.json');
  const text = (port: number): string =>
    JSON.stringify({
      resources: [
        {
          '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
          cluster_name: 'u',
          endpoints: [
            {
              lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }],
            },
          ],
        },
      ],
    });
  const put = (content: string): void => {
    writeFileSync(join(directory, '.new'), content);
    renameSync(join(directory, '.new'), path);
  };
  put(text(a.port));
  const { p, value } = await proxy(t, {
    name: 'u',
    type: 'EDS',
    edsClusterConfig: { edsConfig: { pathConfigSource: { path } } },
  } as ClusterMessage);
  const lines = logged(t);
  for (let length = 1; length < text(b.port).length; length += 37) {
    const before = value('update_failure') + value('update_rejected');
    put(text(b.port).slice(0, length));
    await until(() => value('update_failure') + value('update_rejected') > before);
    t.equal(await ask(p), 'HTTP/1.1 200 OK');
  }
  t.equal(b.accepted.length, 0);
  const wrong = value('update_failure') + value('update_rejected');
  t.equal(
    lines.filter((line) => /\[warning\]\[config\].* Filesystem config update failure: /.test(line)).length,
    wrong,
  );
  put(text(b.port));
  await until(() => p.engine.clusters.get('u')!.hosts[0].address.port === b.port);
  t.equal(await ask(p), 'HTTP/1.1 200 OK');
  t.equal(b.accepted.length, 1);
});

t.test(
  'a host whose answers to checks never come, or are rubbish, is out; the other one gets the requests',
  async (t) => {
    const well = await upstream(t);
    for (const [what, bad] of [
      ['hangs', (): void => {}],
      ['rubbish', (p: Peer): void => void p.send('\x00\x16\x03 nonsense\r\n\r\n')],
    ] as const) {
      const asked: string[] = [];
      const sick = await upstream(t, (p) => {
        p.socket.on('data', () => {
          if (p.text.includes('GET / ')) asked.push(p.text);
          bad(p);
        });
      });
      const { healthCheckTypes } = await import('../../src/server/health-checks.ts');
      const store = new Store();
      const clusters = new TestClusters(store, { healthChecks: healthCheckTypes });
      t.teardown(() => clusters.shutdown());
      const checks = { timeout: 50, interval: 10, noTrafficInterval: 10, unhealthyThreshold: 1, healthyThreshold: 1 };
      const config = cluster('u', [well.port, sick.port], {
        healthChecks: [{ ...checks, httpHealthCheck: { path: '/hc' } }],
      });
      await clusters.control.prepare([config]);
      clusters.loadStatic([config]);
      await clusters.initialize();
      const u = clusters.get('u')!;
      await until(() => u.hosts[0].health === 0 && u.hosts[1].health !== 0);
      for (let i = 0; i < 20; i++) t.equal(u.chooseHost(null), u.hosts[0], what);
      t.ok(store.counter('cluster.u.health_check.failure').value > 0);
      t.same(asked, []);
    }
  },
);
