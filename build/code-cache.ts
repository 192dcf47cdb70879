/**
 * Leaves bytecode beside the bundle: the demo runs once as every start does, answers a request of each protocol, and what was
 * compiled by then is written to where core.js looks for it. A start then compiles nothing, and neither do the first requests.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';

/** Longest start of the demo, in ms. */
const START_MS = 20_000;

/** Rejects when the demo does not run, or what it left is not taken. */
export async function writeCodeCache(root: string): Promise<void> {
  const env = { ...process.env, ENVOYLET_DEMO_PORTS: 'free', ENVOYLET_V8_SETTINGS: 'off' };
  const demo = spawn(process.execPath, ['build/warm-start.cjs', 'demo', '--concurrency', '1'], {
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
  const { rejected } = JSON.parse(execFileSync(process.execPath, ['-p', ASK], { cwd: root, encoding: 'utf8' }));
  if (rejected !== false) throw new Error('V8 does not take the bytecode of core.code.js');
}

const ASK = "JSON.stringify({ rejected: require('./dist/core.js').script.cachedDataRejected ?? null })";
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
