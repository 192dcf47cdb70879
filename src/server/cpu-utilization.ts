/**
 * envoy.resource_monitors.cpu_utilization: how busy the machine's CPUs are (HOST), or those that the cgroup may use (CONTAINER), smoothed as Envoy
 * does (source/extensions/resource_monitors/cpu_utilization). Loaded for configs that have it.
 */
import { readFileSync } from 'node:fs';
import type { CpuUtilizationConfig } from '../config/schema/types.ts';

/** Weight of what was measured last. */
const ALPHA = 0.05;

/** Where the kernel tells it. */
export interface CpuFiles {
  readonly stat: string;
  readonly cgroup: string;
}
const FILES: CpuFiles = { stat: '/proc/stat', cgroup: '/sys/fs/cgroup' };

/** CPU time used so far, and the most there could have been: in the same unit, counted from anywhere. */
interface Times {
  readonly used: number;
  readonly most: number;
}

/** Throws, when asked, where it cannot be told. `nowUs` only grows. */
export function cpuUtilization(
  config: CpuUtilizationConfig,
  files: CpuFiles = FILES,
  nowUs: () => number = () => performance.now() * 1000,
): () => number {
  const read = config.mode === 'CONTAINER' ? container(files.cgroup, nowUs) : (): Times => hostTimes(files.stat);
  let before: Times | null = null;
  try {
    before = read();
  } catch {
    // It is asked again.
  }
  let smoothed = 0;
  return () => {
    const now = read();
    const last = before;
    before = now;
    if (last === null) return smoothed;
    const [used, most] = [now.used - last.used, now.most - last.most];
    if (used < 0)
      throw new Error(`Work_over_period cannot be a negative number: Prev ${last.used}, Current ${now.used}`);
    if (most <= 0) {
      throw new Error(`total_over_period cannot be a negative number or 0: Prev ${last.most}, Current ${now.most}`);
    }
    smoothed = Math.min(1, used / most) * ALPHA + smoothed * (1 - ALPHA);
    return smoothed;
  };
}

/** The first line: user, nice, system and idle, in ticks. */
function hostTimes(path: string): Times {
  const line = /^cpu {2}(\d+) (\d+) (\d+) (\d+)/.exec(text(path));
  if (line === null) throw new Error(`Unexpected format in linux cpu stats file ${path}`);
  const [user, nice, system, idle] = line.slice(1, 5).map(Number);
  const used = user + nice + system;
  return { used, most: used + idle };
}

/** Version 2's files where they are, else version 1's. */
function container(root: string, nowUs: () => number): () => Times {
  let [most, last] = [0, nowUs()];
  // Cores may become more or fewer: time goes by that much faster.
  const passed = (cores: number): number => {
    const now = nowUs();
    most += (now - last) * cores;
    last = now;
    return most;
  };
  return () => {
    const stat = optional(`${root}/cpu.stat`);
    const usage = stat === null ? null : /^usage_usec (\d+)$/m.exec(stat);
    if (usage !== null) return { used: Number(usage[1]), most: passed(coresOf(root)) };
    const shares = Number(text(`${root}/cpu/cpu.shares`).trim());
    const ns = Number(text(`${root}/cpu/cpuacct.usage`).trim());
    if (!(shares > 0) || Number.isNaN(ns))
      throw new Error(`Unexpected format in linux cgroup cpu files of ${root}/cpu`);
    return { used: ns / 1000, most: passed(shares / MILLICORES) };
  };
}
/** Of a core, in version 1. */
const MILLICORES = 1000;

function coresOf(root: string): number {
  const set = text(`${root}/cpuset.cpus.effective`).trim();
  let cores = 0;
  for (const part of set.split(',')) {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (from === undefined || Number(to) < Number(from)) {
      throw new Error(`Unexpected numeric format in ${root}/cpuset.cpus.effective: ${set}`);
    }
    cores += Number(to) - Number(from) + 1;
  }
  const max = text(`${root}/cpu.max`).trim();
  const [, quota, period] = /^(\d+|max) (\d+)$/.exec(max) ?? [];
  if (quota === undefined || Number(period) <= 0) {
    throw new Error(`Unexpected numeric format in linux cgroup v2 cpu.max file ${root}/cpu.max`);
  }
  return quota === 'max' ? cores : Math.min(cores, Number(quota) / Number(period));
}

function text(path: string): string {
  const found = optional(path);
  if (found === null) throw new Error(`Can't open ${path}`);
  return found;
}
function optional(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
