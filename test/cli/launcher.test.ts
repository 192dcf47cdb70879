/**
 * build/launcher.sh: what stands between a command line and Node. Node answers SIGUSR1 with its debugger on 127.0.0.1:9229, which all
 * containers of a pod share, and reads some forty environment variables that platforms set for the programs beside the proxy.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { launched } from '../../build/launched.ts';
import { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { get, startProxy } from '../support/proxy-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const launcher = join(root, 'build/launcher.sh');
const dir = mkdtempSync(join(tmpdir(), 'envoylet-launcher-'));

/** As the build makes dist/envoylet.js. */
function program(name: string, script: string): string {
  const path = join(dir, name);
  writeFileSync(path, launched(root, `#!/usr/bin/env node\n"use strict";${script}`));
  chmodSync(path, 0o755);
  return path;
}

/** Ports that the process listens on. */
function listening(pid: number): number[] {
  const sockets = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) sockets.add(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  const LISTEN = '0A';
  const lines = [readFileSync(`/proc/${pid}/net/tcp`, 'utf8'), readFileSync(`/proc/${pid}/net/tcp6`, 'utf8')].join(
    '\n',
  );
  return lines
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[3] === LISTEN && sockets.has(words[9]))
    .map((words) => Number.parseInt(words[1].split(':')[1], 16));
}

/** Resolves when it has printed that; a child that ends without fails its test by its exit code. */
async function printed(child: Child, what: RegExp): Promise<void> {
  while (!what.test(child.output) && child.exited === undefined) {
    await Promise.race([once(child.process.stdout!, 'data'), child.ended()]);
  }
}

/** sh runs, and the signal is not ignored yet. */
function inFirstLines(pid: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  const ignored = ((BigInt(`0x${mask}`) >> 9n) & 1n) === 1n;
  return !ignored && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--inspect-port');
}

const onLinux = { skip: process.platform !== 'linux' };
const REOPENS = `
  process.on('SIGUSR1', () => process.stdout.write('caught\\n'));
  process.on('SIGTERM', () => process.exit(0));
  process.stdout.write('ready\\n');
  setInterval(() => {}, 1000);`;

t.test('SIGUSR1 in the first milliseconds neither opens a debugger nor ends the process', onLinux, async (t) => {
  const script = program('reopens.js', REOPENS);
  const STARTS = 10;
  for (let i = 0; i < STARTS; i++) {
    const child = new Child(script, []);
    // Before its first line sh can be ended by the signal, as any program can.
    while (inFirstLines(child.process.pid!)) await new Promise(setImmediate);
    // Over the 40 ms that Node takes until its first line, and some.
    await new Promise((resolve) => setTimeout(resolve, (i / STARTS) * 60));
    child.process.kill('SIGUSR1');
    await printed(child, /ready/);
    const ports = child.exited === undefined ? listening(child.process.pid!) : [];
    child.process.kill('SIGUSR1');
    await printed(child, /caught/);
    t.equal(await child.stop(), 0, `alive, after a signal at ${((i / STARTS) * 60).toFixed(1)} ms`);
    t.same(ports, []);
    t.notMatch(child.output, /Debugger listening/);
  }
});

t.test('the proxy: SIGUSR1 at any moment of its start, then its logs are reopened', onLinux, async (t) => {
  for (const ms of [20, 200]) {
    const port = await freePort();
    const log = join(dir, `start-${ms}.log`);
    const config = `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`;
    const args = ['src/main.ts', '--config-yaml', config, '--log-path', log];
    const started = startProxy({ command: ['sh', launcher, join(root, args.shift()!)], args, adminPort: port });
    setTimeout(() => signalStarting(log), ms);
    const child = await started;
    t.same(listening(child.process.pid!), [port]);
    renameSync(log, `${log}.1`);
    child.process.kill('SIGUSR1');
    for (let tries = 0; tries < 500; tries++) {
      // The line alone may be that of the signal during the start.
      if (existsSync(log)) break;
      await get(port, '/ready');
    }
    t.match(readFileSync(`${log}.1`, 'utf8'), /caught SIGUSR1. Reopening access logs./);
    t.equal(await child.stop(), 0);
    t.match(readFileSync(log, 'utf8'), /exiting\n$/);
    t.notMatch(child.output, /Debugger listening/);
  }
});

/** To the process whose command line has the text: startProxy hands its child out once it is ready. */
function signalStarting(text: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)) process.kill(Number(pid), 'SIGUSR1');
    } catch {
      // Gone, or not ours.
    }
  }
}

const PRINTS = 'console.log(JSON.stringify({ argv: process.argv.slice(1), exec: process.execPath, env: process.env }))';
const taken = (/^unset ((?:.*\\\n)*.*)$/m.exec(readFileSync(launcher, 'utf8'))?.[1] ?? '')
  .split(/[\s\\]+/)
  .filter(Boolean);
const reference = readFileSync(join(root, 'docs/reference/cli.md'), 'utf8');

t.test('no variable that Node reads reaches the proxy, but those that the reference lists', async (t) => {
  const help = execFileSync(process.execPath, ['--help'], { encoding: 'utf8' });
  const read = [...help.slice(help.indexOf('Environment variables:')).matchAll(/^([A-Z][A-Z0-9_]+)(?: {2}|$)/gm)].map(
    (m) => m[1],
  );
  t.ok(read.includes('NODE_PATH'), 'the list of node --help was understood');
  const stay = ['FORCE_COLOR', 'NO_COLOR', 'TZ'];
  t.same(
    read.filter((name) => !taken.includes(name) && !stay.includes(name)),
    [],
  );
  for (const name of [...taken, ...stay])
    t.ok(reference.includes(`\`${name}\``), `${name} is in docs/reference/cli.md`);

  const missing = join(dir, 'not-there');
  const env = Object.fromEntries([...taken, ...stay].map((name) => [name, missing]));
  const printed = spawnSync(program('prints.js', PRINTS), [], {
    encoding: 'utf8',
    env: { ...env, PATH: process.env.PATH },
  });
  t.equal(printed.status, 0, printed.stderr);
  t.same(
    Object.keys(JSON.parse(printed.stdout).env).filter((name) => taken.includes(name)),
    [],
  );
  t.equal(printed.stderr, '', 'not a word of Node about any of them');
});

t.test('NODE_OPTIONS with a file that is not in our image does not end the start', async (t) => {
  const env = { ...process.env, NODE_OPTIONS: '--require /otel-auto-instrumentation-nodejs/autoinstrumentation.js' };
  const child = new Child('sh', [launcher, join(root, 'src/main.ts'), '--config-yaml', '{}', '--mode', 'init_only'], {
    env,
  });
  t.equal(await child.ended(), 0, child.output);
});

t.test('arguments, links and the name under which it was called arrive as they are', async (t) => {
  const path = program('called.js', PRINTS);
  const run = (file: string, args: string[] = []) => JSON.parse(execFileSync(file, args, { encoding: 'utf8' }));
  t.same(run(path, ['-c', 'a b', '', '--config-path /x', '*']).argv, [path, '-c', 'a b', '', '--config-path /x', '*']);
  const link = join(dir, 'envoy');
  symlinkSync(path, link);
  t.same(run(link).argv, [link]);
  const found = execFileSync('sh', ['-c', 'envoy x'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${dir}:${process.env.PATH}` },
  });
  t.same(JSON.parse(found).argv, [link, 'x']);
});

t.test('npm start and the npm scripts of the proxy go through it, with the Node of the checkout', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['start', 'envoylet']) t.match(scripts[name], /^sh build\/launcher\.sh build\/start\.cjs/, name);
  const path = join(dir, 'where.js');
  writeFileSync(path, PRINTS);
  const { exec } = JSON.parse(
    execFileSync('sh', [launcher, path], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } }),
  );
  t.match(exec, /node_modules/);
});

t.test(
  'an older Node is told what is needed, in the words of package.json, before it meets what it cannot read',
  async (t) => {
    const needed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.slice('>='.length);
    const [major, minor] = needed.split('.').map(Number);
    for (const version of [`${major}.${minor - 1}.9`, `${major}.${minor}.0`]) {
      const old = !version.startsWith(`${major}.${minor}.`);
      const pretend = join(dir, `node-${version}.cjs`);
      writeFileSync(pretend, `Object.defineProperty(process.versions, 'node', { value: '${version}' });`);
      for (const main of ['build/start.cjs', 'src/main.ts']) {
        const run = spawnSync(process.execPath, ['-r', pretend, join(root, main), '--version'], { encoding: 'utf8' });
        const told = `envoylet needs Node ${needed} or newer, this is ${process.version}\n`;
        t.match(run, old ? { status: 1, stderr: told } : { status: 0, stderr: '' }, `${main} with ${version}`);
      }
    }
  },
);

t.test('the process has a name of its own', onLinux, async (t) => {
  const port = await freePort();
  const config = `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`;
  const command = ['sh', launcher, join(root, 'src/main.ts')];
  const child = await startProxy({ command, args: ['--config-yaml', config], adminPort: port });
  t.equal(readFileSync(`/proc/${child.process.pid}/comm`, 'utf8'), 'envoylet\n');
  t.match(readFileSync(`/proc/${child.process.pid}/cmdline`, 'utf8'), /--config-yaml/, 'its arguments stay visible');
  t.equal(await child.stop(), 0);
});
