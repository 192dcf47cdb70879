/**
 * V8's memory saver, on while the process is large. It collects in smaller steps: after 1,000 connections and a minute of load 88 MB
 * resident instead of 139, but under ordinary load a worse p99 (HTTP/2 16 ms instead of 3.3) for 5 MB.
 */
import { residentBytes } from '../platform/memory-usage.ts';

/**
 * Resident bytes from which it is on, off again below `OFF_BYTES`: well under Envoy's 117 MB after 1,000 connections, and above what bulk bodies
 * alone come to (98 to 105 MB), which it would slow down to less than half (docs/performance.md).
 */
export const ON_BYTES = 112 * 1024 * 1024;
export const OFF_BYTES = 92 * 1024 * 1024;
/** ms between two looks; one costs some 10 µs. */
const LOOK_MS = 1000;

/** The flag to set for `resident` bytes, '' for none. */
export function saverFlag(on: boolean, resident: number): string {
  if (!on && resident > ON_BYTES) return '--memory-saver-mode';
  return on && resident < OFF_BYTES ? '--no-memory-saver-mode' : '';
}

/** Does not keep the process alive. */
export function watchMemory(setFlag: (flag: string) => void, resident = residentBytes): NodeJS.Timeout {
  let on = false;
  const timer = setInterval(() => {
    const flag = saverFlag(on, resident());
    if (flag === '') return;
    on = !on;
    setFlag(flag);
  }, LOOK_MS);
  timer.unref();
  return timer;
}
