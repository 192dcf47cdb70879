/** envoy.stat_sinks.statsd: lines without tags, over UDP or through a cluster. Mirrors StatsdSinkFactory (source/extensions/stat_sinks/statsd). */
import { refuse } from '../config/refusal.ts';
import type { StatsdSink } from '../config/schema/types.ts';
import type { SinkContext, StatsSink } from './sink.ts';
import { tcpStatsd } from './tcp-statsd.ts';
import { udpStatsd } from './udp-statsd.ts';

export function create(config: StatsdSink, ctx: SinkContext): StatsSink {
  const { address, tcpClusterName, prefix = '' } = config;
  if (address !== undefined) return udpStatsd({ address, prefix, tags: null, maxDatagramBytes: 0 }, ctx);
  const name = tcpClusterName ?? '';
  const { nodeId, nodeCluster } = ctx.localInfo;
  if (nodeId === '' || nodeCluster === '') {
    const text = `tcp statsd: node 'id' and 'cluster' are required. Set it either in 'node' config or via --service-node and --service-cluster options.`;
    return refuse(config, 'tcp_cluster_name', text);
  }
  if (ctx.clusters.get(name) === undefined) refuse(config, 'tcp_cluster_name', `tcp statsd: unknown cluster '${name}'`);
  return tcpStatsd(name, prefix, ctx);
}
