import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

const [program, ...first] = envoyletCommand();

async function ends(...args: string[]): Promise<{ code: number | string; output: string }> {
  const child = new Child(program, [...first, ...args]);
  return { code: await child.ended(), output: child.output };
}

t.test('envoylet get and post: the answer, and an exit code that a hook understands', async (t) => {
  const port = await freePort();
  const config = `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`;
  const proxy = await startProxy({ command: [program, ...first], args: ['--config-yaml', config], adminPort: port });
  const admin = ['--admin', `127.0.0.1:${port}`];
  t.same(await ends('get', '/ready', ...admin), { code: 0, output: 'LIVE\n' });
  t.equal((await ends('get', '/healthcheck/fail', ...admin)).code, 1, 'a page that changes something wants POST');
  t.same(await ends('post', ...admin, '/healthcheck/fail'), { code: 0, output: 'OK\n' });
  t.equal((await get(port, '/ready'))?.status, 503);
  t.equal((await ends('get', '/ready', ...admin)).code, 1);
  t.equal((await ends('get', '/nothing', ...admin)).code, 1);
  t.equal(await proxy.stop(), 0);
  t.match(await ends('get', '/ready', ...admin), {
    code: 1,
    output: /^no answer from 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
  });
  t.match(await ends('get', 'ready'), { code: 1, output: /^usage: envoylet get \/PATH/ });
  t.match(await ends('post'), { code: 1, output: /^usage: envoylet post \/PATH/ });
});

t.test('over a Unix socket', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'envoylet-admin-')), 'admin.sock');
  const port = await freePort();
  const proxy = await startProxy({
    command: [program, ...first],
    args: ['--config-yaml', `admin: { address: { pipe: { path: "${path}" } } }\n${listener(port)}`],
    listenerPort: port,
  });
  t.same(await ends('get', '/ready', '--admin', path), { code: 0, output: 'LIVE\n' });
  t.equal(await proxy.stop(), 0);
});

const listener = (port: number): string => `static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
    filter_chains: [{ filters: [{ name: t, typed_config: {
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: none } }] }]
`;

t.test("the image's own config answers through the proxy, and shows nothing else of its admin listener", async (t) => {
  const path = fileURLToPath(new URL('../../config/image.yaml', import.meta.url));
  const [port, admin] = [await freePort(), await freePort()];
  const text = readFileSync(path, 'utf8').replaceAll('10000', `${port}`).replaceAll('9901', `${admin}`);
  t.match(text, `address: 0.0.0.0, port_value: ${port}`);
  const command = [program, ...first];
  const proxy = await startProxy({ command, args: ['--config-yaml', text], adminPort: admin, listenerPort: port });
  t.match(await get(port, '/ready'), { status: 200, body: 'LIVE\n' });
  for (const page of ['/stats', '/', '/ready/x', '/config_dump']) t.equal((await get(port, page))?.status, 404, page);
  t.equal(await proxy.stop(), 0);
});
