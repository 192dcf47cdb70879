import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Job } from '../../bench/load/job.ts';
import { command, KEYS, keyName, wordsOf } from '../../bench/load/redis.ts';
import { ghz } from '../../bench/tools/ghz.ts';
import { h2load } from '../../bench/tools/h2load.ts';
import { readOutput, redisBenchmark } from '../../bench/tools/redis-benchmark.ts';
import { wrk } from '../../bench/tools/wrk.ts';

const dir = mkdtempSync(join(tmpdir(), 'bench-tools-'));
const job: Job = {
  kind: 'http1',
  port: 1,
  connections: 8,
  depth: 10,
  what: '/small',
  bodyBytes: 0,
  rate: 0,
  warmup: 1,
  seconds: 1,
  pid: 0,
};

/** A program that says what the real one would, and writes down how it was called. */
function fake(name: string, says: string, logs = ''): { path: string; calls(): string[] } {
  const path = join(dir, name);
  const called = `${path}.calls`;
  const log =
    logs === '' ? '' : `for a in "$@"; do case $a in --log-file=*) printf '${logs}' > "\${a#*=}";; esac; done\n`;
  writeFileSync(called, '');
  writeFileSync(`${path}.says`, says);
  writeFileSync(path, `#!/bin/sh\necho "$*" >> ${called}\n${log}cat ${path}.says\n`);
  chmodSync(path, 0o755);
  return { path, calls: () => readFileSync(called, 'utf8').trim().split('\n') };
}

const REDIS_7 = `====== GET bench:__rand_int__ ======
  2000 requests completed in 0.05 seconds
  8 parallel clients

Latency by percentile distribution:
0.000% <= 0.039 milliseconds (cumulative count 24)
50.000% <= 0.103 milliseconds (cumulative count 1159)
99.219% <= 0.575 milliseconds (cumulative count 1985)
99.902% <= 1.727 milliseconds (cumulative count 1999)
100.000% <= 1.743 milliseconds (cumulative count 2000)

Cumulative distribution of latencies:
97.200% <= 0.207 milliseconds (cumulative count 1944)
99.850% <= 1.703 milliseconds (cumulative count 1997)
100.000% <= 1.807 milliseconds (cumulative count 2000)

Summary:
  throughput summary: 40000.00 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.110     0.032     0.105     0.159     0.471     1.743
`;
const REDIS_5 = `====== GET bench:__rand_int__ ======
  2000 requests completed in 0.10 seconds
97.90% <= 1 milliseconds
99.95% <= 2 milliseconds
100.00% <= 3 milliseconds
20000.00 requests per second
`;

t.test("redis-benchmark's words, old and new", async (t) => {
  t.same(readOutput(REDIS_7), {
    requests: 2000,
    errors: 0,
    seconds: 0.05,
    latency: { p50: 105, p99: 471, p999: 1727, max: 1743 },
  });
  t.same(readOutput(REDIS_5), {
    requests: 2000,
    errors: 0,
    seconds: 0.1,
    latency: { p50: 1000, p99: 2000, p999: 2000, max: 3000 },
  });
  const tooFast = REDIS_7.replace('40000.00 requests', 'inf requests').replace('0.05 seconds', '0.00 seconds');
  t.equal(readOutput(tooFast).seconds, 0);
  t.throws(() => readOutput('Could not connect'), /redis-benchmark said: Could not connect/);
  t.throws(() => readOutput(`Error from server: ERR upstream failure\n${REDIS_5}`), {
    message: 'redis-benchmark: Error from server: ERR upstream failure',
  });
});

t.test('redis-benchmark probes once, then asks for as many requests as the seconds need', async (t) => {
  const program = fake('redis-benchmark', REDIS_7);
  const tool = redisBenchmark(program.path, { dir, cpus: '' });
  await tool.run({ ...job, what: 'mget', depth: 1 }, 0.5);
  await tool.run({ ...job, what: 'mget', depth: 1 }, 2);
  t.same(
    program.calls().map((c) => / -n (\d+) /.exec(c)?.[1]),
    ['2000', '20000', '80000'],
  );
  t.match(program.calls()[0], / -e /, 'or versions before 7 would not say that the answers are errors');
  t.match(program.calls()[0], / -r 1000 MGET( bench:__rand_int__){10}$/);
});

t.test('a tool that fails is not read: version 7 of redis-benchmark ends on the first error', async (t) => {
  const path = join(dir, 'failing');
  writeFileSync(path, '#!/bin/sh\necho GET: rps=0.0\necho "Error from server: ERR upstream failure" >&2\nexit 1\n');
  chmodSync(path, 0o755);
  await t.rejects(redisBenchmark(path, { dir, cpus: '' }).run(job, 0.5), {
    message: `${path} ended with 1: Error from server: ERR upstream failure`,
  });
});

t.test('the keys that exist are the keys that redis-benchmark asks for: twelve digits below 1,000', async (t) => {
  t.equal(KEYS, 1000);
  t.equal(keyName(7), 'bench:000000000007');
  t.equal(keyName(1007), keyName(7));
  t.match(command(wordsOf('get', 992, '')), 'bench:000000000992');
});

const H2LOAD = `finished in 1.00s, 2.00 req/s, 1.1KB/s
traffic: 1.12KB (1147) total, 120B (120) headers (space savings 80.00%), 210B (210) data
`;

t.test('wrk and h2load', async (t) => {
  const w = fake(
    'wrk',
    'RESULT {"requests":100,"bytes":5000,"us":1000000,"errors":2,"p50":10,"p99":20,"p999":30,"max":40}\n',
  );
  const got = await wrk(w.path, { dir, cpus: '' }).run(job, 1);
  t.same(got, { requests: 98, errors: 2, seconds: 1, bytes: 5000, latency: { p50: 10, p99: 20, p999: 30, max: 40 } });
  const h = fake('h2load', H2LOAD, '1\\t200\\t30\\n2\\t200\\t10\\n3\\t503\\t1\\n');
  const h2 = await h2load(h.path, { dir, cpus: '' }).run({ ...job, kind: 'grpc-unary' }, 1);
  t.match(h2, { requests: 2, errors: 1, bytes: 210, latency: { p50: 30, max: 30 } });
  t.match(h.calls()[0], '-c8 -m10 -D 1');
});

t.test('ghz', async (t) => {
  const says = {
    total: 2e9,
    slowest: 5e6,
    statusCodeDistribution: { OK: 90, Unavailable: 10 },
    details: [
      { latency: 3e6, error: '' },
      { latency: 1e6, error: '' },
      { latency: 9e6, error: 'unavailable' },
    ],
  };
  const g = fake('ghz', JSON.stringify(says));
  const got = await ghz(g.path, { dir, cpus: '' }).run({ ...job, kind: 'grpc-unary' }, 2);
  t.same(got, { requests: 90, errors: 10, seconds: 2, latency: { p50: 3000, p99: 3000, p999: 3000, max: 5000 } });
});

t.test('a tool that says nothing useful is an error, not a figure', async (t) => {
  const w = fake('wrk', 'unable to connect to 127.0.0.1:1\n');
  await t.rejects(wrk(w.path, { dir, cpus: '' }).run(job, 1), /wrk said: unable to connect/);
  await t.rejects(wrk(join(dir, 'not-there'), { dir, cpus: '' }).run(job, 1), /ENOENT/);
});
