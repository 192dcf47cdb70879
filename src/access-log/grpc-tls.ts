/** TLSProperties of an entry for a gRPC access log: what the client's handshake agreed on and the certificates of both sides. */
import type { WireWriter } from '../grpc/wire-writer.ts';
import type { Connection } from '../transport/connection.ts';
import type { CertificateFacts } from '../transport/tls-session.ts';

/** TLSVersion by number. */
const VERSIONS = ['', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** IANA's numbers of OpenSSL's names. */
const CIPHERS: Readonly<Record<string, number>> = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
  'ECDHE-ECDSA-AES128-GCM-SHA256': 0xc02b,
  'ECDHE-RSA-AES128-GCM-SHA256': 0xc02f,
  'ECDHE-ECDSA-AES256-GCM-SHA384': 0xc02c,
  'ECDHE-RSA-AES256-GCM-SHA384': 0xc030,
  'ECDHE-ECDSA-CHACHA20-POLY1305': 0xcca9,
  'ECDHE-RSA-CHACHA20-POLY1305': 0xcca8,
  'ECDHE-ECDSA-AES128-SHA': 0xc009,
  'ECDHE-RSA-AES128-SHA': 0xc013,
  'ECDHE-ECDSA-AES256-SHA': 0xc00a,
  'ECDHE-RSA-AES256-SHA': 0xc014,
  'AES128-GCM-SHA256': 0x009c,
  'AES256-GCM-SHA384': 0x009d,
  'AES128-SHA': 0x002f,
  'AES256-SHA': 0x0035,
};
/** What BoringSSL says where there is none. */
const UNKNOWN_CIPHER = 0xffff;

/** Nothing for a connection without TLS. */
export function writeTls(w: WireWriter, field: number, c: Connection): void {
  const tls = c.security?.tls;
  if (tls === undefined) return;
  const at = w.begin(field);
  const version = VERSIONS.indexOf(tls.version);
  if (version > 0) w.uint(1, version);
  const cipher = w.begin(2);
  w.uint(1, CIPHERS[tls.cipher] ?? UNKNOWN_CIPHER);
  w.end(cipher);
  // As in Envoy, where a listener filter has looked for it.
  const server = c.socketInfo?.serverName;
  if (server) w.latin1(3, server);
  certificate(w, 4, tls.local, false);
  certificate(w, 5, tls.peer, true);
  if (tls.sessionId !== '') w.latin1(6, tls.sessionId);
  const ja3 = c.socketInfo?.ja3;
  if (ja3) w.latin1(7, ja3);
  w.end(at);
}

function certificate(w: WireWriter, field: number, facts: CertificateFacts | null, issuer: boolean): void {
  const at = w.begin(field);
  // Envoy has a place for DNS names and puts none there.
  for (const uri of facts?.uris ?? []) {
    const name = w.begin(1);
    w.string(1, uri);
    w.end(name);
  }
  if (facts?.subject) w.string(2, facts.subject);
  if (issuer && facts?.issuer) w.string(3, facts.issuer);
  w.end(at);
}
