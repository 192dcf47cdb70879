/** A whole server in this process, made of a config's text: what it answers, what it counts, what it refuses. For tests. */
import { once } from 'node:events';
import * as http from 'node:http';
import { parseOptions } from '../../src/cli/options.ts';
import { loadBootstrap } from '../../src/config/load.ts';
import type { ConfigProblem } from '../../src/config/problem.ts';
import { Server } from '../../src/server/server.ts';

type Test = { teardown(fn: () => unknown): void };

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

/** Static resources with one listener, `l`, that answers each request with 200. */
export const ANSWERING = `static_resources:
  listeners:
  - name: l
    stat_prefix: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": ${HCM}
          stat_prefix: h
          route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}]}
          http_filters: [{name: r, typed_config: {"@type": ${ROUTER}}}]
`;

/** Not started. */
export function serverOf(yaml: string, concurrency = 1): Server {
  const options = parseOptions('envoylet', ['--config-yaml', yaml, '--concurrency', String(concurrency), '-l', 'off']);
  return new Server(options, loadBootstrap({ yaml }));
}

/** Ends with the test. */
export async function startServer(t: Test, yaml: string, concurrency = 1): Promise<Server> {
  const server = serverOf(yaml, concurrency);
  await server.start();
  t.teardown(() => server.shutdown());
  return server;
}

/** All that a server finds wrong with the config. */
export async function problemsOf(yaml: string): Promise<readonly ConfigProblem[]> {
  const options = parseOptions('envoylet', ['--mode', 'validate', '--config-yaml', yaml]);
  const server = new Server(options, loadBootstrap({ yaml, keepGoing: true }));
  const found = await server.problems();
  await server.shutdown();
  return found;
}

/** The status of an answer; on a connection of its own, unless there is an agent. */
export async function ask(server: Server, agent: http.Agent | false = false): Promise<number | undefined> {
  const { port } = server.engine.listeners[0].boundAddress;
  const req = http.get({ port, host: '127.0.0.1', path: '/', agent });
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  res.resume();
  await once(res, 'end');
  return res.statusCode;
}

/** A counter or gauge of all event loops; -1 where there is none. */
export function value(server: Server, name: string): number {
  server.reader.refresh();
  return server.reader.numbers.find((m) => m.name === name)?.value ?? -1;
}

export async function untilValue(server: Server, name: string, holds: (n: number) => boolean): Promise<void> {
  while (!holds(value(server, name))) await new Promise((resolve) => setTimeout(resolve, 5));
}
