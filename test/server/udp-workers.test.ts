/** UDP with more than one event loop: whoever sends stays with one of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../http/proxy.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';
import { UdpPeer } from '../udp/datagrams.ts';

const CLIENTS = 16;
const DATAGRAMS = 3;
const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;
const address = (port_value: number, more: object = {}): object => ({
  socket_address: { address: '127.0.0.1', port_value, ...more },
});

function config(directory: string, port: number, admin: number, upstream: number): string {
  const typed_config = {
    '@type': type('filters.udp.udp_proxy.v3.UdpProxyConfig'),
    stat_prefix: 's',
    cluster: 'u',
    proxy_access_log: [
      {
        name: 'f',
        typed_config: {
          '@type': type('access_loggers.file.v3.FileAccessLog'),
          path: join(directory, 'proxy'),
          log_format: {
            text_format_source: { inline_string: '%DYNAMIC_METADATA(udp.proxy.proxy:session_total)%\n' },
          },
        },
      },
    ],
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }];
  return JSON.stringify({
    admin: { address: address(admin) },
    static_resources: {
      listeners: [
        {
          name: 'l',
          address: address(port, { protocol: 'UDP' }),
          listener_filters: [{ name: 'envoy.filters.udp_listener.udp_proxy', typed_config }],
        },
      ],
      clusters: [{ name: 'u', load_assignment: { cluster_name: 'u', endpoints } }],
    },
  });
}

t.test('all datagrams of a client go through one event loop, and what all have seen is summed', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'udp-workers-'));
  const host = await UdpPeer.bind();
  const [port, admin] = [await freePort(), await freePort()];
  writeFileSync(join(directory, 'envoy.json'), config(directory, port, admin, host.port));
  const args = ['-c', join(directory, 'envoy.json'), '--concurrency', '2', '-l', 'off'];
  const child = await startProxy({ command: envoyletCommand(), args, adminPort: admin });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => UdpPeer.bind()));
  t.teardown(async () => {
    await child.stop();
    for (const peer of [host, ...clients]) peer.close();
    rmSync(directory, { recursive: true });
  });
  for (let n = 0; n < DATAGRAMS; n++) {
    for (const [i, client] of clients.entries()) client.send(`client ${i}`, port);
    await host.until((n + 1) * CLIENTS);
  }
  const ports = Map.groupBy(host.got, (g) => g.text);
  t.equal(ports.size, CLIENTS);
  for (const [client, got] of ports) t.equal(new Set(got.map((g) => g.from.port)).size, 1, client);
  const total = async (): Promise<string> => (await get(admin, '/stats?filter=downstream_sess_total'))!.body.trim();
  // Workers report now and then.
  const wanted = `udp.s.downstream_sess_total: ${CLIENTS}`;
  for (let seen = await total(); seen !== wanted; seen = await total())
    t.match(seen, /^udp\.s\.downstream_sess_total: \d+$/);
  await child.stop();
  await until(() => child.exited !== undefined);
  const lines = readFileSync(join(directory, 'proxy'), 'latin1').trim().split('\n');
  t.equal(lines.length, 2, 'at its end each event loop says what it has seen');
  t.equal(Number(lines[0]) + Number(lines[1]), CLIENTS);
});
