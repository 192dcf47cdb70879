/** The owner of a wire that is closed as soon as it is accepted. */
import type { WireOwner } from './wire.ts';

export const NOBODY: WireOwner = {
  takesLent: false,
  wireConnected() {},
  wireData() {},
  wireEnd() {},
  wireWritten() {},
  wireShutdownDone() {},
  wireFailed() {},
};
