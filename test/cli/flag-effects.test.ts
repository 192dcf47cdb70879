/** Flags that change what the proxy says once it runs: the same questions to us and, where it is installed, to real Envoy 1.40. */
import { once } from 'node:events';
import * as http from 'node:http';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

const envoy = process.env.ENVOY_BIN;
const PROXIES: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['envoylet', envoyletCommand()],
  ...(envoy === undefined ? [] : [['envoy', [envoy]] as const]),
];

const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });

/** An edge proxy before `upstream`. */
function config(port: number, admin: number, upstream: number): string {
  const type = (name: string): string => `type.googleapis.com/envoy.extensions.filters.${name}`;
  const manager = {
    '@type': type('network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'h',
    use_remote_address: true,
    route_config: {
      virtual_hosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }] }],
    },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': type('http.router.v3.Router') } }],
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }];
  return JSON.stringify({
    admin: { address: address(admin) },
    static_resources: {
      listeners: [
        {
          name: 'l',
          address: address(port),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: [{ name: 'u', connect_timeout: '1s', load_assignment: { cluster_name: 'u', endpoints } }],
    },
  });
}

for (const [name, command] of PROXIES) {
  t.test(
    `${name}: --stats-tag is a label of every series, in the order given; the first value of a name counts`,
    async (t) => {
      const [port, admin] = [await freePort(), await freePort()];
      const tags = ['--stats-tag', 'app:web', '--stats-tag', 'Zone:eu "1"', '--stats-tag', 'app:again'];
      const args = ['--config-yaml', config(port, admin, port), '--concurrency', '1', ...tags];
      const proxy = await startProxy({ command, args, adminPort: admin });
      for (const query of ['', '?usedonly', '?text_readouts', '?histogram_buckets=summary']) {
        const body = (await get(admin, `/stats/prometheus${query}`))!.body;
        const series = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        t.ok(series.length > 20);
        const labelled = (line: string): boolean => line.includes('app="web",Zone="eu \\"1\\""');
        // Envoy makes these before it has read its flags (row P3).
        const early = /^envoy_(?:filesystem_\w+|server_hot_restart_generation)\{/;
        const without = series.filter((line) => !labelled(line) && !(name === 'envoy' && early.test(line)));
        t.same(without, []);
        // Among a series' own labels they stand where Envoy has them.
        const code = series.find((line) =>
          line.startsWith('envoy_http_downstream_rq_xx{envoy_response_code_class="2"'),
        );
        t.match(code, 'class="2",app="web",Zone="eu \\"1\\"",envoy_http_conn_manager_prefix="');
      }
      t.match((await get(admin, '/stats?filter=^server.live$'))!.body, /^server\.live: 1\n$/, 'names stay as they are');
      t.equal(await proxy.stop(), 0);
    },
  );

  for (const [version, family] of [
    ['v6', 'IPv6'],
    ['', 'IPv4'],
  ] as const) {
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const own =
      all.find((a) => a.family === family && !a.internal)?.address ?? (family === 'IPv4' ? '127.0.0.1' : '::1');
    t.test(`${name}: --local-address-ip-version ${version || 'not given'}: ${own} in x-forwarded-for`, async (t) => {
      const seen: (string | undefined)[] = [];
      const upstream = http.createServer((request, response) => {
        seen.push(request.headers['x-forwarded-for'] as string | undefined);
        response.end();
      });
      upstream.listen(0, '127.0.0.1');
      await once(upstream, 'listening');
      t.teardown(() => {
        upstream.close();
        upstream.closeAllConnections();
      });
      const [port, admin] = [await freePort(), await freePort()];
      const flag = version === '' ? [] : ['--local-address-ip-version', version];
      const to = (upstream.address() as { port: number }).port;
      const args = ['--config-yaml', config(port, admin, to), '--concurrency', '1', ...flag];
      const proxy = await startProxy({ command, args, adminPort: admin, listenerPort: port });
      t.equal((await get(port, '/'))?.status, 200);
      t.same(seen, [own]);
      await proxy.stop();
    });
  }
}
