/** `npm start` does what it prints: every line it offers is run as printed. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { Child } from '../support/child.ts';
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

t.test('it ends by itself where there is nothing to serve', async (t) => {
  const [program, ...first] = envoyletCommand();
  const env = { ...process.env, ENVOYLET_DEMO_PORTS: 'free' };
  const cases: readonly (readonly [args: string[], code: number, output: RegExp])[] = [
    [['--help'], 0, /^\nUSAGE: /],
    [['--version'], 0, / version: /],
    [['-l', 'foo'], 1, /^error: invalid log level specified 'foo'/],
    [['-c', 'missing.yaml'], 1, /-c \(--config-path\) -- Argument already set!/],
    [['--config-yaml', '{}'], 1, /\(--config-yaml\) -- Argument already set!/],
    [['--bogus'], 1, /Couldn't find match for argument/],
    [['--mode', 'validate'], 0, /configuration '.*' OK/],
    [['--log-path', '/no/such/directory/log'], 1, /Failed to open log-file/],
  ];
  for (const [args, code, output] of cases) {
    const child = new Child(program, [...first, 'demo', ...args], { cwd: root, env });
    const late = setTimeout(() => child.process.kill('SIGKILL'), 20_000);
    t.equal(await child.ended(), code, args.join(' '));
    clearTimeout(late);
    t.match(child.output, output);
  }
});
