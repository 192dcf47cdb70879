/** `validate --for envoy` says of formats what Envoy 1.40 says, with their places. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadBootstrap } from '../../src/config/load.ts';

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const FILE = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog';

const directory = mkdtempSync(join(tmpdir(), 'formats-'));
t.teardown(() => rmSync(directory, { recursive: true }));

async function judged(logFields: string, value = 'x'): Promise<string[]> {
  const path = join(directory, 'envoy.yaml');
  writeFileSync(
    path,
    `static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters:
      - name: h
        typed_config:
          "@type": ${HCM}
          stat_prefix: h
          access_log:
          - name: f
            typed_config:
              "@type": ${FILE}
              path: /dev/null
              ${logFields}
          route_config:
            virtual_hosts:
            - name: a
              domains: ["*"]
              response_headers_to_add:
              - header: { key: x, value: '${value}' }
              routes: [{ match: { prefix: / }, direct_response: { status: 200 } }]
          http_filters:
          - { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }
`,
  );
  const { problems } = await loadBootstrap({ path, asEnvoy: true, strict: true, keepGoing: true });
  return problems.map((p) => `${p.line}: ${p.envoy ?? p.message}`);
}

t.test('what Envoy takes is no problem', async (t) => {
  t.same(await judged('log_format: { text_format_source: { inline_string: "%PROTOCOL% %REQ(A?B):3% 100%%" } }'), []);
  t.same(await judged('log_format: { json_format: { a: "%CEL(request.path)%", b: { c: [1, "%DURATION%"] } } }'), []);
  t.same(await judged('typed_json_format: { a: "%PROTOCOL%" }', '%PER_REQUEST_STATE(x)% 5%%'), []);
});

t.test('what it refuses is, where it stands', async (t) => {
  const unknown = 'Not supported field in StreamInfo: FOO';
  t.same(await judged('log_format: { text_format_source: { inline_string: "%FOO%" } }'), [`16: ${unknown}`]);
  t.same(await judged('log_format: { text_format: "%FOO%" }'), [`16: ${unknown}`]);
  t.same(await judged('log_format: { json_format: { a: { b: ["%FOO%"] } } }'), [`16: ${unknown}`]);
  t.same(await judged('format: "%REQ%"'), ['16: REQ requires parameters']);
  t.same(await judged('format: "%PROTOCOL%"', '%FOO%'), [`22: ${unknown}`]);
  t.same(await judged('format: "%PROTOCOL%"', '5%'), [
    "22: Incorrect configuration: 5%. Couldn't find valid command at position 1",
  ]);
});
