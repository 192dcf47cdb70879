/** envoy.resource_monitors.cpu_utilization: from the kernel's files to a share of 1, smoothed; files that are none of them are said, not guessed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { cpuUtilization } from '../../src/server/cpu-utilization.ts';

function machine(t: { testdir(files: Record<string, string>): string }) {
  const root = t.testdir({});
  let us = 0;
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  return {
    put,
    pass: (seconds: number) => {
      us += seconds * 1_000_000;
    },
    monitor: (mode: 'HOST' | 'CONTAINER') =>
      cpuUtilization({ mode }, { stat: join(root, 'stat'), cgroup: join(root, 'cgroup') }, () => us),
  };
}

const near = (t: { ok(v: boolean, why: string): void }, found: number, wanted: number): void =>
  t.ok(Math.abs(found - wanted) < 1e-9, `${found} is ${wanted}`);

t.test('HOST: user, nice and system of all that passed, a twentieth of what is new', async (t) => {
  const m = machine(t);
  m.put('stat', 'cpu  100 0 100 800 5 5 5\ncpu0 1 2 3 4\n');
  const ask = m.monitor('HOST');
  m.put('stat', 'cpu  130 10 110 850 9 9 9\n');
  near(t, ask(), 0.5 * 0.05);
  m.put('stat', 'cpu  230 10 110 850 9 9 9\n');
  near(t, ask(), 1 * 0.05 + 0.5 * 0.05 * 0.95);
});

t.test('HOST: no time has passed, time went back, no such file, another format', async (t) => {
  const m = machine(t);
  m.put('stat', 'cpu  100 0 100 800\n');
  const ask = m.monitor('HOST');
  t.throws(ask, /total_over_period cannot be a negative number or 0: Prev 1000, Current 1000/);
  m.put('stat', 'cpu  90 0 100 900\n');
  t.throws(ask, /Work_over_period cannot be a negative number: Prev 200, Current 190/);
  m.put('stat', 'cpu0 90 0 100 900\n');
  t.throws(ask, /Unexpected format in linux cpu stats file/);
  const other = machine(t).monitor('HOST');
  t.throws(other, /Can't open/);
});

t.test('CONTAINER, cgroups version 2: of the quota, or of the CPUs where that is less or none', async (t) => {
  for (const [max, cpus, wanted] of [
    ['50000 100000', '0-3', 1],
    ['max 100000', '0-3', 0.125],
    ['400000 100000', '1', 0.5],
    ['max 100000', '0-1,4,6-7', 0.1],
  ] as const) {
    const m = machine(t);
    m.put('cgroup/cpuset.cpus.effective', `${cpus}\n`);
    m.put('cgroup/cpu.max', `${max}\n`);
    m.put('cgroup/cpu.stat', 'usage_usec 1000000\nuser_usec 7\n');
    const ask = m.monitor('CONTAINER');
    m.pass(2);
    m.put('cgroup/cpu.stat', 'usage_usec 2000000\nuser_usec 7\n');
    near(t, ask(), wanted * 0.05);
  }
});

t.test('CONTAINER, cgroups version 1: of its shares, never more than 1', async (t) => {
  const m = machine(t);
  m.put('cgroup/cpu/cpu.shares', '2000\n');
  m.put('cgroup/cpu/cpuacct.usage', '0\n');
  const ask = m.monitor('CONTAINER');
  m.pass(1);
  m.put('cgroup/cpu/cpuacct.usage', '1000000000\n');
  near(t, ask(), 0.5 * 0.05);
  m.pass(1);
  m.put('cgroup/cpu/cpuacct.usage', '9000000000\n');
  near(t, ask(), 0.05 + 0.5 * 0.05 * 0.95);
});

t.test('CONTAINER: junk in the files is an error of that look; the next one is as good as any', async (t) => {
  const m = machine(t);
  m.put('cgroup/cpu.stat', 'usage_usec 0\n');
  m.put('cgroup/cpuset.cpus.effective', '3-1\n');
  m.put('cgroup/cpu.max', 'max 100000\n');
  const ask = m.monitor('CONTAINER');
  t.throws(ask, /Unexpected numeric format in .*cpuset.cpus.effective: 3-1/);
  m.put('cgroup/cpuset.cpus.effective', '0\n');
  m.put('cgroup/cpu.max', '1000 0\n');
  t.throws(ask, /Unexpected numeric format in linux cgroup v2 cpu.max file/);
  m.put('cgroup/cpu.max', '100000 100000\n');
  t.equal(ask(), 0);
  m.pass(1);
  m.put('cgroup/cpu.stat', 'usage_usec 1000000\n');
  near(t, ask(), 0.05);
  m.put('cgroup/cpu.stat', 'nothing\n');
  t.throws(ask, /Can't open .*cpu.shares/);
});
