/** All backends in one process; says their ports over IPC. Redis: redis-server where there is one, else the demo's stand-in. */
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { redisUpstream } from '../../src/demo/redis-upstream.ts';
import { grpcBackend } from './grpc.ts';
import { http1Backend } from './http1.ts';

async function listen(server: Server): Promise<number> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Redis servers of our own, unless the parent found real ones. */
const redis = process.argv.includes('--redis');
const ports = {
  http1: await listen(http1Backend()),
  grpc: await listen(grpcBackend()),
  redis: redis ? [await listen(redisUpstream()), await listen(redisUpstream())] : [],
};
process.on('disconnect', () => process.exit(0));
process.send?.(ports);
