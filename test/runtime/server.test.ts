// A server with layers: a folder's link that moves, and POST /runtime_modify, reach every event loop; what cannot be read changes nothing.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

const type = (name: string): string => `type.googleapis.com/envoy.extensions.filters.${name}`;
const CONNECTIONS = 24;

const config = (port: number, admin: number, root: string): string => `
node: {id: one, cluster: prod}
admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${admin}}}}
layered_runtime:
  layers:
  - {name: static, static_layer: {gate: 0}}
  - {name: disk, disk_layer: {symlink_root: ${root}/current, subdirectory: all}}
  - {name: override, disk_layer: {symlink_root: ${root}/current, subdirectory: by-cluster, append_service_cluster: true}}
  - {name: admin, admin_layer: {}}
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
          route_config:
            virtual_hosts:
            - name: v
              domains: ["*"]
              routes:
              - {match: {prefix: /, runtime_fraction: {default_value: {numerator: 100}, runtime_key: gate}}, direct_response: {status: 200}}
              - {match: {prefix: /}, direct_response: {status: 404}}
          http_filters: [{name: r, typed_config: {"@type": ${type('http.router.v3.Router')}}}]
`;

t.test('layers on disk and of the admin, with two event loops', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'runtime-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const version = (name: string, files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, name, path, '..'), { recursive: true });
      writeFileSync(join(root, name, path), text);
    }
    symlinkSync(name, join(root, 'next'));
    renameSync(join(root, 'next'), join(root, 'current'));
  };
  version('v1', { 'all/other': '1' });
  const [port, admin] = [await freePort(), await freePort()];
  const path = join(root, 'envoy.yaml');
  writeFileSync(path, config(port, admin, root));
  const proxy = await startProxy({
    command: envoyletCommand(),
    args: ['-c', path, '--concurrency', '2'],
    adminPort: admin,
    listenerPort: port,
  });
  t.teardown(() => proxy.stop());

  /** What each of many connections is answered: both loops have some of them. */
  const all = async (): Promise<Set<number | undefined>> =>
    new Set(await Promise.all(Array.from({ length: CONNECTIONS }, async () => (await get(port, '/'))?.status)));
  const becomes = async (status: number, what: string): Promise<void> => {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const seen = await all();
      if (seen.size === 1 && seen.has(status)) break;
      if (Date.now() > deadline) throw new Error(`${what}: ${[...seen]} instead of ${status}`);
    }
    t.pass(what);
  };
  const numbers = async (): Promise<string> => (await get(admin, '/stats?filter=runtime'))?.body ?? '';

  await becomes(404, 'the static layer counts');
  version('v2', { 'all/gate': '100' });
  await becomes(200, 'a later layer counts, as soon as the link has moved');
  version('v3', { 'all/gate': '100', 'by-cluster/prod/gate': '0' });
  await becomes(404, 'the folder of the service cluster counts more');
  t.match(await numbers(), /runtime\.override_dir_exists: 1\n/);
  t.equal((await get(admin, '/runtime_modify?gate=100', 'POST'))?.body, 'OK\n');
  await becomes(200, 'the admin has the last word');
  t.match(await numbers(), /runtime\.admin_overrides_active: 1\n/);

  t.equal((await get(admin, '/runtime_modify?gate=a:%20b:%20c', 'POST'))?.status, 503);
  await becomes(200, 'a text that is no YAML changes nothing');
  await get(admin, '/runtime_modify?gate=', 'POST');
  await becomes(404, 'an override that is taken away');

  version('v4', { 'all/gate': 'a: b: c', 'by-cluster/prod/gate': '100' });
  await becomes(200, 'of a tree of which one folder cannot be read, the other is');
  t.match(await numbers(), /runtime\.load_error: 1\n/);
  t.match((await get(admin, '/runtime'))?.body, /"100",\n {4}"100",\n {4}""/, 'the broken folder stays as it was');
  t.match(proxy.output, /error loading runtime values for layer disk from disk: .*all\/gate: .*; it stays as it was/);
});
