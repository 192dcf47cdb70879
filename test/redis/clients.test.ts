/** Clients as people have them: the tools of Redis, and node-redis with its defaults. */
import { spawn } from 'node:child_process';
import t from 'tap';
import { RealRedis, request, startProxy, type TestProxy } from './harness.ts';

const SESSIONS = { metadata: { filterMetadata: new Map([['envoylet.redis', { session_mode: true }]]) } };
const KEYS = 300;

/** Stdout and stderr of a program that ended, and how. */
async function run(
  program: string,
  args: readonly string[],
  input: Buffer | string = '',
): Promise<{ code: number | null; text: string }> {
  const child = spawn(program, args);
  let text = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (d) => (text += d));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}

async function behind(
  t: { teardown(fn: () => unknown): void },
  options: Parameters<typeof startProxy>[1],
): Promise<TestProxy> {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], { envoy16: false, ...options });
  t.teardown(async () => {
    await proxy.close();
    await redis.stop();
  });
  return proxy;
}

for (const sessions of [false, true]) {
  t.test(`redis-cli and redis-benchmark${sessions ? ' in session mode' : ''}`, async (t) => {
    const proxy = await behind(t, sessions ? { cluster: SESSIONS as never } : {});
    const at = ['-p', `${proxy.port}`];
    const sets = Buffer.concat(Array.from({ length: KEYS }, (_, i) => request('SET', `key:${i}`, 'v'.repeat(i))));
    const piped = await run('redis-cli', [...at, '--pipe'], sets);
    t.match(piped, { code: 0, text: `errors: 0, replies: ${KEYS}` });
    const scanned = await run('redis-cli', [...at, '--scan', '--pattern', 'key:*']);
    t.equal(new Set(scanned.text.trim().split('\n')).size, KEYS);
    const [least, most, average, samples] = (await run('redis-cli', [...at, '-i', '1', '--latency'])).text
      .trim()
      .split(' ')
      .map(Number);
    t.ok(least <= average && average <= most && samples > 0, `--latency: ${samples} samples`);
    // DBSIZE, which it begins with, is no command of Envoy's.
    const big = await run('redis-cli', [...at, '--bigkeys']);
    t.match(
      big.text,
      sessions ? `Biggest string found '"key:${KEYS - 1}"' has ${KEYS - 1} bytes` : "Couldn't determine DBSIZE",
    );
    const bench = await run('redis-benchmark', [...at, '-q', '-n', '400', '-c', '10', '-P', '4']);
    t.equal(bench.code, 0);
    t.equal(bench.text.match(/requests per second/g)?.length, 20, 'all of its tests');
    t.notMatch(bench.text, /[Ee]rror/);
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  });
}

/** Of node-redis what this uses of it. */
interface NodeRedis {
  on(event: 'error', listener: () => void): void;
  connect(): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown>;
  hSet(key: string, value: object): Promise<unknown>;
  hGetAll(key: string): Promise<object>;
  multi(): { set(key: string, value: string): { incr(key: string): { exec(): Promise<unknown> } } };
  duplicate(): NodeRedis;
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  publish(channel: string, message: string): Promise<unknown>;
  rPush(key: string, value: string): Promise<unknown>;
  blPop(key: string, timeout: number): Promise<unknown>;
  destroy(): void;
}
const NODE_REDIS = '@redis/client';
const found = (await import(NODE_REDIS).catch(() => null)) as {
  createClient(options: { url: string }): NodeRedis;
} | null;

for (const sessions of [false, true]) {
  const name = sessions ? 'session mode' : 'protocol_version: RESP3';
  t.test(
    `node-redis with its defaults: ${name}`,
    { skip: found === null ? `${NODE_REDIS} is not installed` : false },
    async (t) => {
      const proxy = await behind(
        t,
        sessions ? { cluster: SESSIONS as never } : { config: { protocolVersion: 'RESP3' } },
      );
      const c = found!.createClient({ url: `redis://127.0.0.1:${proxy.port}` });
      c.on('error', () => {});
      await c.connect();
      t.equal(await c.set('k', 'v'), 'OK');
      t.strictSame(await c.mGet(['k', 'none']), ['v', null]);
      t.equal(await c.hSet('h', { a: '1' }), 1);
      t.strictSame({ ...(await c.hGetAll('h')) }, { a: '1' }, 'a map of RESP3');
      t.strictSame(await c.multi().set('n', '1').incr('n').exec(), ['OK', 2]);
      if (sessions) {
        const ear = c.duplicate();
        ear.on('error', () => {});
        await ear.connect();
        const heard = new Promise((resolve) => ear.subscribe('ch', resolve).then(() => c.publish('ch', 'hello')));
        t.equal(await heard, 'hello');
        ear.destroy();
        await c.rPush('l', 'x');
        t.match(await c.blPop('l', 1), { key: 'l', element: 'x' });
      }
      c.destroy();
    },
  );
}
