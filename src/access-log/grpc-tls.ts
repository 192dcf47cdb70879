/** TLSProperties of an entry for a gRPC access log: what the client's handshake agreed on and the certificates of both sides. */
import type { WireWriter } from '../grpc/wire-writer.ts';
import { cipherId } from '../transport/cipher-ids.ts';
import type { Connection } from '../transport/connection.ts';
import type { CertificateFacts } from '../transport/tls-session.ts';

/** TLSVersion by number. */
const VERSIONS = ['', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Nothing for a connection without TLS. */
export function writeTls(w: WireWriter, field: number, c: Connection): void {
  const tls = c.security?.tls;
  if (tls === undefined) return;
  const at = w.begin(field);
  const version = VERSIONS.indexOf(tls.version);
  if (version > 0) w.uint(1, version);
  const cipher = w.begin(2);
  w.uint(1, cipherId(tls.cipher));
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
