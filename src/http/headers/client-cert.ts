/** x-forwarded-client-cert: what is said of the client's certificate, and who is believed. Mirrors ConnectionManagerUtility::mutateXfccRequestHeader. */
import type { Headers } from '../../codec/headers.ts';
import type { HttpConnectionManager } from '../../config/schema/types.ts';
import type { Connection } from '../../transport/connection.ts';
import type { TlsSession } from '../../transport/tls-session.ts';

const NAME = 'x-forwarded-client-cert';

export interface ClientCertSettings {
  /** ALWAYS_FORWARD_ONLY: from anybody, as it is. */
  readonly always: boolean;
  /** What a client with a certificate sends stays (FORWARD_ONLY, APPEND_FORWARD). */
  readonly keeps: boolean;
  /** Its own certificate is told (APPEND_FORWARD, SANITIZE_SET). */
  readonly adds: boolean;
  /** Of set_current_client_cert_details. */
  readonly cert: boolean;
  readonly chain: boolean;
  readonly subject: boolean;
  readonly uri: boolean;
  readonly dns: boolean;
}

export function clientCertSettings(message: HttpConnectionManager): ClientCertSettings {
  const mode = message.forwardClientCertDetails;
  const details = message.setCurrentClientCertDetails ?? {};
  return {
    always: mode === 'ALWAYS_FORWARD_ONLY',
    keeps: mode === 'FORWARD_ONLY' || mode === 'APPEND_FORWARD',
    adds: mode === 'APPEND_FORWARD' || mode === 'SANITIZE_SET',
    cert: details.cert ?? false,
    chain: details.chain ?? false,
    subject: details.subject ?? false,
    uri: details.uri ?? false,
    dns: details.dns ?? false,
  };
}

/** Only a client that showed a certificate of its own may speak of others; what is replaced stays in its place. */
export function keepsClientCerts(settings: ClientCertSettings, conn: Connection): boolean {
  const tls = conn.security?.tls;
  return (settings.keeps || settings.adds) && tls !== undefined && tls.peer !== null;
}

export function addClientCert(settings: ClientCertSettings, conn: Connection, h: Headers): void {
  if (!settings.adds) return;
  const tls = conn.security?.tls;
  if (tls === undefined || tls.peer === null) return;
  tls.forwarded ??= details(settings, tls);
  const before = settings.keeps ? h.get(NAME) : undefined;
  h.set(NAME, before === undefined || before === '' ? tls.forwarded : `${before},${tls.forwarded}`);
}

function details(settings: ClientCertSettings, tls: TlsSession): string {
  const { peer } = tls;
  if (peer === null) return '';
  const parts = (tls.local?.uris ?? []).map((uri) => `By=${uri}`);
  parts.push(`Hash=${peer.sha256}`);
  if (settings.cert) parts.push(`Cert="${peer.urlEncodedPem}"`);
  if (settings.chain) parts.push(`Chain="${tls.peerChain.map((c) => c.urlEncodedPem).join('')}"`);
  if (settings.subject) parts.push(`Subject="${peer.subject}"`);
  if (settings.uri) parts.push(...(peer.uris.length > 0 ? peer.uris : ['']).map((uri) => `URI=${uri}`));
  if (settings.dns) parts.push(...peer.dnsNames.map((dns) => `DNS=${dns}`));
  // A certificate that nobody vouches for may hold anything.
  return parts.join(';').replace(CONTROL, '?');
}

const CONTROL = /[\x00-\x1f\x7f]/g;
