/** Our options as envoy.admin.v3.CommandLineOptions in JSON: every field, in Envoy's order, for /server_info. */
import type { JsonObject } from '../admin/server-view.ts';
import { LEVELS } from '../log/logger.ts';
import type { ServerOptions } from './options.ts';

export function commandLineJson(o: ServerOptions): JsonObject {
  return {
    base_id: String(o.baseId),
    concurrency: o.concurrency,
    config_path: o.configPath,
    config_yaml: o.configYaml,
    allow_unknown_static_fields: o.allowUnknownStaticFields,
    admin_address_path: o.adminAddressPath,
    local_address_ip_version: o.localAddressIpVersion,
    log_level: LEVELS[o.logLevel],
    component_log_level: o.componentLogLevel,
    log_format: o.logFormat,
    log_path: o.logPath,
    service_cluster: o.serviceCluster,
    service_node: o.serviceNode,
    service_zone: o.serviceZone,
    file_flush_interval: `${o.fileFlushIntervalMs / 1000}s`,
    drain_time: `${o.drainTimeS}s`,
    parent_shutdown_time: `${o.parentShutdownTimeS}s`,
    mode: o.mode === 'serve' ? 'Serve' : o.mode === 'validate' ? 'Validate' : 'InitOnly',
    disable_hot_restart: o.disableHotRestart,
    enable_mutex_tracing: o.enableMutexTracing,
    restart_epoch: o.restartEpoch,
    cpuset_threads: o.cpusetThreads,
    reject_unknown_dynamic_fields: o.rejectUnknownDynamicFields,
    log_format_escaped: o.logFormatEscaped,
    disabled_extensions: [...o.disabledExtensions],
    ignore_unknown_dynamic_fields: o.ignoreUnknownDynamicFields,
    use_dynamic_base_id: o.useDynamicBaseId,
    base_id_path: o.baseIdPath,
    drain_strategy: o.drainStrategy === 'gradual' ? 'Gradual' : 'Immediate',
    enable_fine_grain_logging: o.enableFineGrainLogging,
    socket_path: o.socketPath,
    socket_mode: o.socketMode,
    enable_core_dump: o.enableCoreDump,
    stats_tag: o.statsTags.map(([name, value]) => `${name}:${value}`),
    skip_hot_restart_on_no_parent: o.skipHotRestartOnNoParent,
    skip_hot_restart_parent_stats: o.skipHotRestartParentStats,
    skip_deprecated_logs: o.skipDeprecatedLogs,
    file_flush_min_size: o.fileFlushMinSizeKb,
    log_stacktrace_single_entry: false,
  };
}
