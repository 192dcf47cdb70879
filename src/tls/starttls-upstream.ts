/** envoy.transport_sockets.starttls of a cluster; see starttls-downstream.ts. */
import type { UpstreamStartTlsConfig } from '../config/schema/types.ts';
import type { TransportFactory } from '../transport/transport-factory.ts';
import type { UpstreamTransportContext } from '../upstream/upstream-transports.ts';
import type { SecretsSource } from './common-secrets.ts';
import { clearText } from './starttls.ts';
import { create as createTls, prepare as prepareTls } from './upstream.ts';

export function prepare(config: UpstreamStartTlsConfig, secrets: SecretsSource): Promise<void> {
  return prepareTls(config.tlsSocketConfig ?? {}, secrets);
}

export function create(config: UpstreamStartTlsConfig, ctx: UpstreamTransportContext): TransportFactory {
  return clearText(createTls(config.tlsSocketConfig ?? {}, ctx));
}
