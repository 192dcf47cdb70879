/** What is done with the messages of schema/generated/observability.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.config.accesslog.v3.AccessLog': { does: 'name typed_config config' },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': { does: 'path' },
};
export default entries;
