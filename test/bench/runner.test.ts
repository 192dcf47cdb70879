import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
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
import { Progress } from '../../bench/report/progress.ts';
import { table } from '../../bench/report/table.ts';
import { type BenchResult, FORMAT } from '../../bench/result.ts';
import { countTimings, Runner } from '../../bench/runner.ts';
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
      const used = { cpuUs: 5000, switches: 0, ioCalls: 0, rssMb: 1, anonMb: 1 };
      return { requests: 100, errors: 0, seconds: 1, latency, lateMs: 0, unsent: 0, used, ...answer(job) };
    },
  };
  const bench: Bench = {
    options,
    machine,
    backends: { http1, grpc: 0, redis: [], redisIs: '', stop: async () => {} },
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
