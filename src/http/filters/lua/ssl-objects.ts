/** What a script learns of its client's TLS connection. Mirrors SslConnectionWrapper and ParsedX509NameWrapper (source/extensions/filters/common/lua/wrappers.cc). */
import { cipherId } from '../../../transport/cipher-ids.ts';
import type { CertificateFacts, TlsSession } from '../../../transport/tls-session.ts';
import { type Call, type Method, registerClass, ScriptObject } from './script-object.ts';
import { pushValue } from './values.ts';

const COMMON = 'N5Envoy10Extensions7Filters6Common3Lua';

export class SslConnectionObject extends ScriptObject {
  readonly kind = `${COMMON}20SslConnectionWrapperE`;
  readonly tls: TlsSession;
  constructor(tls: TlsSession) {
    super();
    this.tls = tls;
  }
}

class ParsedNameObject extends ScriptObject {
  readonly kind = `${COMMON}21ParsedX509NameWrapperE`;
  readonly commonName: string;
  readonly organizations: readonly string[];
  constructor(subject: string) {
    super();
    const parts = nameParts(subject);
    this.commonName = parts.find(([key]) => key === 'CN')?.[1] ?? '';
    this.organizations = parts.filter(([key]) => key === 'O').map(([, value]) => value);
  }
}

registerClass(ParsedNameObject, {
  commonName: (self, call) => call.give(self.commonName),
  organizationName: (self, call) => giveList(call, self.organizations),
});

/** The parts of an RFC 2253 name in the certificate's order, bytes of values as they are. */
function nameParts(subject: string): (readonly [key: string, value: string])[] {
  const parts = subject.match(/(?:\\.|[^,+\\])+/g) ?? [];
  return parts
    .map((part) => {
      const at = part.indexOf('=');
      const value = part
        .slice(at + 1)
        .replace(/\\([0-9A-F]{2})|\\(.)/g, (_, hex: string | undefined, sign: string) =>
          hex === undefined ? sign : String.fromCharCode(Number.parseInt(hex, 16)),
        );
      return [part.slice(0, at), value] as const;
    })
    .reverse();
}

function giveList(call: Call, list: readonly string[] | undefined): number {
  pushValue(call.vm, call.L, list ?? []);
  return 1;
}

type Side = 'peer' | 'local';
const text =
  (side: Side, field: 'sha256' | 'serial' | 'issuer' | 'subject' | 'urlEncodedPem'): Method<SslConnectionObject> =>
  (self, call) =>
    call.give(self.tls[side]?.[field] ?? '');
const list =
  (side: Side, field: 'uris' | 'dnsNames' | 'extensionOids'): Method<SslConnectionObject> =>
  (self, call) =>
    giveList(call, self.tls[side]?.[field]);
const seconds =
  (field: 'validFromMs' | 'validToMs'): Method<SslConnectionObject> =>
  (self, call) => {
    const { peer } = self.tls;
    return call.giveNumber(peer === null ? 0 : Math.floor(peer[field] / 1000));
  };

function giveBoolean(call: Call, value: boolean): number {
  call.vm.fengari.lua.lua_pushboolean(call.L, value);
  return 1;
}

registerClass(SslConnectionObject, {
  peerCertificatePresented: (self, call) => giveBoolean(call, self.tls.peer !== null),
  peerCertificateValidated: (self, call) => giveBoolean(call, self.tls.peerValidated),
  uriSanLocalCertificate: list('local', 'uris'),
  sha256PeerCertificateDigest: text('peer', 'sha256'),
  serialNumberPeerCertificate: text('peer', 'serial'),
  issuerPeerCertificate: text('peer', 'issuer'),
  subjectPeerCertificate: text('peer', 'subject'),
  parsedSubjectPeerCertificate(self, call) {
    const { peer } = self.tls;
    return peer === null ? call.giveNil() : call.giveObject(new ParsedNameObject(peer.subject));
  },
  uriSanPeerCertificate: list('peer', 'uris'),
  subjectLocalCertificate: text('local', 'subject'),
  urlEncodedPemEncodedPeerCertificate: text('peer', 'urlEncodedPem'),
  urlEncodedPemEncodedPeerCertificateChain: (self, call) =>
    call.give(self.tls.peerChain.map((c: CertificateFacts) => c.urlEncodedPem).join('')),
  dnsSansPeerCertificate: list('peer', 'dnsNames'),
  dnsSansLocalCertificate: list('local', 'dnsNames'),
  oidsPeerCertificate: list('peer', 'extensionOids'),
  oidsLocalCertificate: list('local', 'extensionOids'),
  validFromPeerCertificate: seconds('validFromMs'),
  expirationPeerCertificate: seconds('validToMs'),
  sessionId: (self, call) => call.give(self.tls.sessionId),
  ciphersuiteId: (self, call) => call.give(`0x${cipherId(self.tls.cipher).toString(16).padStart(4, '0')}`),
  ciphersuiteString: (self, call) => call.give(self.tls.cipher),
  tlsVersion: (self, call) => call.give(self.tls.version),
});
