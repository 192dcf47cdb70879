/** An extension of another kind than its place wants would be taken and do nothing there. */
import type { Any } from '../schema/types.ts';
import type { Reporter } from './reporter.ts';

/** `prefix`: what the names of all message types of this kind begin with. */
export function checkKind(
  extension: { name?: string; typedConfig?: Any } | undefined,
  prefix: string,
  report: Reporter,
): void {
  const url = extension?.typedConfig?.typeUrl;
  // As Envoy, all kinds of places are looked at: registered.ts.
  if (report.asEnvoy || extension === undefined || url === undefined || url.startsWith(prefix)) return;
  report.problem(
    extension,
    'typed_config',
    `Didn't find a registered implementation for '${extension.name ?? ''}' with type URL: '${url}'`,
  );
}

export const BOOTSTRAP_EXTENSIONS = 'envoy.extensions.bootstrap.';
export const LISTENER_FILTERS = 'envoy.extensions.filters.listener.';
export const UDP_FILTERS = 'envoy.extensions.filters.udp.';
export const TRANSPORT_SOCKETS = 'envoy.extensions.transport_sockets.';
export const ACCESS_LOGGERS = 'envoy.extensions.access_loggers.';
export const TRACERS = 'envoy.config.trace.';
export const DNS_RESOLVERS = 'envoy.extensions.network.dns_resolver.';
