// Limits of connections by the runtime: whoever is too many is closed and counted, places become free again, the admin stays reachable.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

const type = (name: string): string => `type.googleapis.com/envoy.extensions.filters.network.${name}`;
const listener = (name: string, port: number, more = ''): string => `
  - name: ${name}
    address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}${more}
    filter_chains: [{filters: [{name: e, typed_config: {"@type": ${type('echo.v3.Echo')}}}]}]`;

/** Answers `x` to `x`, or closes. */
function ask(port: number): Promise<{ socket: net.Socket; served: boolean }> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => socket.write('x'));
    socket.on('data', () => resolve({ socket, served: true }));
    socket.on('error', () => {});
    socket.on('close', () => resolve({ socket, served: false }));
  });
}
const left = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('close', () => resolve());
    socket.destroy();
  });

t.test('limits of one listener and of all', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'limits-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const [a, b, free, admin] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const path = join(directory, 'envoy.yaml');
  writeFileSync(
    path,
    `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${admin}}}}
layered_runtime:
  layers:
  - {name: s, static_layer: {envoy.resource_limits.listener.a.connection_limit: 2, overload.global_downstream_max_connections: 3}}
  - {name: admin, admin_layer: {}}
static_resources:
  listeners:${listener('a', a)}${listener('b', b)}${listener('free', free, '\n    ignore_global_conn_limit: true')}
`,
  );
  const proxy = await startProxy({
    command: envoyletCommand(),
    args: ['-c', path, '--concurrency', '1'],
    adminPort: admin,
  });
  t.teardown(() => proxy.stop());
  const number = async (name: string): Promise<number> =>
    Number(/: (\d+)/.exec((await get(admin, `/stats?filter=${name}$`))?.body ?? '')?.[1]);
  const becomes = async (name: string, value: number): Promise<void> => {
    const deadline = Date.now() + 10_000;
    while ((await number(name)) !== value)
      if (Date.now() > deadline) throw new Error(`${name} is ${await number(name)}`);
  };

  const first = await ask(a);
  const second = await ask(a);
  t.ok(first.served && second.served);
  t.notOk((await ask(a)).served, 'a third one of listener a');
  t.equal(await number(`${a}.downstream_cx_overflow`), 1);
  t.ok((await ask(b)).served, 'the third of all, at listener b');
  t.notOk((await ask(b)).served, 'the fourth of all');
  t.equal(await number(`${b}.downstream_global_cx_overflow`), 1);
  t.ok((await ask(free)).served, 'a listener that need not care');
  t.equal((await get(admin, '/ready'))?.status, 200, 'the admin listener never is full');

  await left(first.socket);
  await becomes(`${a}.downstream_cx_active`, 1);
  const again = await ask(a);
  t.ok(again.served, 'a place that has become free');
  await get(
    admin,
    '/runtime_modify?envoy.resource_limits.listener.a.connection_limit=3&overload.global_downstream_max_connections=4',
    'POST',
  );
  t.ok((await ask(a)).served, 'a limit that was raised');
});

t.test("the overload manager's limit counts more than the key, and goes with its config", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'limits-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const [a, admin] = [await freePort(), await freePort()];
  const path = join(directory, 'envoy.yaml');
  const monitor = `{name: envoy.resource_monitors.global_downstream_max_connections, typed_config: {"@type": type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig, max_active_downstream_connections: 2}}`;
  writeFileSync(
    path,
    `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${admin}}}}
layered_runtime: {layers: [{name: s, static_layer: {overload.global_downstream_max_connections: 1}}]}
overload_manager: {refresh_interval: 0.25s, resource_monitors: [${monitor}]}
static_resources:
  listeners:${listener('a', a)}
`,
  );
  const proxy = await startProxy({ command: envoyletCommand(), args: ['-c', path], adminPort: admin });
  t.teardown(() => proxy.stop());
  t.ok((await ask(a)).served);
  t.ok((await ask(a)).served);
  t.notOk((await ask(a)).served);
  t.match((await get(admin, '/stats?filter=overload'))?.body, /max_connections\.failed_updates: 1\n/);
  t.match(proxy.output, /Using overload manager config/);
});
