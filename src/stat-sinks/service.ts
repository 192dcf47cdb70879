/** The gRPC service of a stats sink: its cluster must be there from the start (Grpc::AsyncClientManagerImpl). */
import { refuse } from '../config/refusal.ts';
import type { GrpcService } from '../config/schema/types.ts';
import { type GrpcServiceClient, grpcService } from '../grpc/service.ts';
import type { SinkContext } from './sink.ts';

export function sinkService(config: GrpcService, ctx: SinkContext): Promise<GrpcServiceClient> {
  const { envoyGrpc } = config;
  const { clusterName: name = '' } = envoyGrpc ?? {};
  if (envoyGrpc !== undefined && ctx.clusters.get(name) === undefined) {
    refuse(envoyGrpc, 'cluster_name', `Unknown gRPC client cluster '${name}'`);
  }
  return grpcService(config, ctx);
}
