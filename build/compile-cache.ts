/**
 * Leaves bytecode beside the bundle: the demo is started once, with V8's settings left alone as they are during every start, answers a
 * request of each protocol, and is stopped; Node writes its compile cache when it exits. What was run is in the cache, so that
 * neither start nor first requests compile it. Optional: a failure only says so.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Longest start of the demo, in ms. */
const START_MS = 20_000;

export async function fillCompileCache(root: string): Promise<void> {
  mkdirSync(join(root, 'dist/compile-cache'), { recursive: true });
  try {
    await warm(root);
  } catch (error) {
    console.warn(`no compile cache: ${(error as Error).message}`);
  }
}

async function warm(root: string): Promise<void> {
  const env = { ...process.env, ENVOYLET_DEMO_PORTS: 'free', ENVOYLET_V8_SETTINGS: 'off' };
  const demo = spawn(process.execPath, ['dist/envoylet.js', 'demo', '--concurrency', '1'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => demo.kill('SIGKILL'), START_MS);
  const closed = once(demo, 'close');
  try {
    await tryLines(await lines(demo));
  } finally {
    demo.kill('SIGTERM');
    await closed;
    clearTimeout(timer);
  }
}

/** What the demo prints once it serves. */
async function lines(demo: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  let out = '';
  let err = '';
  demo.stderr.on('data', (chunk) => (err += chunk));
  for await (const chunk of demo.stdout.iterator({ destroyOnReturn: false })) {
    out += chunk;
    if (out.includes('Ctrl-C')) return out;
  }
  throw new Error(err.trim().split('\n').at(-1));
}

async function tryLines(out: string): Promise<void> {
  await fetched(/curl (http:\S+\/hello)/.exec(out)?.[1] ?? '');
  const greet = /node (\S+greet\.mjs) (\S+)/.exec(out) ?? [];
  await once(spawn(process.execPath, [greet[1], greet[2], 'Ada'], { stdio: 'ignore' }), 'close');
  await answered(Number(/redis-cli -p (\d+)/.exec(out)?.[1]));
}

async function fetched(url: string): Promise<void> {
  const [response] = await once(get(url), 'response');
  response.resume();
  await once(response, 'end');
}

async function answered(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1', () => socket.write('*2\r\n$3\r\nGET\r\n$1\r\nx\r\n'));
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.destroy();
}
