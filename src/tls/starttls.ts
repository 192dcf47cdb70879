/** Clear text beside a TLS context that nobody begins to speak, for both sides of starttls-downstream.ts. */
import { RAW_BUFFER, type TransportFactory } from '../transport/transport-factory.ts';

/** A context lives as long as something has it: /certs shows it. */
export interface StartTls extends TransportFactory {
  readonly tls: TransportFactory;
}

export const clearText = (tls: TransportFactory): StartTls => ({
  ...RAW_BUFFER,
  name: 'envoy.transport_sockets.starttls',
  tls,
});
