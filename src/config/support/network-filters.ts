/** What is done with the messages of schema/generated/network-filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster': { does: 'clusters' },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions': { does: '*' },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight': { does: 'name weight' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions': {
    does: 'auth_password auth_username credentials',
  },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions.Credential': { does: '*' },
};
export default entries;
