import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { http1Backend } from '../../bench/backends/http1.ts';
import type { Bench } from '../../bench/bench.ts';
import type { Contender } from '../../bench/contenders/contender.ts';
import type { Job, JobResult } from '../../bench/load/job.ts';
import type { Generator } from '../../bench/load/remote.ts';
import { parseOptions } from '../../bench/options.ts';
import { html } from '../../bench/report/html.ts';
import { Progress } from '../../bench/report/progress.ts';
import { table } from '../../bench/report/table.ts';
import { type BenchResult, FORMAT } from '../../bench/result.ts';
import { countTimings, Runner, selectedNames } from '../../bench/runner.ts';
import { chooseScenarios } from '../../bench/scenarios/scenarios.ts';

const backend = http1Backend().listen(0, '127.0.0.1');
await once(backend, 'listening');
t.teardown(() => backend.close());
const http1 = (backend.address() as AddressInfo).port;

const baseline = (name: string, program: (port: number) => string[]): Contender => ({
  name,
  version: '1',
  kind: 'baseline',
  groups: ['http1'],
  hasWorkers: false,
  command: (_group, setup) => [process.execPath, '--no-warnings', ...program(setup.port)],
});

const honest = (name: string): Contender =>
  baseline(name, (port) => [
    join(import.meta.dirname, '../../bench/baselines/node-http.ts'),
    String(port),
    String(http1),
  ]);

/** One byte of every body is another one. */
const LIAR = `require('http').createServer((q, r) => {
  const o = require('http').request({ port: BACKEND, path: q.url, method: q.method, headers: q.headers }, (a) => {
    const all = [];
    a.on('data', (d) => all.push(d)).on('end', () => { const b = Buffer.concat(all); b[50] ^= 1; r.end(b); });
  });
  q.pipe(o);
}).listen(PORT, '127.0.0.1')`;
const liar = baseline('liar', (port) => ['-e', LIAR.replace('BACKEND', String(http1)).replace('PORT', String(port))]);
const broken = baseline('broken', () => ['-e', 'throw new Error("no such flag")']);

interface Ran {
  result: BenchResult;
  /** Ports that were put under load, in that order. */
  loaded: number[];
  text: string;
}

/** Runs scenarios with a generator that notes what it is asked for, and answers as `job` says. */
async function run(args: string[], contenders: Contender[], answer: (job: Job) => Partial<JobResult> = () => ({})) {
  const options = parseOptions([...args, '--no-syscalls', '--load', 'builtin', '--seconds', '0'], 'src');
  const machine = { cpu: '', cores: 1, memoryMb: 1, platform: '', node: '', governor: '', proxyCpu: '', otherCpus: '' };
  const out: Ran = {
    result: {
      format: FORMAT,
      date: '',
      machine,
      options: { ...options, quick: false },
      contenders: contenders.map(({ name, version, kind }) => ({ name, version, kind })),
      scenarios: [],
      samples: [],
      failures: [],
      notes: [],
    },
    loaded: [],
    text: '',
  };
  const generator = {
    run: async (job: Job): Promise<JobResult> => {
      out.loaded.push(job.port);
      const latency = { p50: 1000, p99: 2000, p999: 3000, max: 4000 };
      const used = { cpuUs: 5000, switches: 0, rssMb: 1, anonMb: 1 };
      return { requests: 100, errors: 0, seconds: 1, latency, lateMs: 0, unsent: 0, used, ...answer(job) };
    },
  };
  const bench: Bench = {
    options,
    machine,
    backends: { http1, grpc: 0, redis: [], redisCluster: [], noCluster: '', redisIs: '', stop: async () => {} },
    generator: generator as unknown as Generator,
    dir: mkdtempSync(join(tmpdir(), 'bench-runner-')),
    note: (text) => out.result.notes.push(text),
    fail: (failure) => out.result.failures.push(failure),
  };
  const terminal = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  const scenarios = chooseScenarios(options.only, false);
  await new Runner(bench, out.result, new Progress(countTimings(bench, scenarios, contenders), terminal)).run(
    scenarios,
    contenders,
  );
  out.text = table(out.result);
  return out;
}

t.test('who answers wrongly, or does not start, is never put under load, and the report says why', async (t) => {
  const { result, loaded, text } = await run(
    ['--only', 'http1-new', '--rounds', '2'],
    [honest('honest'), liar, broken],
  );
  t.equal(loaded.length, 2, 'two rounds of the honest one');
  t.same(
    result.samples.map((s) => s.contender),
    ['honest', 'honest'],
  );
  t.match(text, /liar, http1-new: wrong answer: GET \/small, body: expected 100 bytes, got 100 bytes that differ/);
  t.match(text, /broken, http1-new: did not start: .*no such flag/);
  t.equal(result.failures.length, 2, 'each said once, not every round');
});

t.test('rounds are interleaved, and each begins with another contender', async (t) => {
  const { result } = await run(
    ['--only', 'http1-new', '--rounds', '3'],
    ['a', 'b'].map((name) => honest(name)),
  );
  t.same(
    result.samples.map((s) => `${s.round}${s.contender}`),
    ['0a', '0b', '1b', '1a', '2a', '2b'],
  );
});

t.test('latency at equal load: everybody is offered a share of what the reference reached', async (t) => {
  const rates: number[] = [];
  let closed = 0;
  const { result } = await run(
    ['--only', 'http1-small', '--rounds', '1', '--reference', 'b'],
    ['a', 'b'].map((name) => honest(name)),
    (job) => {
      if (job.rate > 0) rates.push(job.rate);
      else closed++;
      // The second one, b, reaches 1,000 a second.
      return { requests: closed === 2 ? 1000 : 100 };
    },
  );
  t.same(rates, [700, 700]);
  t.match(result.scenarios, [{ name: 'http1-small' }, { name: 'http1-small@70', offered: 700 }]);
  const earlier = join(mkdtempSync(join(tmpdir(), 'bench-rates-')), 'a.json');
  writeFileSync(earlier, JSON.stringify(result));
  const again = await run(['--only', 'http1-small', '--rounds', '1', '--rates', earlier], [honest('a')]);
  t.equal(again.result.scenarios[1].offered, 700, 'or what an earlier run offered');
});

t.test('requests that fail under load: no figure', async (t) => {
  const { result } = await run(['--only', 'http1-new', '--rounds', '1'], [honest('a')], () => ({ errors: 5 }));
  t.equal(result.samples.length, 0);
  t.match(result.failures, [{ kind: 'load', message: '5 failed, 100 answered' }]);
});

/** Each start takes the next program; the last one stays. */
function inTurn(name: string, ...programs: Contender[]): Contender & { starts: number } {
  const contender = {
    ...honest(name),
    starts: 0,
    command: (...args: Parameters<Contender['command']>): string[] =>
      programs[Math.min(contender.starts++, programs.length - 1)].command(...args),
  };
  return contender;
}

t.test(
  'who answers wrongly in a later round has no figures at all, only its place among those not timed',
  async (t) => {
    const flaky = inTurn('flaky', honest(''), honest(''), liar);
    const { result, text } = await run(['--only', 'http1-new', '--rounds', '4'], [honest('honest'), flaky]);
    t.same([...new Set(result.samples.map((s) => s.contender))], ['honest']);
    t.equal(result.samples.length, 4);
    t.equal(flaky.starts, 3, 'no rounds after that');
    t.match(text, /Not timed:\n {2}flaky, http1-new: wrong answer/);
    t.notMatch(text, /^flaky /m);
    t.equal(html(result).split('flaky').length, html({ ...result, samples: [] }).split('flaky').length);
    const alone = await run(['--only', 'http1-new', '--rounds', '2'], [inTurn('flaky', honest(''), liar)]);
    t.same([alone.result.samples, alone.result.scenarios], [[], []], 'nor is its scenario shown when it was alone');
  },
);

t.test('a wrong answer in the open loop takes the closed loop with it; too slow for it does not', async (t) => {
  const args = ['--only', 'http1-small', '--rounds', '1'];
  const wrong = await run(args, [inTurn('a', honest(''), liar)]);
  t.match(wrong.result.failures, [{ scenario: 'http1-small@70', kind: 'wrong' }]);
  t.same(wrong.result.samples, []);
  const slow = await run(args, [honest('a')], (job) => (job.rate > 0 ? { requests: 0 } : {}));
  t.match(slow.result.failures, [{ scenario: 'http1-small@70', kind: 'load' }]);
  t.match(slow.result.samples, [{ scenario: 'http1-small' }]);
});

t.test(
  'start and edge are cold when measured: another process is checked before, the measured one after',
  async (t) => {
    const good = inTurn('good', honest(''));
    const bad = inTurn('bad', liar);
    const turned = inTurn('turned', honest(''), liar);
    const { result } = await run(['--only', 'start', '--rounds', '1'], [good, bad, turned]);
    t.same([good.starts, bad.starts, turned.starts], [2, 1, 2]);
    t.match(result.samples, [{ contender: 'good' }]);
    t.match(result.failures, [
      { contender: 'bad', kind: 'wrong' },
      { contender: 'turned', kind: 'wrong' },
    ]);
    const edge = await run(['--only', 'edge', '--rounds', '1'], [liar]);
    t.same(edge.loaded, []);
    t.ok(edge.result.failures[0]?.kind === 'wrong' || /not measured/.test(edge.result.notes[0]), 'or no cgroup here');
  },
);

/** Answers as the backend does, on every port of its config; notes each start. */
const PASSES = `const fs = require('fs'), net = require('net'), { CONFIG, NOTES } = process.env;
fs.appendFileSync(NOTES, 'x');
const text = fs.readFileSync(CONFIG, 'utf8');
for (const l of JSON.parse(text).static_resources.listeners) net.createServer((s) => {
  const b = net.connect(BACKEND, '127.0.0.1');
  s.pipe(b).pipe(s);
  for (const x of [s, b]) x.on('error', () => {});
}).listen(l.address.socket_address.port_value, '127.0.0.1');`;

t.test("AION's configs: all listeners are asked on a process before the one whose start is measured", async (t) => {
  const notes = join(mkdtempSync(join(tmpdir(), 'bench-aion-')), 'starts');
  writeFileSync(notes, '');
  const passes: Contender = {
    ...honest('passes'),
    kind: 'envoylet',
    withConfig: (file) => [
      process.execPath,
      '-e',
      PASSES.replace('BACKEND', String(http1)).replace('process.env', JSON.stringify({ CONFIG: file, NOTES: notes })),
    ],
  };
  const { result } = await run(['--only', 'aion', '--rounds', '1'], [passes]);
  const starts = readFileSync(notes, 'utf8').length;
  const timed = result.scenarios.filter((s) => /: start$/.test(s.title)).length;
  // Redis and gRPC are not spoken here: the files with such listeners fail, on their first process.
  const failed = result.failures.filter((f) => f.kind === 'wrong').length;
  t.equal(starts, 2 * timed + failed);
});

t.test('--quick: a load that failed is tried once more, and counts when it fails again', async (t) => {
  const args = ['--only', 'http1-new', '--quick'];
  let asked = 0;
  const busy = await run(args, [honest('a')], () => ({ requests: asked++ === 0 ? 0 : 100 }));
  t.match([busy.result.samples.length, busy.result.failures.length], [1, 0]);
  const dead = await run(args, [honest('a')], () => ({ requests: 0, errors: 9 }));
  t.equal(dead.loaded.length, 2);
  t.match(dead.result.failures, [{ kind: 'load', message: 'no request was answered, 9 failed' }]);
});

t.test('what was asked for is in the result, open loops by their names', async (t) => {
  const scenarios = chooseScenarios(['http1-small', 'http1-new'], false);
  t.same(selectedNames(scenarios, 0.7), ['http1-small', 'http1-small@70', 'http1-new']);
  t.same(selectedNames(scenarios, 0), ['http1-small', 'http1-new']);
});
