/**
 * How much CPU we may use: the cgroup's limit (v2 `cpu.max`, v1 `cpu.cfs_quota_us`), as Envoy 1.40 reads it
 * (source/server/cgroup_cpu_util.cc). A sidecar with `limits.cpu: 20m` on a 64-core host is a fiftieth of a core, not 64.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** CPUs as a fraction (0.02 for 20m); Infinity without a limit. `root` and `self` are replaced in tests. */
export function cgroupCpuLimit(root = '/sys/fs/cgroup', self = '/proc/self/cgroup'): number {
  let limit = Number.POSITIVE_INFINITY;
  for (const line of read(self).split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    if (rest.length === 0) continue;
    // A group's name may have colons.
    const path = rest.join(':');
    if (controllers === '')
      limit = Math.min(
        limit,
        walk(path, (dir) => v2(`${root}${dir}`)),
      );
    else if (controllers.split(',').includes('cpu')) {
      limit = Math.min(
        limit,
        walk(path, (dir) => v1(`${root}/cpu,cpuacct${dir}`)),
        walk(path, (dir) => v1(`${root}/cpu${dir}`)),
      );
    }
  }
  return limit;
}

/** The tightest limit from our group up to the root: a limit of the pod holds for its containers. */
function walk(path: string, limitOf: (dir: string) => number): number {
  let limit = Number.POSITIVE_INFINITY;
  for (let dir = path === '/' ? '' : path; ; dir = dir.slice(0, dir.lastIndexOf('/'))) {
    limit = Math.min(limit, limitOf(dir));
    if (dir === '' || !dir.includes('/')) return limit;
  }
}

function v2(dir: string): number {
  const [quota, period] = read(`${dir}/cpu.max`).trim().split(' ').map(Number);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function v1(dir: string): number {
  const quota = Number(read(`${dir}/cpu.cfs_quota_us`));
  const period = Number(read(`${dir}/cpu.cfs_period_us`));
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

/** Whole CPUs that we may use, at least 1. `ENVOY_CGROUP_CPU_DETECTION=false` turns the limit off, as in Envoy. */
export function cpuCount(): number {
  const cpus = availableParallelism();
  if (process.env.ENVOY_CGROUP_CPU_DETECTION?.toLowerCase() === 'false') return cpus;
  return Math.max(1, Math.min(cpus, Math.floor(cgroupCpuLimit())));
}
