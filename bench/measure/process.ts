/** CPU, memory and calls of a process, all its threads and its children. Linux only: /proc; elsewhere null. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSample {
  /** CPU, user and system, µs. */
  cpuUs: number;
  /** Voluntary and involuntary context switches. */
  switches: number;
  /** MiB of the largest process of the family (workers share pages with their master). */
  rssMb: number;
  anonMb: number;
}

export interface ProcessDelta {
  cpuUs: number;
  switches: number;
  rssMb: number;
  anonMb: number;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

const list = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

/** The process and its descendants. */
export function family(pid: number, proc = '/proc'): number[] {
  const out = [pid];
  for (let i = 0; i < out.length && out.length < 256; i++) {
    for (const task of list(`${proc}/${out[i]}/task`)) {
      for (const child of read(`${proc}/${out[i]}/task/${task}/children`).split(' ')) {
        if (child.trim() !== '') out.push(Number(child));
      }
    }
  }
  return out;
}

function field(text: string, name: string): number {
  const at = text.indexOf(`${name}:`);
  return at < 0 ? 0 : Number.parseInt(text.slice(at + name.length + 1), 10) || 0;
}

/** µs of one tick in /proc/PID/stat: USER_HZ is 100 on every architecture that Node runs on. */
const TICK_US = 10_000;

/** User and system time in /proc/PID/stat, µs; the name in brackets may hold anything. */
export function statCpuUs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US || 0;
}

/**
 * Null when the process is gone. CPU is the scheduler's own count (schedstat, ns); where the kernel keeps none
 * (no CONFIG_SCHED_INFO), it comes in ticks of 10 ms. `proc`: for tests.
 */
export function sampleProcess(pid: number, proc = '/proc'): ProcessSample | null {
  if (process.platform !== 'linux') return null;
  const s: ProcessSample = { cpuUs: 0, switches: 0, rssMb: 0, anonMb: 0 };
  let seen = false;
  for (const p of family(pid, proc)) {
    const dir = `${proc}/${p}`;
    const status = read(`${dir}/status`);
    if (status === '') continue;
    seen = true;
    s.rssMb = Math.max(s.rssMb, field(status, 'VmRSS') / 1024);
    s.anonMb = Math.max(s.anonMb, field(status, 'RssAnon') / 1024);
    let ranNs = 0;
    for (const task of list(`${dir}/task`)) {
      ranNs += Number(read(`${dir}/task/${task}/schedstat`).split(' ', 1)[0]) || 0;
      const own = read(`${dir}/task/${task}/status`);
      s.switches += field(own, '\nvoluntary_ctxt_switches') + field(own, 'nonvoluntary_ctxt_switches');
    }
    s.cpuUs += ranNs > 0 ? ranNs / 1000 : statCpuUs(read(`${dir}/stat`));
  }
  return seen ? s : null;
}

/** What was used from `a` to `b`; memory is `b`'s. */
export function between(a: ProcessSample | null, b: ProcessSample | null): ProcessDelta | null {
  if (a === null || b === null) return null;
  return {
    cpuUs: b.cpuUs - a.cpuUs,
    switches: b.switches - a.switches,
    rssMb: b.rssMb,
    anonMb: b.anonMb,
  };
}
