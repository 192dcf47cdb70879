/**
 * V8 settings by the CPU we may use, set a moment after the start. Not earlier: any changed flag makes V8 refuse the bytecode that
 * Node carries for its own modules and that the build left for ours, 20 ms of CPU. Only settings that V8 reads while it runs are
 * of use here (the heap's sizes are fixed before our first line).
 */
import { keepBytecode } from './bytecode.ts';
import { cgroupCpuLimit } from './cpu-limit.ts';
import { keepQuota } from './cpu-quota.ts';
import { watchMemory } from './memory-saver.ts';

export interface V8Row {
  /** The row holds for CPU limits up to this, in CPUs. */
  readonly upTo: number;
  readonly flags: readonly string[];
  /** With memory-saver.ts; where CPU is short its collections cost too much. */
  readonly savesMemory?: boolean;
  /** With cpu-quota.ts: the quota of a period is less than the kernel may let us overdraw. */
  readonly keepsQuota?: boolean;
  /** V8 takes no bytecode after these flags: what may be needed is loaded before. */
  readonly refusesBytecode?: boolean;
  /** Where the choice was measured. */
  readonly why: string;
}

/**
 * The nursery stays at the 1 MiB semi-spaces it starts with. Left alone V8 grows it to 64 MiB each under load and keeps it; its own
 * flag for the limit is read before our first line, this one at every growth.
 */
const SMALL_NURSERY = '--semi-space-growth-factor=1';

/**
 * The old generation may grow to three times what lives before it is collected. V8's own limit for a heap this small stands just above the 9 MB that
 * live, and buffers count: bulk bodies then start a full collection each 0.1 s, and 64 KiB answers cost twice as much (docs/performance.md).
 */
const ROOM_FOR_BUFFERS = '--heap-growing-percent=200';

/** The first row that holds is used. Figures: docs/performance.md. */
export const V8_TABLE: readonly V8Row[] = [
  {
    upTo: 0.1,
    // Optimising later and on fewer threads, and on the main thread: other threads take the same 2 ms.
    flags: ['--efficiency-mode', '--no-concurrent-recompilation', SMALL_NURSERY],
    keepsQuota: true,
    refusesBytecode: true,
    why: "under 20m: 411 requests/s in the first 10 s and 573 after, 214 and 427 with V8's defaults, 129 and 160 without its compilers",
  },
  {
    upTo: Number.POSITIVE_INFINITY,
    flags: [SMALL_NURSERY, ROOM_FOR_BUFFERS],
    savesMemory: true,
    why: 'after HTTP/1.1, HTTP/2 and Redis load: 86 MB resident instead of 218 MB with a growing nursery',
  },
];

/** The V8 whose flags these are, Node 24's. Another one is left alone: it might not know them, and says so on standard error. */
const V8_MAJOR = 13;

export const rowFor = (cpus: number): V8Row => V8_TABLE.find((row) => cpus <= row.upTo) ?? V8_TABLE[0];

/** ms after the workers run: what a start still loads has been loaded by then, and no load has grown the heap yet. */
export const V8_SETTINGS_DELAY_MS = 250;
/** The same where CPU is short, and a start takes its time. */
export const V8_SETTINGS_DELAY_SHORT_MS = 1000;

const isKnown = (): boolean => Number.parseInt(process.versions.v8, 10) === V8_MAJOR;

const cpusOf = (setting: string): number => (Number(setting) > 0 ? Number(setting) : cgroupCpuLimit());

/** `load`: of what would be compiled anew afterwards, so that the first who asks for it waits for that. */
export async function applyV8SettingsAfter(load: () => Promise<void>): Promise<void> {
  const setting = process.env.ENVOYLET_V8_SETTINGS ?? '';
  if (setting !== 'off' && rowFor(cpusOf(setting)).refusesBytecode === true) await load();
  applyV8Settings(setting);
}

/**
 * `ENVOYLET_V8_SETTINGS=off` leaves V8 alone and a number is taken for the CPU limit, for measurements.
 * Returns the flags that were set.
 */
export function applyV8Settings(setting = process.env.ENVOYLET_V8_SETTINGS ?? ''): readonly string[] {
  if (setting === 'off') return [];
  const cpus = cpusOf(setting);
  const { flags, savesMemory, keepsQuota } = rowFor(cpus);
  // Where CPU is short it would hold up requests for half a second.
  if (keepsQuota) keepQuota(cpus);
  else keepBytecode();
  if (!isKnown()) return [];
  // node:v8 costs 3 ms to load: only where there is something to set.
  if (flags.length > 0) {
    const { setFlagsFromString } = process.getBuiltinModule('node:v8');
    for (const flag of flags) setFlagsFromString(flag);
    if (savesMemory) watchMemory(setFlagsFromString);
  }
  return flags;
}

const THRIFTY = '--efficiency-mode';

/**
 * While `work` runs V8 compiles later and less. Of what it compiles in a burst at the start 30 MB stay with the allocator that the compilers took
 * for themselves: 94 MB resident instead of 61. Nothing changes where the settings are that anyway, or are left alone.
 */
export async function compilingLittle<T>(work: () => Promise<T>): Promise<T> {
  const setting = process.env.ENVOYLET_V8_SETTINGS ?? '';
  if (setting === 'off' || !isKnown() || rowFor(cpusOf(setting)).flags.includes(THRIFTY)) return await work();
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString(THRIFTY);
  try {
    return await work();
  } finally {
    setFlagsFromString(THRIFTY.replace('--', '--no-'));
  }
}
