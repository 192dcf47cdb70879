// Checks run once for all event loops, each of which hears of what is found; a host that a worker's answer accuses is out for all.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Peer, get as request, Upstream, until } from '../../http/proxy.ts';
import { freePort } from '../../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../../support/proxy-process.ts';
import { TestProxy as TcpProxy, cluster as tcpCluster, upstream as tcpUpstream } from '../../tcp/proxy.ts';
import { status } from './checked.ts';

const FILTERS = 'type.googleapis.com/envoy.extensions.filters';
const address = (p: number): object => ({ socket_address: { address: '127.0.0.1', port_value: p } });

t.test('two event loops, one checker', async (t) => {
  let healthy = true;
  let accuse = false;
  let checks = 0;
  const checker = await Upstream.start((p) =>
    p.socket.on('data', () => {
      checks++;
      p.send(status(healthy ? 200 : 503));
    }),
  );
  const more = (): string => (accuse ? 'x-envoy-immediate-health-check-fail: 1\r\n' : '');
  const upstream = await Upstream.start((p) => p.socket.on('data', () => p.send(status(200, more()))));
  const [port, admin] = [await freePort(), await freePort()];
  const directory = mkdtempSync(join(tmpdir(), 'health-loops-'));
  const manager = {
    '@type': `${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'h',
    route_config: {
      virtual_hosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }] }],
    },
    http_filters: [{ name: 'r', typed_config: { '@type': `${FILTERS}.http.router.v3.Router` } }],
  };
  const config = {
    static_resources: {
      listeners: [
        { name: 'l', address: address(port), filter_chains: [{ filters: [{ name: 'm', typed_config: manager }] }] },
      ],
      clusters: [
        {
          name: 'u',
          type: 'STATIC',
          common_lb_config: { healthy_panic_threshold: { value: 0 } },
          load_assignment: {
            cluster_name: 'u',
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: { address: address(upstream.port), health_check_config: { port_value: checker.port } } },
                ],
              },
            ],
          },
          health_checks: [
            {
              timeout: '5s',
              interval: '0.02s',
              no_traffic_interval: '3600s',
              unhealthy_threshold: 1,
              healthy_threshold: 1,
              http_health_check: { path: '/' },
            },
          ],
        },
      ],
    },
    admin: { address: address(admin) },
  };
  writeFileSync(join(directory, 'envoy.json'), JSON.stringify(config));
  const args = ['-c', join(directory, 'envoy.json'), '--concurrency', '2', '-l', 'off'];
  const child = await startProxy({ command: envoyletCommand(), args, adminPort: admin, listenerPort: port });
  t.teardown(async () => {
    await child.stop();
    upstream.stop();
    checker.stop();
    rmSync(directory, { recursive: true });
  });

  // Connections of both loops.
  const clients = Array.from({ length: 24 }, () => new Peer(net.connect(port, '127.0.0.1')));
  t.teardown(() => {
    for (const c of clients) c.close();
  });
  const answers = async (): Promise<Set<string>> => {
    const all = new Set<string>();
    for (const c of clients) all.add((await c.send(request()).message()).start);
    return all;
  };
  const flags = async (): Promise<string> =>
    /health_flags::(.*)/.exec((await get(admin, '/clusters'))?.body ?? '')?.[1] ?? '';
  const becomes = async (wanted: string): Promise<void> => {
    for (;;) {
      const seen = await answers();
      if (seen.size === 1 && seen.has(wanted)) return;
    }
  };
  t.equal(checks, 1, 'one loop asks');
  t.same(await answers(), new Set(['HTTP/1.1 200 OK']));
  // The check that was due in an hour is not brought forward by traffic: the accusation is.
  accuse = true;
  healthy = false;
  await answers();
  await becomes('HTTP/1.1 503 Service Unavailable');
  t.match(await flags(), /failed_active_hc\/excluded_via_immediate_hc_fail/);
  const { body } = (await get(admin, '/stats?filter=health_check'))!;
  t.match(body, /cluster\.u\.health_check\.attempt: 1\n/);
});

t.test('close_connections_on_host_health_failure: TCP sessions end with the host’s health', async (t) => {
  const u = await tcpUpstream((s) => s.on('data', (d) => s.write(d)));
  const p = await TcpProxy.start({ cluster: 'up' }, [
    tcpCluster('up', [u.port], { closeConnectionsOnHostHealthFailure: true }),
    tcpCluster('stays', [u.port]),
  ]);
  const other = await TcpProxy.start({ cluster: 'stays' }, [tcpCluster('stays', [u.port])]);
  t.teardown(() => {
    p.stop();
    other.stop();
    u.close();
  });
  const [closing, staying] = [p.connect(), other.connect()];
  t.teardown(() => staying.destroy());
  let ended = false;
  closing.on('end', () => {
    ended = true;
  });
  let echoed = '';
  closing.on('data', (d) => {
    echoed += d;
  });
  staying.on('data', (d) => {
    echoed += d;
  });
  closing.write('a');
  staying.write('b');
  await until(() => echoed.length === 2);
  for (const [proxy, name] of [
    [p, 'up'],
    [other, 'stays'],
  ] as const) {
    const { hosts } = proxy.clusters.get(name)!;
    proxy.clusters.get(name)!.setHealth([[hosts[0].id, 1]]);
  }
  await until(() => ended);
  staying.write('c');
  await until(() => echoed.length === 3);
});
