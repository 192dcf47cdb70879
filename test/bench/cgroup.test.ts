import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type Cgroup, type CgroupPlace, makeCgroup } from '../../bench/measure/cgroup.ts';

const LIMITS = { cpus: 0.02, memoryMb: 512 };
const skip = process.platform === 'linux' ? false : 'cgroups are Linux’s';

/** A directory that looks like a mounted cgroup hierarchy, as far as files can. */
function place(files: Record<string, string>, own = '/'): CgroupPlace {
  const dir = mkdtempSync(join(tmpdir(), 'bench-cgroup-'));
  const root = join(dir, 'cgroup');
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  writeFileSync(join(dir, 'self'), `1:name=systemd:/x\n0::${own}\n`);
  return { root, self: join(dir, 'self') };
}

/** The group that was made, relative to the root, and what a file of it says. */
function made(at: CgroupPlace): (file: string) => string {
  const dirs = readdirSync(at.root, { recursive: true, encoding: 'utf8' });
  const group = dirs.find((d) => /envoylet-bench-\d+-\d+$/.test(d)) ?? '';
  return (file) => (file === '' ? group : readFileSync(join(at.root, group, file), 'utf8'));
}

const isMade = (g: Cgroup | { missing: string }): string => ('missing' in g ? `missing: ${g.missing}` : g.what);

t.test('v2, the real root: both controllers for children, both limits', { skip }, async (t) => {
  const at = place({ 'cgroup.controllers': 'cpuset cpu io memory pids\n', 'cgroup.subtree_control': '\n' });
  t.equal(isMade(makeCgroup(LIMITS, at)), 'cgroup v2');
  t.equal(readFileSync(join(at.root, 'cgroup.subtree_control'), 'utf8'), '+cpu +memory');
  t.equal(made(at)('cpu.max'), '2000 100000');
  t.equal(made(at)('memory.max'), String(512 * 1024 * 1024));
});

t.test('v2, controllers that are on are left alone', { skip }, async (t) => {
  const at = place({ 'cgroup.controllers': 'cpu memory\n', 'cgroup.subtree_control': 'cpu memory\n' });
  const g = makeCgroup(LIMITS, at);
  t.equal(isMade(g), 'cgroup v2');
  if (!('missing' in g)) g.remove();
  t.equal(readFileSync(join(at.root, 'cgroup.subtree_control'), 'utf8'), 'cpu memory\n');
});

t.test(
  'v2 without a memory controller, as on a Raspberry Pi: the CPU is limited, and it is said',
  { skip },
  async (t) => {
    const at = place({ 'cgroup.controllers': 'cpuset cpu io pids\n', 'cgroup.subtree_control': '\n' });
    t.equal(isMade(makeCgroup(LIMITS, at)), 'cgroup v2, memory not limited (no memory controller)');
    t.equal(readFileSync(join(at.root, 'cgroup.subtree_control'), 'utf8'), '+cpu');
    t.equal(made(at)('cpu.max'), '2000 100000');
    t.notOk(existsSync(join(at.root, made(at)(''), 'memory.max')));
  },
);

t.test('v2 in a delegated scope: the group is made in it, its processes move aside', { skip }, async (t) => {
  const scope = 'user.slice/run-1.scope';
  const at = place(
    {
      // The root of the hierarchy gives no cpu here, as if it were not ours to write.
      'cgroup.controllers': 'pids\n',
      'cgroup.subtree_control': '\n',
      [`${scope}/cgroup.controllers`]: 'cpu memory\n',
      [`${scope}/cgroup.subtree_control`]: '\n',
      [`${scope}/cgroup.type`]: 'domain\n',
      [`${scope}/cgroup.procs`]: '41\n42\n0\n',
    },
    `/${scope}`,
  );
  t.equal(isMade(makeCgroup(LIMITS, at)), 'cgroup v2');
  t.match(made(at)(''), new RegExp(`^${scope}/`));
  t.equal(readFileSync(join(at.root, `${made(at)('')}-rest`, 'cgroup.procs'), 'utf8'), '42', 'one process a write');
});

t.test('v2 where it cannot be: the reasons', { skip }, async (t) => {
  const none = place({ 'cgroup.controllers': '\n', 'cgroup.subtree_control': '\n' });
  t.match(isMade(makeCgroup(LIMITS, none)), /missing: .*\(no cpu controller\): run as root, or/);
  t.same(readdirSync(none.root), ['cgroup.controllers', 'cgroup.subtree_control'], 'nothing is left');
});

t.test('v1: one group a controller; without the memory controller it is said', { skip }, async (t) => {
  const both = place({ 'cpu/tasks': '', 'memory/tasks': '' });
  const g = makeCgroup(LIMITS, both);
  t.equal(isMade(g), 'cgroup v1');
  if ('missing' in g) return;
  const group = made(both)('').replace(/^\w+\//, '');
  const text = (path: string): string => readFileSync(join(both.root, path.replace('*', group)), 'utf8');
  t.equal(text('cpu/*/cpu.cfs_period_us'), '100000');
  t.equal(text('cpu/*/cpu.cfs_quota_us'), '2000');
  t.equal(text('memory/*/memory.limit_in_bytes'), String(512 * 1024 * 1024));
  const [program, ...args] = g.enter(['/bin/echo', 'a b']);
  t.equal(spawnSync(program, args, { encoding: 'utf8' }).stdout, 'a b\n');
  t.match(text('cpu/*/cgroup.procs'), /^\d+\n$/);
  t.equal(text('cpu/*/cgroup.procs'), text('memory/*/cgroup.procs'), 'the program is in both');
  t.match(isMade(makeCgroup(LIMITS, place({ 'cpu/tasks': '' }))), /^cgroup v1, memory not limited \(ENOENT\)$/);
  t.match(isMade(makeCgroup(LIMITS, place({ tasks: '' }))), /no cpu controller is mounted/);
});

t.test('remove lifts the quota: a killed program would end no faster than it allows', { skip }, async (t) => {
  const v2 = place({ 'cgroup.controllers': 'cpu memory\n', 'cgroup.subtree_control': 'cpu memory\n' });
  const v1 = place({ 'cpu/tasks': '' });
  for (const [at, file, lifted] of [
    [v2, 'cpu.max', 'max'],
    [v1, 'cpu.cfs_quota_us', '-1'],
  ] as const) {
    const g = makeCgroup(LIMITS, at);
    if ('missing' in g) throw new Error(g.missing);
    g.remove();
    // A made-up group has files and stays.
    t.equal(made(at)(file), lifted);
  }
});

t.test('on this machine: a program in the group sees itself there, and nothing is left', { skip }, async (t) => {
  const g = makeCgroup({ cpus: 0.5, memoryMb: 64 });
  if ('missing' in g) {
    t.pass(`not here: ${g.missing}`);
    return;
  }
  const [program, ...args] = g.enter(['/bin/cat', '/proc/self/cgroup']);
  const seen = spawnSync(program, args, { encoding: 'utf8' });
  t.match(seen.stdout, /envoylet-bench-\d+-\d+$/m, seen.stderr);
  g.remove();
  t.notMatch(readFileSync('/proc/self/cgroup', 'utf8'), /envoylet-bench/);
  const left = ['', '/cpu', '/memory'].flatMap((d) => {
    const dir = `/sys/fs/cgroup${d}`;
    return existsSync(dir) ? readdirSync(dir).filter((n) => n.startsWith(`envoylet-bench-${process.pid}-`)) : [];
  });
  t.same(left, []);
});
