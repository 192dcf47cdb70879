import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { between, family, sampleProcess } from '../../bench/measure/process.ts';

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

t.test('a process that is gone has no sample', async (t) => {
  t.equal(sampleProcess(2 ** 30), null);
  t.equal(between(null, sampleProcess(process.pid)), null);
});
