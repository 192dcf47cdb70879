/** Operators of what a connection's TLS handshake agreed on and of the certificates both sides showed (source/common/formatter/stream_info_formatter.cc). */
import { systemSentence } from '../platform/errno.ts';
import type { CertificateFacts, TlsSession } from '../transport/tls-session.ts';
import type { FormatContext, Operator } from './format-context.ts';
import { type OperatorRow, type OperatorRows, plain, some } from './operator-rows.ts';
import { compileTime, isoTime } from './time-format.ts';

type SessionOf = (c: FormatContext) => TlsSession | undefined;
type CertificateOf = (c: FormatContext) => CertificateFacts | null | undefined;

const downstream: SessionOf = ({ info }) => info.connection?.security?.tls;
const upstream: SessionOf = ({ info }) => info.upstream?.connection?.security?.tls;

const list = (values: readonly string[] | undefined): string | undefined => some(values?.join(','));

function time(of: CertificateOf, which: 'validFromMs' | 'validToMs'): OperatorRow {
  return {
    make: (argument) => {
      const format = argument === '' ? isoTime : compileTime(argument, false);
      return (c) => {
        const ms = of(c)?.[which];
        return ms === undefined ? undefined : format(ms);
      };
    },
  };
}

function names(prefix: string, of: CertificateOf): OperatorRows {
  return {
    [`${prefix}_URI_SAN`]: plain((c) => list(of(c)?.uris)),
    [`${prefix}_DNS_SAN`]: plain((c) => list(of(c)?.dnsNames)),
    [`${prefix}_IP_SAN`]: plain((c) => list(of(c)?.ips)),
    [`${prefix}_EMAIL_SAN`]: plain((c) => list(of(c)?.emails)),
    [`${prefix}_OTHERNAME_SAN`]: plain((c) => list(of(c)?.otherNames)),
    [`${prefix}_SUBJECT`]: plain((c) => some(of(c)?.subject)),
  };
}

function side(prefix: string, session: SessionOf): OperatorRows {
  const peer: CertificateOf = (c) => session(c)?.peer;
  const chain =
    (of: (c: CertificateFacts) => string): Operator =>
    (c) =>
      list(session(c)?.peerChain.map(of));
  return {
    ...names(`${prefix}_PEER`, peer),
    ...names(`${prefix}_LOCAL`, (c) => session(c)?.local),
    [`${prefix}_PEER_ISSUER`]: plain((c) => some(peer(c)?.issuer)),
    [`${prefix}_PEER_SERIAL`]: plain((c) => some(peer(c)?.serial)),
    [`${prefix}_PEER_FINGERPRINT_256`]: plain((c) => peer(c)?.sha256),
    [`${prefix}_PEER_FINGERPRINT_1`]: plain((c) => peer(c)?.sha1),
    [`${prefix}_PEER_CERT`]: plain((c) => peer(c)?.urlEncodedPem),
    [`${prefix}_PEER_CERT_V_START`]: time(peer, 'validFromMs'),
    [`${prefix}_PEER_CERT_V_END`]: time(peer, 'validToMs'),
    [`${prefix}_PEER_CHAIN_FINGERPRINTS_256`]: plain(chain((c) => c.sha256)),
    [`${prefix}_PEER_CHAIN_FINGERPRINTS_1`]: plain(chain((c) => c.sha1)),
    [`${prefix}_PEER_CHAIN_SERIALS`]: plain(chain((c) => c.serial)),
    [`${prefix}_PEER_ISSUER_FINGERPRINT_256`]: plain((c) => session(c)?.peerChain[1]?.sha256),
    [`${prefix}_PEER_ISSUER_SERIAL`]: plain((c) => session(c)?.peerChain[1]?.serial),
    [`${prefix}_TLS_VERSION`]: plain((c) => some(session(c)?.version)),
    [`${prefix}_TLS_CIPHER`]: plain((c) => some(session(c)?.cipher)),
    [`${prefix}_TLS_GROUP`]: plain((c) => some(session(c)?.group)),
    [`${prefix}_TLS_SESSION_ID`]: plain((c) => some(session(c)?.sessionId)),
  };
}

/** Envoy has fewer of the upstream's. */
const ONLY_DOWNSTREAM =
  /_LOCAL_(?:EMAIL|OTHERNAME)_SAN|_LOCAL_SUBJECT|_PEER_(?:EMAIL|OTHERNAME)_SAN|_PEER_SERIAL|_FINGERPRINT|_PEER_CHAIN_|_ISSUER_/;

const upstreamRows = Object.fromEntries(
  Object.entries(side('UPSTREAM', upstream)).filter(([name]) => !ONLY_DOWNSTREAM.test(name)),
);

/** A socket's own failure in the words it has inside of TLS. BoringSSL's ERR_LIB_SYS is 2. */
function reasonOf(failure: string): string {
  if (!/^E[A-Z]+$/.test(failure)) return failure;
  const { errno } = process.getBuiltinModule('node:os').constants;
  const number = 2 * 2 ** 24 + ((errno as Readonly<Record<string, number>>)[failure] ?? 0);
  const sentence = systemSentence(failure);
  return `TLS_error:|${number}:system library:OPENSSL_internal:${sentence}:TLS_error_end`;
}

export const TLS_OPERATORS: OperatorRows = {
  ...side('DOWNSTREAM', downstream),
  ...upstreamRows,
  UPSTREAM_SERVER_NAME: plain(({ info }) => some(info.upstream?.connection?.security?.serverName)),
  DOWNSTREAM_TRANSPORT_FAILURE_REASON: plain(({ info: { kind, connection } }) => {
    // What a listener filter has found is the connection's, not its streams'.
    const inspected = kind === undefined ? '' : (connection?.socketInfo?.notTls ?? '');
    return some(reasonOf(connection?.transportFailure || inspected).replaceAll(' ', '_'));
  }),
  DOWNSTREAM_HANDSHAKE_DURATION: plain(({ info }) => {
    const { connection } = info;
    const ready = connection?.security?.tls?.readyMs;
    return connection == null || ready === undefined ? undefined : Math.max(0, Math.floor(ready - connection.startMs));
  }),
  TLS_JA3_FINGERPRINT: plain(({ info }) => some(info.connection?.socketInfo?.ja3)),
  TLS_JA4_FINGERPRINT: plain(({ info }) => some(info.connection?.socketInfo?.ja4)),
};
