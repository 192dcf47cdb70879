/** envoy.access_loggers.file: lines in a file, written through the buffered sinks. Mirrors extensions/access_loggers/file/config.cc. */
import { about } from '../config/refusal.ts';
import type { FileAccessLog } from '../config/schema/types.ts';
import { compileJson, compileText } from '../format/compile.ts';
import type { FormatBuild, Formatter } from '../format/format-context.ts';
import { compileFormatString } from '../format/substitution-format.ts';
import type { AccessLogContext } from './access-log.ts';
import type { AccessLogger } from './access-logger.ts';
import { DEFAULT_FORMAT } from './default-format.ts';
import { sinkLogger } from './sink-logger.ts';

/** What Envoy's admin logs to where nothing is said. */
const NOWHERE = '/dev/null';

/** Throws `unable to open file '<path>': <reason>`. Null for /dev/null. */
export function create(config: FileAccessLog, ctx: AccessLogContext): AccessLogger | null {
  const format = formatOf(config, ctx.format);
  const path = config.path ?? '';
  return path === NOWHERE ? null : about(config, 'path', () => sinkLogger(path, format));
}

/** A file with the default format (the admin's access_log_path). Throws and returns as `create`. */
export function defaultLog(path: string, build: FormatBuild): AccessLogger | null {
  return path === NOWHERE ? null : sinkLogger(path, compileText(DEFAULT_FORMAT, build));
}

function formatOf(config: FileAccessLog, build: FormatBuild): Formatter {
  if (config.logFormat !== undefined) return compileFormatString(config.logFormat, build);
  if (config.jsonFormat !== undefined) {
    const struct = config.jsonFormat;
    return about(config, 'json_format', () => compileJson(struct, build));
  }
  if (config.typedJsonFormat !== undefined) {
    const struct = config.typedJsonFormat;
    return about(config, 'typed_json_format', () => compileJson(struct, build));
  }
  const text = config.format ?? '';
  return about(config, 'format', () => compileText(text === '' ? DEFAULT_FORMAT : text, build));
}
