import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { answering, OK, Peer, get as request, Upstream, until } from '../http/proxy.ts';
import type { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

const CONNECTIONS = 24;

function config(port: number, admin: number, upstream: number): string {
  const address = (p: number): object => ({ socket_address: { address: '127.0.0.1', port_value: p } });
  const type = (name: string): string => `type.googleapis.com/envoy.extensions.filters.${name}`;
  return JSON.stringify({
    static_resources: {
      listeners: [
        {
          name: 'l',
          address: address(port),
          filter_chains: [
            {
              filters: [
                {
                  name: 'envoy.filters.network.http_connection_manager',
                  typed_config: {
                    '@type': type('network.http_connection_manager.v3.HttpConnectionManager'),
                    stat_prefix: 'h',
                    route_config: {
                      virtual_hosts: [
                        { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }] },
                      ],
                    },
                    http_filters: [
                      { name: 'envoy.filters.http.router', typed_config: { '@type': type('http.router.v3.Router') } },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'u',
          type: 'STATIC',
          connect_timeout: '1s',
          load_assignment: {
            cluster_name: 'u',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }],
          },
        },
      ],
    },
    admin: { address: address(admin) },
  });
}

t.test('two workers: one process to whoever asks it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'workers-'));
  const log = join(directory, 'log');
  const u = await Upstream.start(answering(OK));
  const [port, admin] = [await freePort(), await freePort()];
  writeFileSync(join(directory, 'envoy.json'), config(port, admin, u.port));
  const args = ['-c', join(directory, 'envoy.json'), '--concurrency', '2', '--log-path', log, '-l', 'info'];
  const child: Child = await startProxy({ command: envoyletCommand(), args, adminPort: admin, listenerPort: port });
  t.teardown(async () => {
    await child.stop();
    u.stop();
    rmSync(directory, { recursive: true });
  });

  /** One request on each of many new connections: the kernel spreads them over the workers. */
  const requests = async (): Promise<void> => {
    const clients = Array.from({ length: CONNECTIONS }, () => new Peer(net.connect(port, '127.0.0.1')));
    for (const c of clients) t.equal((await c.send(request()).message()).body, 'ok');
    for (const c of clients) c.close();
  };
  const stats = async (filter: string): Promise<Map<string, number>> => {
    const page = (await get(admin, `/stats?filter=${filter}`))!.body.trim().split('\n');
    return new Map(page.map((line) => line.split(': ') as [string, string]).map(([n, v]) => [n, Number(v)]));
  };
  const logged = (file: string): number =>
    existsSync(file)
      ? readFileSync(file, 'latin1').split(/request headers complete.*\n':authority', 'a'\n/).length - 1
      : 0;

  await t.test('both serve, and /clusters shows the sum', async (t) => {
    await requests();
    const per = await stats('worker_.*downstream_cx_total');
    const counts = [...per].filter(([n]) => !n.includes('admin')).map(([, v]) => v);
    t.equal(counts.length, 2);
    t.ok(
      counts.every((n) => n > 0),
      `${counts}`,
    );
    const text = (await get(admin, '/clusters'))!.body;
    t.match(text, `127.0.0.1:${u.port}::rq_total::${CONNECTIONS}\n`);
    t.match(text, `127.0.0.1:${u.port}::rq_success::${CONNECTIONS}\n`);
    const json = JSON.parse((await get(admin, '/clusters?format=json'))!.body);
    const value = (name: string): number =>
      Number(json.cluster_statuses[0].host_statuses[0].stats.find((s: { name: string }) => s.name === name).value);
    t.equal(value('rq_total'), CONNECTIONS);
    t.equal((await stats('cluster.u.upstream_rq_total')).get('cluster.u.upstream_rq_total'), CONNECTIONS);
  });

  await t.test('/logging reaches every worker', async (t) => {
    // Workers answer /clusters after what they were told before.
    const level = async (query: string): Promise<void> => {
      await get(admin, `/logging?${query}`, 'POST');
      await get(admin, '/clusters');
    };
    t.equal(logged(log), 0);
    await level('http=debug');
    await requests();
    await until(() => logged(log) >= CONNECTIONS);
    await level('level=info');
    await requests();
    await level('http=debug');
    await requests();
    await until(() => logged(log) >= 2 * CONNECTIONS);
    t.equal(logged(log), 2 * CONNECTIONS, 'nothing while it was off');
  });

  for (const how of ['/reopen_logs', 'SIGUSR1']) {
    await t.test(`${how} reaches every worker`, async (t) => {
      const old = `${log}.${how.replaceAll('/', '')}`;
      renameSync(log, old);
      const before = logged(old);
      if (how === 'SIGUSR1') child.process.kill('SIGUSR1');
      else await get(admin, how, 'POST');
      await until(() => existsSync(log));
      await get(admin, '/clusters');
      await requests();
      await until(() => logged(log) + logged(old) - before >= CONNECTIONS);
      t.equal(logged(log), CONNECTIONS);
      t.equal(logged(old), before);
    });
  }

  await t.test('an orderly end', async (t) => {
    t.equal(await child.stop(), 0);
  });
});
