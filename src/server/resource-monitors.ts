/**
 * What an overload manager asks for at intervals: how much of something is used, 0 to 1. Mirrors the monitors of
 * source/extensions/resource_monitors. Loaded for configs that have one.
 */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { refuse } from '../config/refusal.ts';
import type {
  CgroupMemoryConfig,
  CpuUtilizationConfig,
  FixedHeapConfig,
  InjectedResourceConfig,
  ResourceMonitor,
} from '../config/schema/types.ts';
import { residentBytes } from '../platform/memory-usage.ts';
import { uintByKey } from '../runtime/runtime.ts';

/** Throws where it cannot be told; the log has the reason. */
export type Pressure = () => number;

/** Characters of an injected resource's file that are looked at. */
const MOST_INJECTED = 64;
const PACKAGE = 'envoy.extensions.resource_monitors';

/** Null for those that are asked with each connection. */
export async function monitorOf(m: ResourceMonitor): Promise<Pressure | null> {
  const { typeUrl = '', value = {} } = m.typedConfig ?? {};
  switch (typeUrl) {
    case `${PACKAGE}.fixed_heap.v3.FixedHeapConfig`:
      return fixedHeap(value as FixedHeapConfig);
    case `${PACKAGE}.cgroup_memory.v3.CgroupMemoryConfig`:
      return cgroupMemory(value as CgroupMemoryConfig, m);
    case `${PACKAGE}.cpu_utilization.v3.CpuUtilizationConfig`:
      return (await import('./cpu-utilization.ts')).cpuUtilization(value as CpuUtilizationConfig);
    case `${PACKAGE}.injected_resource.v3.InjectedResourceConfig`:
      return injected(value as InjectedResourceConfig);
    case `${PACKAGE}.downstream_connections.v3.DownstreamConnectionsConfig`:
      return null;
    default:
      return refuse(m, 'typed_config', `the resource monitor '${m.name ?? ''}' is not supported yet`);
  }
}

const NO_HEAP = 'fixed_heap: max heap size must be greater than 0';

/** All of the process's memory, which the kernel would end it for (docs/behaviour.md, B6). */
function fixedHeap(config: FixedHeapConfig): Pressure {
  const { maxHeapSizeBytes: max = 0, maxHeapSizeBytesRuntime: key } = config;
  if (max > 0 && key !== undefined) {
    const message = 'fixed_heap: exactly one of max_heap_size_bytes or max_heap_size_bytes_runtime must be set';
    refuse(config, 'max_heap_size_bytes_runtime', message);
  }
  const most = uintByKey(key?.runtimeKey ?? '', Number(key?.defaultValue ?? max));
  if (most.value <= 0) refuse(config, '', NO_HEAP);
  return () => {
    // The runtime may say another number later.
    if (most.value <= 0) throw new Error(NO_HEAP);
    return residentBytes() / most.value;
  };
}

/** The files of version 2 and of version 1. */
const CGROUPS: readonly { readonly used: string; readonly most: string }[] = [
  { used: '/sys/fs/cgroup/memory.current', most: '/sys/fs/cgroup/memory.max' },
  { used: '/sys/fs/cgroup/memory/memory.usage_in_bytes', most: '/sys/fs/cgroup/memory/memory.limit_in_bytes' },
];

function cgroupMemory(config: CgroupMemoryConfig, m: ResourceMonitor): Pressure {
  const files = CGROUPS.find(({ used }) => bytesIn(used) !== null);
  if (files === undefined) return refuse(m, 'typed_config', 'No supported cgroup memory implementation found');
  const most = Number(config.maxMemoryBytes ?? 0);
  return () => {
    const used = bytesIn(files.used);
    if (used === null) throw new Error(`${files.used} cannot be read`);
    // `max`, or a number near 2^63, where there is no limit.
    const limit = bytesIn(files.most) ?? Number.POSITIVE_INFINITY;
    const bound = Math.min(limit, most === 0 ? Number.POSITIVE_INFINITY : most);
    return bound > totalmem() * 1024 ? 0 : used / bound;
  };
}

function bytesIn(path: string): number | null {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^\d+$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function injected({ filename = '' }: InjectedResourceConfig): Pressure {
  return () => {
    const text = readFileSync(filename, 'latin1').slice(0, MOST_INJECTED).trim();
    const value = text === '' ? Number.NaN : Number(text);
    if (Number.isNaN(value)) throw new Error('failed to parse injected resource pressure');
    if (value < 0 || value > 1) throw new Error('pressure out of range');
    return value;
  };
}
