/** A cgroup with a CPU quota and a memory limit, v1 or v2; or the reason why this user cannot make one. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

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
  remove(): void;
}

const ROOT = '/sys/fs/cgroup';
/** µs; the kernel's and Kubernetes' default. */
const PERIOD = 100_000;

const why = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

export function makeCgroup(limits: Limits): Cgroup | { missing: string } {
  if (process.platform !== 'linux') return { missing: `cgroups are Linux's, this is ${process.platform}` };
  const name = `envoylet-bench-${process.pid}`;
  try {
    return existsSync(`${ROOT}/cgroup.controllers`) ? v2(name, limits) : v1(name, limits);
  } catch (error) {
    return {
      missing: `no cgroup can be made here (${why(error)}): run as root, or in a shell of systemd-run --user --scope -p Delegate=yes`,
    };
  }
}

function group(dirs: string[], what: string): Cgroup {
  return {
    what,
    enter: (command) => {
      const join = dirs.map((dir) => `echo $$ > ${dir}/cgroup.procs`).join(' && ');
      return ['/bin/sh', '-c', `${join} && exec "$@"`, 'sh', ...command];
    },
    remove: () => {
      for (const dir of dirs) {
        try {
          rmdirSync(dir);
        } catch {
          // A process is still leaving; the kernel removes nothing that is in use.
        }
      }
    },
  };
}

function v1(name: string, limits: Limits): Cgroup {
  const cpu = [`${ROOT}/cpu`, `${ROOT}/cpu,cpuacct`].find((d) => existsSync(d));
  if (cpu === undefined) throw new Error('no cpu controller is mounted');
  const dir = `${cpu}/${name}`;
  mkdirSync(dir);
  writeFileSync(`${dir}/cpu.cfs_period_us`, String(PERIOD));
  writeFileSync(`${dir}/cpu.cfs_quota_us`, String(Math.round(limits.cpus * PERIOD)));
  const memory = `${ROOT}/memory/${name}`;
  try {
    mkdirSync(memory);
    writeFileSync(`${memory}/memory.limit_in_bytes`, String(limits.memoryMb * 1024 * 1024));
    return group([dir, memory], 'cgroup v1');
  } catch (error) {
    return group([dir], `cgroup v1, memory not limited (${why(error)})`);
  }
}

function v2(name: string, limits: Limits): Cgroup {
  // A group with processes of its own cannot have children with controllers, so the root, or a delegated parent's sibling.
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  let last: unknown = null;
  for (const parent of [ROOT, `${ROOT}${own}`, `${ROOT}${own.slice(0, own.lastIndexOf('/'))}`]) {
    const dir = `${parent}/${name}`;
    try {
      writeFileSync(`${parent}/cgroup.subtree_control`, '+cpu +memory');
      mkdirSync(dir);
      writeFileSync(`${dir}/cpu.max`, `${Math.round(limits.cpus * PERIOD)} ${PERIOD}`);
      writeFileSync(`${dir}/memory.max`, String(limits.memoryMb * 1024 * 1024));
      return group([dir], 'cgroup v2');
    } catch (error) {
      last = error;
      try {
        rmdirSync(dir);
      } catch {
        // It was never made.
      }
    }
  }
  throw last;
}
