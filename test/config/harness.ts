/** Loads a config text through a real file, as the command line does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadOptions, type LoadResult, loadBootstrap } from '../../src/config/load.ts';
import { ConfigError, type ConfigProblem } from '../../src/config/problem.ts';

export async function load(text: string, options: LoadOptions = {}, suffix = '.yaml'): Promise<LoadResult> {
  const dir = mkdtempSync(join(tmpdir(), 'envoylet-config-'));
  const path = join(dir, `envoy${suffix}`);
  writeFileSync(path, text);
  try {
    return await loadBootstrap({ path, ...options });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The error a config is refused with; fails when it is accepted or when anything but a ConfigError comes. */
export async function refused(text: string, options: LoadOptions = {}, suffix = '.yaml'): Promise<ConfigError> {
  try {
    await load(text, options, suffix);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('accepted');
}

/** The problem Envoy would have stopped at. */
export async function firstProblem(text: string, options: LoadOptions = {}, suffix = '.yaml'): Promise<ConfigProblem> {
  return (await refused(text, options, suffix)).first;
}

/** A config with one static cluster whose further fields are `fields` (YAML flow style). */
export const cluster = (fields: string): string =>
  `static_resources:\n  clusters:\n  - {name: a, type: STATIC, ${fields}}\n`;

/** A listener with an HTTP connection manager; `routes` in flow style. */
export function http(routes: string, more = '', filters = ROUTER): string {
  return `static_resources:
  clusters: [{name: a, type: STATIC}]
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: x
          ${more}
          route_config: {name: rc, virtual_hosts: ${routes}}
          http_filters: ${filters}
`;
}

export const ROUTER =
  '[{name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]';
