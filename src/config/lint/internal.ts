/** Internal listeners, and hosts that are such (source/common/listener_manager/listener_impl.cc). */
import type { Bootstrap, Listener, TransportSocket } from '../schema/types.ts';
import { BOOTSTRAP_EXTENSIONS, checkKind, DNS_RESOLVERS } from './extensions.ts';
import type { Reporter } from './reporter.ts';

const SOCKET_INTERFACE = 'envoy.extensions.network.socket_interface.v3.DefaultSocketInterface';
const EXTENSION = 'envoy.extensions.bootstrap.internal_listener.v3.InternalListener';

export function checkInternal(bootstrap: Bootstrap, report: Reporter): void {
  const { bootstrapExtensions = [], defaultRegexEngine, listenerManager, typedDnsResolverConfig } = bootstrap;
  for (const e of bootstrapExtensions)
    if (e.typedConfig?.typeUrl !== SOCKET_INTERFACE) checkKind(e, BOOTSTRAP_EXTENSIONS, report);
  checkKind(defaultRegexEngine, 'envoy.extensions.regex_engines.', report);
  checkKind(listenerManager, 'envoy.config.bootstrap.', report);
  checkKind(typedDnsResolverConfig, DNS_RESOLVERS, report);
  const enabled = (bootstrap.bootstrapExtensions ?? []).some((e) => e.typedConfig?.typeUrl === EXTENSION);
  for (const listener of bootstrap.staticResources?.listeners ?? []) {
    if (listener.internalListener !== undefined) checkListener(listener, enabled, report);
  }
  if (report.asEnvoy) return;
  for (const { loadAssignment, transportSocket } of bootstrap.staticResources?.clusters ?? []) {
    const ends = (loadAssignment?.endpoints ?? []).flatMap((l) => l.lbEndpoints ?? []);
    if (isRaw(transportSocket)) continue;
    for (const { endpoint } of ends) {
      const inside = endpoint?.address?.envoyInternalAddress;
      if (inside !== undefined) report.problem(inside, '', 'TLS to an internal listener is not supported');
    }
  }
}

const isRaw = (socket: TransportSocket | undefined): boolean =>
  socket === undefined || socket.typedConfig?.typeUrl === 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';

function checkListener(listener: Listener, enabled: boolean, report: Reporter): void {
  const named = `error adding listener named '${listener.name ?? ''}'`;
  if (listener.address !== undefined) {
    if (report.asEnvoy) return;
    const message = `error adding listener '${listener.name ?? ''}': address should not be used when an internal listener config is provided`;
    report.problem(listener, 'address', message);
  } else if (!enabled) {
    report.problem(listener, 'internal_listener', `${named}: InternalListener bootstrap extension is mandatory`);
  } else if ((listener.socketOptions ?? []).length > 0) {
    report.problem(listener, 'socket_options', `${named}: does not support socket option`);
  }
  if (report.asEnvoy) return;
  for (const chain of [...(listener.filterChains ?? []), listener.defaultFilterChain ?? {}]) {
    if (isRaw(chain.transportSocket)) continue;
    report.problem(chain, 'transport_socket', 'TLS of an internal listener is not supported');
  }
}
