// Two event loops, one control plane: names are asked for once, and both loops have the same hosts at the same time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { answering, Peer, get as request, Upstream, until } from '../http/proxy.ts';
import type { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';
import { DnsServer } from '../upstream/discovery/dns-server.ts';

const CONNECTIONS = 24;
const type = (name: string): string => `type.googleapis.com/envoy.extensions.filters.${name}`;

function config(port: number, admin: number, dns: string, upstream: number): string {
  const [address, dnsPort] = dns.split(':');
  return `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${admin}}}}
static_resources:
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}
    filter_chains:
    - filters:
      - name: f
        typed_config:
          "@type": ${type('network.http_connection_manager.v3.HttpConnectionManager')}
          stat_prefix: h
          route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: u}}]}]}
          http_filters: [{name: r, typed_config: {"@type": ${type('http.router.v3.Router')}}}]
  clusters:
  - name: u
    type: STRICT_DNS
    connect_timeout: 1s
    dns_lookup_family: V4_ONLY
    dns_refresh_rate: 0.2s
    dns_resolvers: [{socket_address: {address: ${address}, port_value: ${dnsPort}}}]
    load_assignment: {cluster_name: u, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: db.test, port_value: ${upstream}}}}}]}]}
  - name: idle
    type: STRICT_DNS
    dns_lookup_family: V4_ONLY
    dns_refresh_rate: 3600s
    dns_resolvers: [{socket_address: {address: ${address}, port_value: ${dnsPort}}}]
    load_assignment: {cluster_name: idle, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: other.test, port_value: 1}}}}]}]}
`;
}

const answer = (name: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`;

/** On another address of loopback, the same port. */
async function second(port: number, host: string): Promise<net.Server> {
  const server = net.createServer((s) => {
    s.on('error', () => {});
    answering(answer('two'))(new Peer(s));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return server;
}

t.test(
  'one lookup for all event loops, and each has what it found',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'control-'));
    const one = await Upstream.start(answering(answer('one')));
    const two = await second(one.port, '127.0.0.2');
    const dns = await DnsServer.start();
    dns.records.set('db.test', ['127.0.0.1']);
    dns.records.set('other.test', ['127.0.0.9']);
    const [port, admin] = [await freePort(), await freePort()];
    const file = join(directory, 'envoy.yaml');
    writeFileSync(file, config(port, admin, dns.address, one.port));
    const args = ['-c', file, '--concurrency', '2', '-l', 'error'];
    let child: Child | undefined;
    t.teardown(async () => {
      await child?.stop();
      one.stop();
      two.close();
      dns.stop();
      rmSync(directory, { recursive: true });
    });
    child = await startProxy({ command: envoyletCommand(), args, adminPort: admin, listenerPort: port });

    /** Bodies of one request on each of many new connections: the kernel spreads them over the loops. */
    const bodies = async (): Promise<string[]> => {
      const clients = Array.from({ length: CONNECTIONS }, () => new Peer(net.connect(port, '127.0.0.1')));
      const out: string[] = [];
      for (const c of clients) out.push((await c.send(request()).message()).body);
      for (const c of clients) c.close();
      return [...new Set(out)];
    };
    const stats = async (filter: string): Promise<[string, number][]> =>
      (await get(admin, `/stats?filter=${filter}`))!.body
        .trim()
        .split('\n')
        .map((line) => line.split(': '))
        .map(([name, value]) => [name, Number(value)]);

    t.same(await bodies(), ['one']);
    const loops = (await stats('listener.*worker_.*downstream_cx_total')).filter(([name]) => !name.includes('admin'));
    t.equal(loops.length, 2);
    t.ok(
      loops.every(([, n]) => n > 0),
      `both loops served: ${loops}`,
    );
    t.equal(dns.questions.filter((q) => q === 'A other.test').length, 1, 'asked once, not once a loop');
    t.same(await stats('^cluster.idle.(update_attempt|membership_total)$'), [
      ['cluster.idle.membership_total', 1],
      ['cluster.idle.update_attempt', 1],
    ]);
    t.same(await stats('^cluster_manager.active_clusters$'), [['cluster_manager.active_clusters', 2]]);

    dns.records.set('db.test', ['127.0.0.2']);
    await until(() => dns.questions.length > 3);
    let seen: string[] = [];
    for (let tries = 0; tries < 100 && seen.join() !== 'two'; tries++) seen = await bodies();
    t.same(seen, ['two'], 'both loops follow, and the host that left is used by none');
  },
);
