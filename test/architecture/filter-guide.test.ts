/**
 * CONTRIBUTING's "Add an HTTP filter in ten minutes", followed literally in a copy of src/: it ends with a filter that answers a request.
 * Not followed: the generator of types, which needs go; types are not looked at when the sources run.
 */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { get, startProxy } from '../support/proxy-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The guide's code, in order: support entries, filter, row, config. */
function blocks(): string[] {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const from = text.indexOf('## Add an HTTP filter in ten minutes');
  const guide = text.slice(from, text.indexOf('\n## ', from + 1));
  return [...guide.matchAll(/^ {3}```(?:ts|yaml)\n([\s\S]*?)^ {3}```$/gm)].map((m) => m[1].replace(/^ {3}/gm, ''));
}

function replace(file: string, what: string, by: string): void {
  const before = readFileSync(file, 'utf8');
  const after = before.replace(what, () => by);
  if (after === before) throw new Error(`${file}: the guide's step does not fit`);
  writeFileSync(file, after);
}

t.test('the steps of the guide end with a filter that answers', async (t) => {
  const [support, filter, row, config, ...more] = blocks();
  t.same(more, []);
  const copy = t.testdir({});
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const src = (path: string): string => join(copy, 'src', path);

  const entries = 'const entries: Readonly<Record<string, Entry>> = {';
  replace(src('config/support/http-filters.ts'), entries, `${entries}\n${support}`);
  writeFileSync(src('http/filters/kill-request.ts'), filter);
  const rows = 'export const EXTENSIONS: readonly Extension[] = [\n';
  replace(src('extensions.ts'), rows, rows + row);

  const port = await freePort();
  const admin = await freePort();
  const indented = config.replace(/^/gm, '          ');
  writeFileSync(
    join(copy, 'envoy.yaml'),
    `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }
static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: guide
          route_config: { virtual_hosts: [{ name: v, domains: ["*"] }] }
          http_filters:
${indented}
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
`,
  );
  const command = [process.execPath, src('main.ts')];
  const child = await startProxy({ command, args: ['-c', join(copy, 'envoy.yaml')], adminPort: admin });
  t.teardown(() => child.stop());
  const answer = await get(port, '/');
  t.match(answer, { status: 503, body: 'killed' });
});
