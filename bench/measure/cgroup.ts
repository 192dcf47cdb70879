/** A cgroup with a CPU quota and a memory limit, v1 or v2; or the reason why this user cannot make one. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { mustTakeProcesses, prepareParent } from './cgroup-v2.ts';

export interface Limits {
  /** CPUs; 0.02 is Kubernetes' 20m. */
  cpus: number;
  memoryMb: number;
}

export interface Cgroup {
  /** `cgroup v1` or `cgroup v2`, and what could not be limited. */
  what: string;
  /** Prefix that puts a command into the group before it runs. */
  enter(command: readonly string[]): string[];
  /** Once its processes have ended. Done at the end of this process at the latest. */
  remove(): void;
}

/** Where cgroups are mounted, and the file that says in which one this process is; tests have their own. */
export interface CgroupPlace {
  root: string;
  self: string;
}

const PLACE: CgroupPlace = { root: '/sys/fs/cgroup', self: '/proc/self/cgroup' };
/** µs; the kernel's and Kubernetes' default. */
const PERIOD = 100_000;
/** A group whose last process was just killed can be removed some ms later. */
const REMOVE_TRIES = 50;
const REMOVE_WAIT_MS = 10;

export const why = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));

let made = 0;

export function makeCgroup(limits: Limits, place: CgroupPlace = PLACE): Cgroup | { missing: string } {
  if (process.platform !== 'linux') return { missing: `cgroups are Linux's, this is ${process.platform}` };
  const name = `envoylet-bench-${process.pid}-${++made}`;
  try {
    return existsSync(`${place.root}/cgroup.controllers`) ? v2(name, limits, place) : v1(name, limits, place.root);
  } catch (error) {
    return {
      missing: `no cgroup can be made here (${why(error)}): run as root, or in a shell of systemd-run --user --scope -p Delegate=yes`,
    };
  }
}

/** mkdir, write and check, or nothing is left of it. */
function makeGroup(dir: string, files: Record<string, string>, check: (dir: string) => void = () => {}): void {
  mkdirSync(dir);
  try {
    for (const [file, text] of Object.entries(files)) writeFileSync(`${dir}/${file}`, text);
    check(dir);
  } catch (error) {
    rmdirSync(dir);
    throw error;
  }
}

/** `noQuota`: the file and the text that lift the quota. */
function group(dirs: string[], what: string, noQuota: readonly [string, string], undo: () => void = () => {}): Cgroup {
  let removed = false;
  const remove = (): void => {
    if (removed) return;
    removed = true;
    process.off('exit', remove);
    liftQuota(...noQuota);
    for (const dir of dirs) removeGroup(dir);
    undo();
  };
  // Ctrl-C: the processes in it are killed by an earlier listener (contenders/process.ts).
  process.on('exit', remove);
  return {
    what,
    enter: (command) => {
      const join = dirs.map((dir) => `echo $$ > ${dir}/cgroup.procs`).join(' && ');
      return ['/bin/sh', '-c', `${join} && exec "$@"`, 'sh', ...command];
    },
    remove,
  };
}

/** A killed program gives its memory back within its quota: 150 MB take longer than we wait. */
function liftQuota(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // Then it takes as long as it takes.
  }
}

function removeGroup(dir: string): void {
  for (let i = 0; i < REMOVE_TRIES; i++) {
    try {
      rmdirSync(dir);
      return;
    } catch (error) {
      if (why(error) !== 'EBUSY') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVE_WAIT_MS);
    }
  }
}

const bytesOf = (limits: Limits): string => String(limits.memoryMb * 1024 * 1024);
const quotaOf = (limits: Limits): string => String(Math.round(limits.cpus * PERIOD));

function v1(name: string, limits: Limits, root: string): Cgroup {
  const cpu = [`${root}/cpu`, `${root}/cpu,cpuacct`].find((d) => existsSync(d));
  if (cpu === undefined) throw new Error('no cpu controller is mounted');
  const dir = `${cpu}/${name}`;
  makeGroup(dir, { 'cpu.cfs_period_us': String(PERIOD), 'cpu.cfs_quota_us': quotaOf(limits) });
  const noQuota = [`${dir}/cpu.cfs_quota_us`, '-1'] as const;
  const memory = `${root}/memory/${name}`;
  try {
    makeGroup(memory, { 'memory.limit_in_bytes': bytesOf(limits) });
    return group([dir, memory], 'cgroup v1', noQuota);
  } catch (error) {
    return group([dir], `cgroup v1, memory not limited (${why(error)})`, noQuota);
  }
}

/** In the root where we may, else in our own group (a delegated scope), else beside it. */
function v2(name: string, limits: Limits, { root, self }: CgroupPlace): Cgroup {
  const own = /^0::(.*)$/m.exec(readFileSync(self, 'utf8'))?.[1] ?? '/';
  const ownDir = own === '/' ? root : `${root}${own}`;
  const beside = ownDir.slice(0, ownDir.lastIndexOf('/'));
  const causes: string[] = [];
  for (const parent of new Set([root, ownDir, ...(ownDir === root ? [] : [beside])])) {
    try {
      const { memory, undo } = prepareParent(parent, parent === ownDir, name);
      const dir = `${parent}/${name}`;
      try {
        const files = { 'cpu.max': `${quotaOf(limits)} ${PERIOD}` };
        makeGroup(dir, memory ? { ...files, 'memory.max': bytesOf(limits) } : files, mustTakeProcesses);
      } catch (error) {
        undo();
        throw error;
      }
      const what = memory ? 'cgroup v2' : 'cgroup v2, memory not limited (no memory controller)';
      return group([dir], what, [`${dir}/cpu.max`, 'max'], undo);
    } catch (error) {
      causes.push(why(error));
    }
  }
  throw new Error([...new Set(causes)].join(', '));
}
