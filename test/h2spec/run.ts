/**
 * `npm run h2spec`: h2spec's generic, http2 and hpack suites against our HTTP/2 listener, with an HTTP/1.1 upstream that
 * answers with a body. The binary is found on PATH or in Go's bin, else built into .cache/ with `go install`.
 * Arguments go to h2spec instead of the three suites (`npm run h2spec -- http2/5.1 -v`).
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpUpstream } from '../../src/demo/http-upstream.ts';
import { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

const MODULE = 'github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible';
/** Seconds h2spec waits for an answer it expects. */
const TIMEOUT_S = '3';

function findH2spec(): string | undefined {
  const cache = fileURLToPath(new URL('../../.cache/h2spec', import.meta.url));
  const onPath = (process.env.PATH ?? '').split(':').map((dir) => join(dir, 'h2spec'));
  const places = [...onPath, join(homedir(), 'go/bin/h2spec'), join(cache, 'h2spec')];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return found;
  const go = spawnSync('go', ['install', MODULE], { env: { ...process.env, GOBIN: cache }, stdio: 'ignore' });
  return go.status === 0 ? join(cache, 'h2spec') : undefined;
}

const config = (listener: number, admin: number, upstream: number): string => `
static_resources:
  listeners:
  - name: h2spec
    address: { socket_address: { address: 127.0.0.1, port_value: ${listener} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          codec_type: HTTP2
          stat_prefix: h2spec
          route_config:
            virtual_hosts:
            - { name: all, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: upstream } }] }
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
  - name: upstream
    connect_timeout: 1s
    load_assignment:
      cluster_name: upstream
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstream} } } } }] }]
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }
`;

const h2spec = findH2spec();
if (h2spec === undefined) {
  console.log('skipped: h2spec is not installed and Go is not there to build it');
  console.log('0 passed, 0 failed');
} else {
  const upstream = httpUpstream();
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const listener = await freePort();
  const admin = await freePort();
  const yaml = config(listener, admin, (upstream.address() as AddressInfo).port);
  const proxy = await startProxy({
    command: envoyletCommand(),
    args: ['--config-yaml', yaml, '-l', 'warning', '--concurrency', '1'],
    adminPort: admin,
    listenerPort: listener,
  });
  const suites = process.argv.length > 2 ? process.argv.slice(2) : ['generic', 'http2', 'hpack'];
  const run = new Child(h2spec, [...suites, '-h', '127.0.0.1', '-p', String(listener), '-o', TIMEOUT_S]);
  run.process.stdout?.pipe(process.stdout);
  run.process.stderr?.pipe(process.stderr);
  await run.ended();
  await proxy.stop();
  upstream.closeAllConnections();
  upstream.close();
  const summary = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(run.output);
  const [passed, skipped, failed] = summary === null ? [0, 0, 1] : [summary[2], summary[3], summary[4]].map(Number);
  if (skipped > 0) console.log(`skipped: ${skipped} of h2spec's cases`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
