/** CPU, memory and calls of a process, all its threads and its children. Linux only: /proc; elsewhere null. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSample {
  /** CPU, user and system, µs. */
  cpuUs: number;
  /** Voluntary and involuntary context switches. */
  switches: number;
  /** read- and write-like system calls as /proc/PID/io counts them (sockets' send and recv are not among them). */
  ioCalls: number;
  /** MiB of the largest process of the family (workers share pages with their master). */
  rssMb: number;
  anonMb: number;
}

export interface ProcessDelta {
  cpuUs: number;
  switches: number;
  ioCalls: number;
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
export function family(pid: number): number[] {
  const out = [pid];
  for (let i = 0; i < out.length && out.length < 256; i++) {
    for (const task of list(`/proc/${out[i]}/task`)) {
      for (const child of read(`/proc/${out[i]}/task/${task}/children`).split(' ')) {
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

/** Null where /proc has no schedstat, or the process is gone. */
export function sampleProcess(pid: number): ProcessSample | null {
  if (process.platform !== 'linux') return null;
  const s: ProcessSample = { cpuUs: 0, switches: 0, ioCalls: 0, rssMb: 0, anonMb: 0 };
  let seen = false;
  for (const p of family(pid)) {
    const status = read(`/proc/${p}/status`);
    if (status === '') continue;
    s.rssMb = Math.max(s.rssMb, field(status, 'VmRSS') / 1024);
    s.anonMb = Math.max(s.anonMb, field(status, 'RssAnon') / 1024);
    const io = read(`/proc/${p}/io`);
    s.ioCalls += field(io, 'syscr') + field(io, 'syscw');
    for (const task of list(`/proc/${p}/task`)) {
      const ran = Number(read(`/proc/${p}/task/${task}/schedstat`).split(' ', 1)[0]);
      if (ran > 0) seen = true;
      s.cpuUs += (ran || 0) / 1000;
      const own = read(`/proc/${p}/task/${task}/status`);
      s.switches += field(own, '\nvoluntary_ctxt_switches') + field(own, 'nonvoluntary_ctxt_switches');
    }
  }
  return seen ? s : null;
}

/** What was used from `a` to `b`; memory is `b`'s. */
export function between(a: ProcessSample | null, b: ProcessSample | null): ProcessDelta | null {
  if (a === null || b === null) return null;
  return {
    cpuUs: b.cpuUs - a.cpuUs,
    switches: b.switches - a.switches,
    ioCalls: b.ioCalls - a.ioCalls,
    rssMb: b.rssMb,
    anonMb: b.anonMb,
  };
}
