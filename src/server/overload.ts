/**
 * The bootstrap's `overload_manager`: of its monitors the one that people use, which bounds the connections of all listeners. Role of
 * OverloadManagerImpl and ActiveDownstreamConnectionsResourceMonitor (source/server/overload_manager_impl.cc). Loaded for configs that have one.
 */
import { each, refuse } from '../config/refusal.ts';
import type { DownstreamConnectionsConfig, OverloadManager } from '../config/schema/types.ts';
import { GLOBAL_LIMIT_KEY, limitAllListeners } from '../listener/connection-limits.ts';
import { logger } from '../log/logger.ts';
import { runtime } from '../runtime/runtime.ts';
import type { Scope } from '../stats/store.ts';

const log = logger('main');

const NAME = 'envoy.resource_monitors.global_downstream_max_connections';

/** `tells`: one event loop says for all what is worth a warning. Throws Envoy's sentences for what the config gets wrong. */
export function applyOverload(config: OverloadManager, root: Scope, tells: boolean): void {
  const names = new Set<string>();
  each(config.resourceMonitors, (monitor) => {
    const { name = '', typedConfig } = monitor;
    if (names.has(name)) refuse(monitor, 'name', `Duplicate resource monitor ${name}`);
    names.add(name);
    if (typedConfig === undefined) {
      refuse(
        monitor,
        'name',
        name === NAME
          ? `${name}: max_active_downstream_connections must be greater than 0`
          : `the resource monitor '${name}' is not supported yet`,
      );
    }
    const { maxActiveDownstreamConnections: max = 0 } = typedConfig.value as DownstreamConnectionsConfig;
    const scope = root.scope(`overload.${name}.`);
    // Envoy's stands at 0 for a monitor that is asked with each connection.
    scope.gauge('pressure').set(0);
    limitAllListeners(max, scope.counter('failed_updates'));
  });
  if (tells && runtime.find(GLOBAL_LIMIT_KEY) !== undefined) {
    log.warn(
      `Global downstream connections limits is configured via deprecated runtime key ${GLOBAL_LIMIT_KEY} and in ` +
        'envoy.resource_monitors.global_downstream_max_connections. Using overload manager config.',
    );
  }
}
