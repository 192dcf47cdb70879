/** envoy.access_loggers.stdout: lines on the process's standard output. Mirrors extensions/access_loggers/stream/config.cc. */
import type { StdoutAccessLog } from '../config/schema/types.ts';
import { compileText } from '../format/compile.ts';
import { compileFormatString } from '../format/substitution-format.ts';
import type { AccessLogContext } from './access-log.ts';
import type { AccessLogger } from './access-logger.ts';
import { DEFAULT_FORMAT } from './default-format.ts';
import { sinkLogger } from './sink-logger.ts';

export function create({ logFormat }: StdoutAccessLog, ctx: AccessLogContext): AccessLogger {
  const format =
    logFormat === undefined ? compileText(DEFAULT_FORMAT, ctx.format) : compileFormatString(logFormat, ctx.format);
  return sinkLogger('/dev/stdout', format);
}
