/**
 * Leaves bytecode beside the bundle: the demo runs once as every start does, answers requests of each protocol (warm-up.ts), and what
 * was compiled by then is written to where core.js looks for it. A start then compiles nothing, and neither do the first requests.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { type WarmUpTargets, warmUp } from './warm-up.ts';

/** Longest life of the demo, in ms. It takes 2 s, and 45 s where an image for another architecture is built under emulation. */
const DEMO_MS = 600_000;

/** Rejects when the demo does not run or takes too long, or what it left is not taken. */
export async function writeCodeCache(root: string, demoMs = DEMO_MS): Promise<void> {
  const env = { ...process.env, ENVOYLET_DEMO_PORTS: 'free', ENVOYLET_V8_SETTINGS: 'off' };
  const demo = spawn(process.execPath, ['build/warm-start.cjs', 'demo', '--concurrency', '1'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    demo.kill('SIGKILL');
  }, demoMs);
  const closed = once(demo, 'close');
  try {
    await warmUp(targets(await lines(demo)));
  } catch (error) {
    throw late ? new Error(`the demo took longer than ${demoMs} ms`, { cause: error }) : error;
  } finally {
    demo.kill('SIGTERM');
    await closed;
    clearTimeout(timer);
  }
  for (const name of ['core', 'admin']) {
    const ask = `JSON.stringify({ rejected: require('./dist/${name}.js').script.cachedDataRejected ?? null })`;
    const { rejected } = JSON.parse(execFileSync(process.execPath, ['-p', ask], { cwd: root, encoding: 'utf8' }));
    if (rejected !== false) throw new Error(`V8 does not take the bytecode of ${name}.code.js`);
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

/** The addresses in what the demo printed. */
function targets(out: string): WarmUpTargets {
  return {
    http: /curl http:\/\/(\S+)\/hello/.exec(out)?.[1] ?? '',
    redisPort: Number(/redis-cli -p (\d+)/.exec(out)?.[1]),
    admin: /curl http:\/\/(\S+)\/clusters/.exec(out)?.[1] ?? '',
  };
}
