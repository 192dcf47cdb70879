/** What of CommonGrpcAccessLogConfig concerns the entries; the rest is about their way (grpc-stream.ts). */
import type { CommonGrpcAccessLogConfig } from '../config/schema/types.ts';
import type { FormatBuild } from '../format/format-context.ts';
import { compileCustomTags } from '../tracing/custom-tags.ts';
import { ENTRY_NEEDS, type EntryOptions } from './grpc-entry.ts';

export function entryOptions(config: CommonGrpcAccessLogConfig, build: FormatBuild): EntryOptions {
  build.needs.bits |= ENTRY_NEEDS;
  return {
    build,
    customTags: compileCustomTags(config.customTags, build),
    filterStates: config.filterStateObjectsToLog ?? [],
  };
}
