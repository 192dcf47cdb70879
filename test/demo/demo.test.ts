/** `npm start` does what it prints: every line it offers is run as printed. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { envoyletCommand } from '../support/proxy-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** What must come back for a line that holds this. */
const EXPECTED: readonly (readonly [part: string, answer: RegExp])[] = [
  ['/hello', /^hello from the demo's HTTP upstream\nGET \/hello\n(?=[\s\S]*x-request-id: )/],
  ['greet.mjs', /^Hello, Ada!\n$/],
  [' set ', /^OK\n$/],
  [' mget ', /^hello\n\n$/],
  ['/clusters', /^demo_\w+::(?=[\s\S]*demo_redis::127\.0\.0\.1:\d+::)/],
  ['/stats', /^http\.ingress_http\.downstream_rq_total: 2$/m],
];

t.test('each line that the demo prints works', async (t) => {
  const [program, ...first] = envoyletCommand();
  const demo = spawn(program, [...first, 'demo', '-l', 'warning'], {
    cwd: root,
    env: { ...process.env, ENVOYLET_DEMO_PORTS: 'free' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => demo.on('close', resolve));
  t.teardown(() => demo.kill('SIGKILL'));
  let out = '';
  let err = '';
  demo.stderr.on('data', (chunk) => (err += chunk));
  await new Promise<void>((resolve) => {
    demo.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes('Ctrl-C')) resolve();
    });
    demo.on('close', () => resolve());
  });
  const lines = out.split('\n').filter((line) => line.startsWith('  '));
  t.equal(lines.length, EXPECTED.length, err);
  for (const [i, line] of lines.entries()) {
    const [part, answer] = EXPECTED[i];
    t.ok(line.includes(part), `${line} is the line about ${part}`);
    const tool = line.trim().split(' ')[0];
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) {
      t.pass(line, { skip: `${tool} is not installed` });
      continue;
    }
    const { stdout } = await run('sh', ['-c', line], { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 20_000 });
    t.match(stdout, answer, line);
  }
  demo.kill('SIGINT');
  t.equal(await closed, 0, 'SIGINT ends it with exit code 0');
  t.match(err, /caught SIGINT/);
});
