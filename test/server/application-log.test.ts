// application_log_config: the process's log as text or JSON, in every event loop, from the config on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { applicationLogFormat } from '../../src/server/application-log.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

t.test('JSON is a pattern with its flags in it', async (t) => {
  const jsonFormat = { Level: '%l', 'a "b"': { Message: '%j' }, n: 5 };
  t.equal(
    applicationLogFormat({ logFormat: { jsonFormat } }, false),
    '{"Level":"%l","a \\"b\\"":{"Message":"%j"},"n":5}',
  );
  t.equal(applicationLogFormat({ logFormat: { textFormat: 'x %v' } }, false), 'x %v');
  t.equal(applicationLogFormat({}, true), undefined);
});

t.test("what cannot be is refused in Envoy's words", async (t) => {
  t.throws(() => applicationLogFormat({ logFormat: { jsonFormat: { m: '%v' } } }, false), {
    message: 'setJsonLogFormat error: INVALID_ARGUMENT: Usage of %v is unavailable for JSON log formats',
  });
  t.throws(() => applicationLogFormat({ logFormat: { jsonFormat: { m: '%_' } } }, false), { message: /Usage of %_/ });
  t.throws(() => applicationLogFormat({ logFormat: { textFormat: 'x' } }, true), {
    message: 'Only one of ApplicationLogConfig.log_format or CLI option --log-format can be specified.',
  });
});

t.test('every line after the config is JSON, a message with quotes and line ends too', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const [port, admin] = [await freePort(), await freePort()];
  const path = join(directory, 'envoy.yaml');
  writeFileSync(
    path,
    `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${admin}}}}
application_log_config: {log_format: {json_format: {level: "%l", name: "%n", message: "%j", thread: "%t"}}}
static_resources:
  listeners:
  - name: 'a "quoted" name'
    address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}
    filter_chains: [{filters: [{name: e, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}}]}]
`,
  );
  const args = ['-c', path, '--concurrency', '2', '-l', 'debug'];
  const proxy = await startProxy({ command: envoyletCommand(), args, adminPort: admin, listenerPort: port });
  await proxy.stop();
  const lines = proxy.output.split('\n').filter((line) => line !== '');
  const first = lines.findIndex((line) => line.startsWith('{'));
  t.ok(first > 0);
  const threads = new Set<string>();
  for (const line of lines.slice(first)) threads.add((JSON.parse(line) as { thread: string }).thread);
  t.ok(threads.size >= 1);
  t.ok(lines.some((line) => line.includes('"message":"exiting"')));
});
