/**
 * envoy.transport_sockets.starttls of a listener: clear text until a network filter asks for TLS, which none of those in Envoy 1.40 does. The TLS context is
 * made all the same: what is wrong with it, its statistics and certificates are known. Mirrors source/extensions/transport_sockets/starttls.
 */
import type { StartTlsConfig } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import type { TransportFactory } from '../transport/transport-factory.ts';
import { create as createTls } from './downstream.ts';
import { clearText } from './starttls.ts';

export async function create(config: StartTlsConfig, ctx: FactoryContext): Promise<TransportFactory> {
  return clearText(await createTls(config.tlsSocketConfig ?? {}, ctx));
}
