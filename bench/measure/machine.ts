/** What the figures were measured on, and which CPUs the proxy and the rest get. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { which } from '../tools/which.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memoryMb: number;
  platform: string;
  node: string;
  /** CPU frequency governor, '' where unknown. */
  governor: string;
  /** taskset lists; '' when nothing is pinned (one core, or no taskset). */
  proxyCpu: string;
  otherCpus: string;
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', '').trim();
  } catch {
    return '';
  }
}

/** CPUs this process may run on. */
function allowed(): number[] {
  const list = /Cpus_allowed_list:\s*(\S+)/.exec(text('/proc/self/status'))?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return Number.isInteger(from) ? Array.from({ length: to - from + 1 }, (_, i) => from + i) : [];
  });
}

/** `proxyCpus`: how many the proxy gets; one at least must be left for the load. */
export function describeMachine(proxyCpus: number): Machine {
  const ids = allowed();
  const pin = platform() === 'linux' && ids.length > proxyCpus && which('taskset') !== null;
  return {
    // A Raspberry Pi says what it is in its device tree, not in cpuinfo.
    cpu: text('/proc/device-tree/model') || cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    platform: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    governor: text('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    proxyCpu: pin ? ids.slice(0, proxyCpus).join(',') : '',
    otherCpus: pin ? ids.slice(proxyCpus).join(',') : '',
  };
}
