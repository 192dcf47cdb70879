/** envoy.access_loggers.http_grpc: entries of HTTP streams to an access log service. Mirrors extensions/access_loggers/grpc/http_config.cc. */
import type { HttpGrpcAccessLogConfig } from '../config/schema/types.ts';
import { asciiLower, toWire } from '../platform/wire-text.ts';
import type { AccessLogContext } from './access-log.ts';
import type { AccessLogger } from './access-logger.ts';
import { writeHttpEntry } from './grpc-entry.ts';
import { entryOptions } from './grpc-options.ts';
import { entryStream } from './grpc-stream.ts';

export async function create(config: HttpGrpcAccessLogConfig, ctx: AccessLogContext): Promise<AccessLogger> {
  const { commonConfig = {} } = config;
  const options = entryOptions(commonConfig, ctx.format);
  const headers = {
    request: names(config.additionalRequestHeadersToLog),
    response: names(config.additionalResponseHeadersToLog),
    trailers: names(config.additionalResponseTrailersToLog),
  };
  const stream = await entryStream(commonConfig, 'http', ctx);
  return { log: (c, o) => stream.log((w) => writeHttpEntry(w, c, o, options, headers)) };
}

const names = (list: readonly string[] = []): readonly string[] => list.map((name) => asciiLower(toWire(name)));
