/** Formatted lines through a file's sink, which gathers them (log/file-sink.ts). */
import type { Formatter } from '../format/format-context.ts';
import { fileSinks } from '../log/file-sink.ts';
import type { AccessLogger } from './access-logger.ts';

/** Throws `unable to open file '<path>': <reason>`. */
export function sinkLogger(path: string, format: Formatter): AccessLogger {
  const sink = fileSinks.open(path);
  return { log: (c, o) => sink.write(format(c, o)) };
}
