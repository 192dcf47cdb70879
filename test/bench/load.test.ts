import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { grpcBackend } from '../../bench/backends/grpc.ts';
import { http1Backend } from '../../bench/backends/http1.ts';
import type { Bench, Running } from '../../bench/bench.ts';
import type { Job, JobResult } from '../../bench/load/job.ts';
import { parseOptions } from '../../bench/options.ts';
import { timed } from '../../bench/scenarios/load.ts';
import { SCENARIOS, type Scenario } from '../../bench/scenarios/scenarios.ts';
import { listening } from '../support/listening.ts';

const dir = mkdtempSync(join(tmpdir(), 'bench-load-'));

/** A tool that says what the file beside it says. */
function fakeTool(name: string): (says: string) => void {
  const path = join(dir, name);
  const log = `for a in "$@"; do case $a in --log-file=*) printf '1\\t200\\t30\\n2\\t200\\t10\\n' > "\${a#*=}";; esac; done`;
  writeFileSync(path, `#!/bin/sh\n${log}\ncat ${path}.says\n`);
  chmodSync(path, 0o755);
  process.env[`${name.toUpperCase()}_BIN`] = path;
  return (says) => writeFileSync(`${path}.says`, says);
}
const wrkSays = fakeTool('wrk');
const h2loadSays = fakeTool('h2load');
const wrkResult = (bytes: number): string =>
  `RESULT {"requests":100,"bytes":${bytes},"us":1000000,"errors":0,"p50":1,"p99":1,"p999":1,"max":1}\n`;
const h2loadResult = (data: number): string => `traffic: 1KB (1000) total, 9B (9) headers (x), 1B (${data}) data\n`;

const http1 = await listening(t, http1Backend());
const grpc = await listening(t, grpcBackend());
const scenario = (name: string): Scenario => SCENARIOS.find((s) => s.name === name) as Scenario;

/** One timing; the built-in generator says `answer`. Returns the jobs that generator got. */
async function time(name: string, port: number, load: string, answer: Partial<JobResult> = {}): Promise<Job[]> {
  const jobs: Job[] = [];
  const run = async (job: Job): Promise<JobResult> => {
    jobs.push(job);
    return { requests: 100, errors: 0, seconds: 1, latency: null, lateMs: 0, unsent: 0, used: null, ...answer };
  };
  const bench = {
    options: parseOptions(['--load', load, '--seconds', '0.1', '--warmup', '0.1'], 'src'),
    machine: { otherCpus: '' },
    generator: { run },
    dir,
  } as unknown as Bench;
  const running = { port, readyMs: 0, child: { pid: process.pid, gone: false } } as unknown as Running;
  await timed(bench, scenario(name), running, 0);
  return jobs;
}

t.test('a right contender passes, and the load of a tool is repeated with every answer read', async (t) => {
  wrkSays(wrkResult(100 * 66_000));
  const [again, ...more] = await time('http1-64k', http1, 'auto');
  t.match(again, { kind: 'http1', what: '/64k', rate: 0, pid: 0 });
  t.same(more, []);
  h2loadSays(h2loadResult(210));
  t.equal((await time('grpc-unary', grpc, 'auto')).length, 1);
  t.equal((await time('http1-64k', http1, 'builtin')).length, 1, 'the built-in one has read them already');
});

t.test('fewer bytes than right answers have: no figure', async (t) => {
  wrkSays(wrkResult(100 * 120));
  await t.rejects(time('http1-64k', http1, 'auto'), /wrk read 120\.0 bytes per answer, a right one has at least 65536/);
  h2loadSays(h2loadResult(0));
  await t.rejects(time('grpc-unary', grpc, 'auto'), /h2load read 0\.0 bytes per answer, a right one has at least 100/);
});

t.test('what only the built-in generator sees, a trailer or an error inside a reply: no figure', async (t) => {
  h2loadSays(h2loadResult(210));
  await t.rejects(
    time('grpc-unary', grpc, 'auto', { requests: 90, errors: 10 }),
    /the load of h2load again, every answer read: 10 failed, 90 answered/,
  );
});

t.test('who answers wrongly after the load: no figure', async (t) => {
  const empty = await listening(
    t,
    createServer((s) => s.on('data', () => s.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))),
  );
  wrkSays(wrkResult(100 * 66_000));
  for (const load of ['builtin', 'auto']) {
    await t.rejects(time('http1-64k', empty, load), {
      kind: 'wrong',
      message: /after the load: GET \/small, body: expected 100 bytes, got 0 bytes/,
    });
  }
});
