/** A TLS client of a case: what its handshake came to, and the bytes inside. */
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { pem } from '../support/certificates.ts';
import { asList, type YamlMap } from './case.ts';
import { Peer } from './peer.ts';

export class TlsClient {
  readonly peer: Peer;
  readonly outcome: string;

  private constructor(peer: Peer, outcome: string) {
    this.peer = peer;
    this.outcome = outcome;
  }

  /** Fields: `sni`, `alpn`, `cert` (of support/certificates.ts), `min`, `max`, `ciphers`, `groups`, `prefix` (bytes before it). */
  static async connect(port: number, o: YamlMap): Promise<TlsClient> {
    const text = (key: string): string | undefined => (o[key] === undefined ? undefined : String(o[key]));
    const cert = text('cert');
    const sni = text('sni');
    const plain = net.connect({ port, host: '127.0.0.1' });
    plain.on('error', () => {});
    await once(plain, 'connect');
    if (o['prefix'] !== undefined) plain.write(String(o['prefix']), 'latin1');
    const options: tls.ConnectionOptions = {
      socket: plain,
      rejectUnauthorized: false,
      minVersion: (text('min') ?? 'TLSv1.2') as tls.SecureVersion,
      maxVersion: (text('max') ?? 'TLSv1.3') as tls.SecureVersion,
      checkServerIdentity: () => undefined,
    };
    if (sni !== undefined) options.servername = sni;
    if (o['alpn'] !== undefined) options.ALPNProtocols = asList(o['alpn']).map(String);
    if (o['ciphers'] !== undefined) options.ciphers = String(o['ciphers']);
    if (o['groups'] !== undefined) options.ecdhCurve = String(o['groups']);
    if (cert !== undefined) Object.assign(options, { cert: pem(`${cert}.pem`), key: pem(`${cert}.key`) });
    const socket = tls.connect(options);
    const peer = new Peer(socket);
    const outcome = await new Promise<string>((resolve) => {
      socket.once('secureConnect', () => resolve(described(socket)));
      socket.once('error', (e: NodeJS.ErrnoException) => resolve(`handshake failed: ${e.code ?? e.message}`));
      socket.once('close', () => resolve('handshake failed: closed'));
    });
    return new TlsClient(peer, outcome);
  }
}

function described(socket: tls.TLSSocket): string {
  const alpn = socket.alpnProtocol === false || socket.alpnProtocol === null ? 'none' : socket.alpnProtocol;
  const group = (socket.getEphemeralKeyInfo() as { name?: string }).name ?? '';
  const certificate = socket.getPeerCertificate();
  const parts = [
    socket.getProtocol(),
    socket.getCipher().name,
    `alpn=${alpn}`,
    `group=${group}`,
    `certificate=${certificate.subject?.CN ?? ''} ${certificate.fingerprint256?.slice(0, 8) ?? ''}`,
  ];
  return `handshake: ${parts.join(' ')}`;
}
