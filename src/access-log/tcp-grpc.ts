/** envoy.access_loggers.tcp_grpc: entries of connections to an access log service. Mirrors extensions/access_loggers/grpc/tcp_config.cc. */
import type { TcpGrpcAccessLogConfig } from '../config/schema/types.ts';
import type { AccessLogContext } from './access-log.ts';
import type { AccessLogger } from './access-logger.ts';
import { writeTcpEntry } from './grpc-entry.ts';
import { entryOptions } from './grpc-options.ts';
import { entryStream } from './grpc-stream.ts';

export async function create(
  { commonConfig = {} }: TcpGrpcAccessLogConfig,
  ctx: AccessLogContext,
): Promise<AccessLogger> {
  const options = entryOptions(commonConfig, ctx.format);
  const stream = await entryStream(commonConfig, 'tcp', ctx);
  return { log: (c, o) => stream.log((w) => writeTcpEntry(w, c, o, options)) };
}
