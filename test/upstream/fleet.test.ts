// A fleet of twenty that is killed, hung, slowed, brought back, weighed anew and moved while requests go on: every request that fails is one
// that the cluster's counters tell of. FLEET_SECONDS makes it longer.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { TestProxy } from '../http/proxy.ts';
import { Clients, Member } from './fleet.ts';

const SECONDS = Number(process.env['FLEET_SECONDS'] ?? 4);
const SIZE = 20;
const EVENT_MS = 60;

t.setTimeout((SECONDS + 60) * 1000);

/** The same events each time. */
let seed = 12345;
const draw = (n: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};

const members = Array.from({ length: SIZE }, () => new Member());

/** Who is in the file, and with what weight. */
function assignment(name: string, present: ReadonlySet<Member>, weights: ReadonlyMap<Member, number>): string {
  const lb_endpoints = [...present].map((m) => ({
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: m.port } } },
    load_balancing_weight: weights.get(m) ?? 1,
  }));
  const type = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
  return JSON.stringify({ resources: [{ '@type': type, cluster_name: name, endpoints: [{ lb_endpoints }] }] });
}

for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'MAGLEV'] as const) {
  t.test(`${lbPolicy}: every failed request is told of by a counter`, async (t) => {
    const directory = t.testdir();
    const path = join(directory, 'eds.json');
    await Promise.all(members.map((m) => m.start()));
    const present = new Set(members);
    const weights = new Map<Member, number>();
    const publish = (): void => {
      writeFileSync(join(directory, '.new'), assignment('u', present, weights));
      renameSync(join(directory, '.new'), path);
    };
    publish();
    const cluster = {
      name: 'u',
      type: 'EDS',
      lbPolicy,
      connectTimeout: 200,
      edsClusterConfig: { edsConfig: { pathConfigSource: { path } } },
      outlierDetection: { interval: 100, baseEjectionTime: 200, consecutive5xx: 3 },
      circuitBreakers: { thresholds: [{ maxRetries: 1000 }] },
    } as ClusterMessage;
    const retryPolicy = { retryOn: 'connect-failure,reset', numRetries: 2, retryBackOff: { baseInterval: 5 } };
    const route = { cluster: 'u', timeout: 250, retryPolicy };
    const routeConfig = {
      virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }],
    };
    const proxy = await TestProxy.start({ clusters: [cluster], hcm: { routeConfig } });
    const clients = new Clients(proxy.port, 12);
    const end = Date.now() + (SECONDS / 3) * 1000;
    while (Date.now() < end) {
      const member = members[draw(SIZE)];
      switch (draw(6)) {
        case 0:
          member.kill();
          break;
        case 1:
          if (member.mood !== 'dead') member.mood = 'hung';
          break;
        case 2:
          if (member.mood !== 'dead') member.mood = 'slow';
          break;
        case 3:
          await member.start();
          member.mood = 'well';
          break;
        case 4:
          weights.set(member, 1 + draw(9));
          publish();
          break;
        default:
          if (present.has(member) && present.size > SIZE / 2) present.delete(member);
          else present.add(member);
          publish();
      }
      await sleep(EVENT_MS);
    }
    await clients.stop();
    proxy.stop();
    for (const m of members) m.kill();
    const count = (name: string): number => proxy.value(`cluster.u.${name}`);
    const failed = (clients.answers.get(503) ?? 0) + (clients.answers.get(504) ?? 0);
    // A try that fails is tried again or is the answer; so is one that takes too long, and one that has nobody to go to.
    const tries = count('upstream_rq_pending_failure_eject') + count('upstream_cx_destroy_remote_with_active_rq');
    const told = tries - count('upstream_rq_retry') + count('upstream_rq_timeout') + count('upstream_cx_none_healthy');
    t.comment(`answers: ${JSON.stringify([...clients.answers])}, tried again: ${count('upstream_rq_retry')}`);
    t.equal(failed, told, `of ${tries} tries that failed`);
    t.equal(clients.broken, 0, 'no client lost its connection');
    t.same(
      [...clients.answers.keys()].filter((s) => ![200, 503, 504].includes(s)),
      [],
    );
    t.ok((clients.answers.get(200) ?? 0) > 100);
    t.ok(count('update_success') > 2);
  });
}
