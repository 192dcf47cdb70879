/**
 * Keeping the bytecode of a start for the next one, where the build left none for this Node. The bundle's loader (build/core-loader.cjs)
 * says whether there is anything to keep; run from source there never is.
 */

const KEEP = Symbol.for('envoylet.keepBytecode');

/** 11 ms of CPU, once. Not after V8's settings were changed: it takes bytecode only from a V8 with the same ones. */
export function keepBytecode(): void {
  (globalThis as { [KEEP]?: () => void })[KEEP]?.();
}
