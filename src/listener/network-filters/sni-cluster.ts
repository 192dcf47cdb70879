/**
 * envoy.filters.network.sni_cluster: the name that the client asked for in its handshake is the cluster of tcp_proxy. Mirrors
 * source/extensions/filters/network/sni_cluster/sni_cluster.cc.
 */
import type { ReadFilterFactory } from '../network-filter.ts';

/** PerConnectionCluster of source/common/tcp_proxy/tcp_proxy.cc. */
const CLUSTER = 'envoy.tcp_proxy.cluster';

export function create(): ReadFilterFactory {
  return {
    terminal: false,
    create: (callbacks) => ({
      onNewConnection() {
        const name = callbacks.connection.socketInfo?.serverName ?? '';
        if (name !== '') callbacks.info.shareState(CLUSTER, name);
        return 'continue';
      },
    }),
  };
}
