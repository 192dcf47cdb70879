/** What is done with the messages of schema/generated/bootstrap.ts; see support.ts. */
import type { Entry } from './support.ts';

const BOOTSTRAP = 'envoy.config.bootstrap.v3';

const LISTENER = 'envoy.config.listener.v3';

const entries: Readonly<Record<string, Entry>> = {
  [`${BOOTSTRAP}.ClusterManager`]: {
    does: 'outlier_detection local_cluster_name upstream_bind_config',
    inert: 'enable_deferred_cluster_creation',
  },
  [`${BOOTSTRAP}.ListenerManager`]: {},
  [`${BOOTSTRAP}.LayeredRuntime`]: { does: 'layers' },
  'envoy.config.overload.v3.BufferFactoryConfig': { does: '*' },
  'envoy.config.overload.v3.LoadShedPoint': { does: '*' },
  'envoy.config.overload.v3.OverloadAction': { does: 'name triggers typed_config' },
  'envoy.config.overload.v3.OverloadManager': {
    does: 'resource_monitors actions refresh_interval loadshed_points buffer_factory_config',
  },
  'envoy.config.overload.v3.ScaleTimersOverloadActionConfig': { does: '*' },
  'envoy.config.overload.v3.ScaleTimersOverloadActionConfig.ScaleTimer': { does: '*' },
  // What a collection may leave is V8's own decision.
  'envoy.config.overload.v3.ShrinkHeapConfig': { does: 'timer_interval', inert: 'max_unfreed_memory_bytes' },
  'envoy.config.overload.v3.ScaledTrigger': { does: '*' },
  'envoy.config.overload.v3.ThresholdTrigger': { does: '*' },
  'envoy.config.overload.v3.Trigger': { does: '*' },
  'envoy.config.overload.v3.ResourceMonitor': { does: 'name typed_config config' },
  [`${BOOTSTRAP}.Bootstrap.ApplicationLogConfig`]: { does: 'log_format' },
  [`${BOOTSTRAP}.Bootstrap.ApplicationLogConfig.LogFormat`]: { does: '*' },
  // v2's, which becomes layers.
  [`${BOOTSTRAP}.Runtime`]: { does: '*' },
  [`${BOOTSTRAP}.RuntimeLayer`]: { does: 'name static_layer disk_layer admin_layer' },
  [`${BOOTSTRAP}.RuntimeLayer.AdminLayer`]: {},
  [`${BOOTSTRAP}.RuntimeLayer.DiskLayer`]: { does: 'symlink_root subdirectory append_service_cluster' },
  [`${BOOTSTRAP}.ClusterManager.OutlierDetection`]: { does: 'event_log_path' },
  'envoy.service.discovery.v3.DiscoveryResponse': {
    does: 'version_info resources',
    inert: 'canary type_url nonce control_plane resource_errors',
  },
  [`${LISTENER}.Listener.DeprecatedV1`]: { does: '*' },
  [`${LISTENER}.Listener.InternalListenerConfig`]: {},
  // How datagrams are handed to the kernel: in batches or one by one, which nobody can tell.
  [`${LISTENER}.UdpListenerConfig`]: { does: 'downstream_socket_config', inert: 'udp_packet_packet_writer_config' },
  [`${LISTENER}.AdditionalAddress`]: { does: '*' },
  [`${LISTENER}.ListenerFilter`]: { does: 'name typed_config config filter_disabled' },
  [`${LISTENER}.ListenerFilterChainMatchPredicate`]: { does: '*' },
  [`${LISTENER}.ListenerFilterChainMatchPredicate.MatchSet`]: { does: '*' },
};
export default entries;
