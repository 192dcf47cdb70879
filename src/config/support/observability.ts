/** What is done with the messages of schema/generated/observability.ts; see support.ts. */
import type { Entry } from './support.ts';

const LOGGERS = 'envoy.extensions.access_loggers';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.config.accesslog.v3.AccessLog': { does: 'name typed_config config' },
  [`${LOGGERS}.file.v3.FileAccessLog`]: { does: 'path format json_format typed_json_format log_format' },
  [`${LOGGERS}.stream.v3.StdoutAccessLog`]: { does: 'log_format' },
  [`${LOGGERS}.stream.v3.StderrAccessLog`]: { does: 'log_format' },
};
export default entries;
