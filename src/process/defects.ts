/** A defect in the handling of one stream must not take the others down: it is logged once a kind. */
import { logger } from '../log/logger.ts';

const log = logger('main');

/** Kinds of defects logged with their stack; after that only their number is worth a line. */
const MAX_DEFECTS = 64;

/** For this thread, once it serves: before that a defect ends the start. */
export function surviveDefects(): void {
  const seen = new Set<string>();
  process.on('uncaughtException', (error) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (seen.has(text) || seen.size >= MAX_DEFECTS) return;
    seen.add(text);
    log.critical(`defect, please report it: ${text}`);
  });
}
