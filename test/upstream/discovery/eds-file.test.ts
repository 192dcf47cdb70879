// EDS from a file. The same of real Envoy: conformance eds/*.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Cluster as ClusterMessage, PathConfigSource } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { Store } from '../../../src/stats/store.ts';
import { Assignment } from '../../../src/upstream/discovery/assignment.ts';
import { CLUSTER_TYPES } from '../../../src/upstream/discovery/cluster-types.ts';
import { create } from '../../../src/upstream/discovery/eds-file.ts';
import { TestClusters } from '../clusters.ts';
import { onDrain, ports } from '../hosts.ts';

for (const name of ['upstream', 'config'] as const) logger(name).level = 6;

const ASSIGNMENT = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const types = { get: (type: string) => (type === 'EDS' ? create() : CLUSTER_TYPES.get(type)) };

interface End {
  readonly port: number;
  readonly priority?: number;
  readonly zone?: string;
  readonly weight?: number;
  readonly status?: string;
}

function response(ends: readonly End[], policy?: object): string {
  const endpoints = ends.map(({ port, priority, zone, weight, status }) => ({
    priority,
    locality: { zone },
    lb_endpoints: [
      {
        endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
        load_balancing_weight: weight,
        health_status: status,
      },
    ],
  }));
  return JSON.stringify({ resources: [{ '@type': ASSIGNMENT, cluster_name: 'c', endpoints, policy }] });
}

class Rig {
  readonly directory: string;
  readonly clusters = new TestClusters(new Store(), { types });
  constructor(directory: string) {
    this.directory = directory;
  }
  put(text: string, name = 'eds.json'): void {
    writeFileSync(join(this.directory, '.new'), text);
    renameSync(join(this.directory, '.new'), join(this.directory, name));
  }
  config(source: PathConfigSource = { path: join(this.directory, 'eds.json') }): ClusterMessage {
    return { name: 'c', type: 'EDS', edsClusterConfig: { edsConfig: { pathConfigSource: source } } };
  }
  get cluster() {
    return this.clusters.get('c')!;
  }
  get stats() {
    return this.cluster.info.stats;
  }
  /** After a change was read. */
  async after(change: () => void): Promise<void> {
    const { updateAttempt, updateSuccess, updateFailure } = this.stats;
    const rejected = this.stats.scope.counter('update_rejected');
    const done = (): number => updateSuccess.value + updateFailure.value + rejected.value;
    const before = done();
    change();
    while (done() === before || done() !== updateAttempt.value) await new Promise((r) => setTimeout(r, 5));
  }
}

async function rig(t: Test, ends: readonly End[], source?: (directory: string) => PathConfigSource): Promise<Rig> {
  const r = new Rig(t.testdir());
  t.teardown(() => r.clusters.shutdown());
  r.put(response(ends));
  r.clusters.control.loadStatic([r.config(source?.(r.directory))]);
  await r.clusters.control.initialize();
  return r;
}

t.test('hosts come from the file, and from the one that takes its place', async (t) => {
  const r = await rig(t, [{ port: 1 }, { port: 2, weight: 5 }]);
  t.same(
    r.cluster.hosts.map((h) => h.address.port),
    [1, 2],
  );
  t.equal(r.stats.maxHostWeight.value, 5);
  const [, second] = r.cluster.hosts;
  let drained = 0;
  onDrain(r.cluster.hosts[0], () => drained++);
  await r.after(() => r.put(response([{ port: 3 }, { port: 2 }])));
  t.same(
    r.cluster.hosts.map((h) => h.address.port),
    [3, 2],
  );
  t.equal(r.cluster.hosts[1], second, 'the same address is the same host');
  t.equal(drained, 1);
  await r.after(() => r.put(response([{ port: 3 }, { port: 2 }])));
  t.equal(r.stats.updateNoRebuild.value, 1);
});

t.test('a file that is half written, or wrong, leaves the hosts as they are', async (t) => {
  const r = await rig(t, [{ port: 1 }]);
  const hosts = r.cluster.hosts;
  const whole = response([{ port: 2 }]);
  for (const text of [
    whole.slice(0, whole.length / 2),
    '',
    '{',
    whole.replaceAll('127.0.0.1', 'name'),
    whole.replace('"c"', '"d"'),
  ]) {
    await r.after(() => r.put(text));
    t.equal(r.cluster.hosts, hosts, text.slice(0, 40));
  }
  t.equal(r.stats.updateSuccess.value, 1);
  await r.after(() => r.put(whole));
  t.same(ports(r.cluster, 1), [2]);
});

t.test('priorities, places, health and overprovisioning come with the file, and go with it', async (t) => {
  const r = await rig(t, [{ port: 1 }, { port: 2, priority: 1 }]);
  t.same(ports(r.cluster, 3), [1, 1, 1]);
  const ends = [{ port: 1, status: 'UNHEALTHY' }, { port: 3 }, { port: 2, priority: 1 }];
  await r.after(() => r.put(response(ends, { overprovisioning_factor: 200 })));
  t.same(ports(r.cluster, 4), [3, 3, 3, 3], '50 % × 2');
  await r.after(() => r.put(response(ends)));
  t.equal(r.cluster.priorities[0].overprovisioning, 140);
  t.ok(ports(r.cluster, 300).includes(2));
  await r.after(() =>
    r.put(
      response([
        { port: 7, zone: 'b' },
        { port: 8, zone: 'a' },
      ]),
    ),
  );
  t.same(
    r.cluster.priorities.map((s) => s.hosts.length),
    [2, 0],
  );
  t.same(
    r.cluster.priorities[0].localities.map((l) => l.locality.zone),
    ['a', 'b'],
  );
});

t.test('watched_directory: a symbolic link that is swapped, as Kubernetes does it', async (t) => {
  const r = new Rig(t.testdir());
  t.teardown(() => r.clusters.shutdown());
  for (const [name, port] of [
    ['one', 1],
    ['two', 2],
  ] as const) {
    mkdirSync(join(r.directory, name));
    writeFileSync(join(r.directory, name, 'eds.json'), response([{ port }]));
  }
  symlinkSync('one', join(r.directory, '..data'));
  const path = join(r.directory, '..data', 'eds.json');
  r.clusters.control.loadStatic([r.config({ path, watchedDirectory: { path: r.directory } })]);
  await r.clusters.control.initialize();
  t.same(ports(r.cluster, 1), [1]);
  await r.after(() => {
    symlinkSync('two', join(r.directory, '..tmp'));
    renameSync(join(r.directory, '..tmp'), join(r.directory, '..data'));
  });
  t.same(ports(r.cluster, 1), [2]);
});

t.test('a file that is gone keeps the hosts; shutdown stops looking', async (t) => {
  const r = await rig(t, [{ port: 1 }]);
  await r.after(() => rmSync(join(r.directory, 'eds.json')));
  t.equal(r.stats.updateFailure.value, 1);
  t.same(ports(r.cluster, 1), [1]);
});

t.test('what is not there to be read or watched is refused', async (t) => {
  const r = new Rig(t.testdir());
  t.teardown(() => r.clusters.shutdown());
  t.throws(() => r.clusters.control.loadStatic([r.config()]), {
    message: /paths must refer to an existing path in the system/,
  });
  r.put(response([]));
  const nowhere = { path: join(r.directory, 'eds.json'), watchedDirectory: { path: join(r.directory, 'no') } };
  t.throws(() => r.clusters.control.loadStatic([r.config(nowhere)]), { message: /unable to add filesystem watch/ });
});

t.test('ten thousand endpoints: those that stay keep their ids, an address named twice counts once', async (t) => {
  const a = new Assignment();
  const ends = (from: number) => ({
    endpoints: [
      {
        lbEndpoints: Array.from({ length: 10_000 }, (_, i) => {
          const n = from + i;
          const address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
          return { endpoint: { address: { socketAddress: { address, portValue: 80 } } } };
        }),
      },
    ],
  });
  const first = a.take(ends(0))![0].localities[0].endpoints;
  const second = a.take(ends(5000))![0].localities[0].endpoints;
  t.equal(second[0].id, first[5000].id);
  t.equal(new Set([...first, ...second].map((e) => e.id)).size, 15_000);
  t.equal(a.take(ends(5000)), null);
  const twice = ends(0).endpoints;
  t.equal(a.take({ endpoints: [...twice, ...twice] })![0].localities.length, 1);
});
