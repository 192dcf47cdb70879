import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { between, family, sampleProcess, statCpuUs } from '../../bench/measure/process.ts';

const linux = process.platform === 'linux' && sampleProcess(process.pid) !== null;
const skip = linux ? false : 'needs /proc with schedstat';

t.test('CPU of a process grows with its work, memory is what it has', { skip }, async (t) => {
  const before = sampleProcess(process.pid);
  let x = 0;
  for (const until = process.cpuUsage().user + 30_000; process.cpuUsage().user < until; ) x += Math.sqrt(x + 1);
  const used = between(before, sampleProcess(process.pid));
  t.ok(used !== null && used.cpuUs > 20_000, `${used?.cpuUs} µs`);
  t.ok(used !== null && used.rssMb > used.anonMb && used.anonMb > 1);
});

t.test('children count', { skip }, async (t) => {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"]);
  await once(child.stdout, 'data');
  t.ok(family(process.pid).includes(child.pid ?? 0));
  child.kill();
  await once(child, 'exit');
});

t.test(
  'a kernel without schedstat: ticks, and memory all the same',
  { skip: process.platform !== 'linux' },
  async (t) => {
    t.equal(statCpuUs('7 (a (b) c) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 9 9 20 0 1 0 5 1 1'), 3_000_000);
    t.equal(statCpuUs(''), 0);
    const proc = mkdtempSync(join(tmpdir(), 'bench-proc-'));
    const file = (path: string, text: string): void => {
      mkdirSync(join(proc, path, '..'), { recursive: true });
      writeFileSync(join(proc, path), text);
    };
    file('7/status', 'Name:\tx\nVmRSS:\t  2048 kB\nRssAnon:\t 1024 kB\n');
    file('7/stat', '7 (x) S 1 7 7 0 -1 4194560 1 0 0 0 2 1 0 0');
    file('7/task/7/children', '8 ');
    file('7/task/7/status', 'voluntary_ctxt_switches:\t3\n');
    file('8/status', 'Name:\ty\nVmRSS:\t  1024 kB\n');
    file('8/task/8/schedstat', '5000000 0 0');
    t.match(sampleProcess(7, proc), { cpuUs: 30_000 + 5000, rssMb: 2, anonMb: 1 }, 'each process as it can be read');
  },
);

t.test('a process that is gone has no sample', async (t) => {
  t.equal(sampleProcess(2 ** 30), null);
  t.equal(between(null, sampleProcess(process.pid)), null);
});
