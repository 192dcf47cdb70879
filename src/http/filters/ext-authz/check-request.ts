/** What an authorisation service is told of a request. Mirrors Filters::Common::ExtAuthz::CheckRequestUtils. */
import { randomBytes } from 'node:crypto';
import type { AttributeContext, AttributeContextPeer, Metadata } from '../../../config/schema/types.ts';
import { clockMs } from '../../../platform/clock.ts';
import { fromWire } from '../../../platform/wire-text.ts';
import type { Address } from '../../../transport/address.ts';
import type { Connection } from '../../../transport/connection.ts';
import type { CertificateFacts } from '../../../transport/tls-session.ts';
import type { StringTest } from '../../headers/regex.ts';
import type { FilterStream } from '../../stream/filter.ts';

const PARTIAL_BODY = 'x-envoy-auth-partial-body';

/** What every service is given; `headers`: name, value, name, value …, pseudo-headers too. */
export interface CheckInput {
  /** Of the call's span; as the request's unless given. */
  readonly sampled?: boolean | undefined;
  readonly headers: readonly string[];
  /** Null where the request's body is not asked for. */
  readonly body: Buffer | null;
  readonly contextExtensions: ReadonlyMap<string, string>;
}

export interface HeaderChoice {
  /** Null: all. */
  readonly allowed: StringTest | null;
  readonly disallowed: StringTest | null;
  /** encode_raw_headers: each one of several of a name, and bytes that are no UTF-8. */
  readonly raw: boolean;
}

/** `held`: what has come of the body; `maxBytes`: of it, what is told. */
export function checkInput(
  stream: FilterStream,
  choice: HeaderChoice,
  held: Buffer | null,
  maxBytes: number,
  contextExtensions: ReadonlyMap<string, string>,
): CheckInput {
  const { request } = stream;
  const headers: string[] = [];
  const add = (name: string, value: string): void => {
    if (name === PARTIAL_BODY || choice.disallowed?.(name) === true || choice.allowed?.(name) === false) return;
    const at = choice.raw ? -1 : indexOf(headers, name);
    if (at < 0) headers.push(name, value);
    else headers[at + 1] += `,${value}`;
  };
  add(':authority', request.authority);
  add(':path', request.path);
  add(':method', request.method);
  add(':scheme', request.scheme);
  if (request.protocol !== '') add(':protocol', request.protocol);
  const { list } = request;
  for (let i = 0; i < list.length; i += 2) add(list[i], list[i + 1]);
  if (held === null || maxBytes === 0) return { headers, body: null, contextExtensions };
  const body = held.length > maxBytes ? held.subarray(0, maxBytes) : held;
  headers.push(PARTIAL_BODY, String(body.length !== held.length));
  return { headers, body, contextExtensions };
}

function indexOf(headers: readonly string[], name: string): number {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return i;
  return -1;
}

export interface AttributeSettings {
  readonly raw: boolean;
  readonly packAsBytes: boolean;
  readonly includeTlsSession: boolean;
  readonly includePeerCertificate: boolean;
  /** Of the destination: bootstrap_metadata_labels_key. */
  readonly labels: ReadonlyMap<string, string>;
  readonly metadataNamespaces: readonly string[];
  readonly routeMetadataNamespaces: readonly string[];
}

/** For a gRPC service that is asked about a connection. */
export function connectionAttributes(
  connection: Connection,
  dynamicMetadata: (namespace: string) => Readonly<Record<string, unknown>> | undefined,
  s: Pick<AttributeSettings, 'includePeerCertificate' | 'includeTlsSession' | 'labels' | 'metadataNamespaces'>,
): AttributeContext {
  const tls = connection.security?.tls;
  return {
    source: {
      ...peer(connection.remoteAddress, tls?.peer ?? null),
      ...(s.includePeerCertificate && tls?.peer ? { certificate: tls.peer.urlEncodedPem } : {}),
    },
    destination: { ...peer(connection.localAddress, tls?.local ?? null), labels: s.labels },
    metadataContext: metadataOf(s.metadataNamespaces, dynamicMetadata),
    ...(s.includeTlsSession ? { tlsSession: tlsSession({ connection }) } : {}),
  };
}

/** For a gRPC service. */
export function attributes(stream: FilterStream, input: CheckInput, s: AttributeSettings): AttributeContext {
  const { request, info, connection } = stream;
  const service = sanitized(request.get('x-envoy-downstream-service-cluster') ?? '');
  const tls = connection?.security?.tls;
  const { headers, body } = input;
  const entries: { key: string; rawValue: Buffer }[] = [];
  const map = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) {
    if (s.raw) entries.push({ key: headers[i], rawValue: Buffer.from(headers[i + 1], 'latin1') });
    else map.set(headers[i], sanitized(headers[i + 1]));
  }
  const packed = body === null ? {} : s.packAsBytes ? { rawBody: body } : { body: sanitizedBytes(body) };
  return {
    source: {
      ...peer(connection?.remoteAddress, tls?.peer ?? null),
      ...(service === '' ? {} : { service }),
      ...(s.includePeerCertificate && tls?.peer ? { certificate: tls.peer.urlEncodedPem } : {}),
    },
    destination: { ...peer(connection?.localAddress, tls?.local ?? null), labels: s.labels },
    request: {
      time: Date.now() - (clockMs() - info.startMs),
      http: {
        id: String(randomBytes(8).readBigUInt64LE()),
        method: sanitized(request.method),
        path: sanitized(request.path),
        host: sanitized(request.authority),
        scheme: sanitized(request.scheme),
        size: info.bytesReceived,
        protocol: info.protocol,
        ...(s.raw ? { headerMap: { headers: entries } } : { headers: map }),
        ...packed,
      },
    },
    contextExtensions: input.contextExtensions,
    metadataContext: metadataOf(s.metadataNamespaces, (name) => info.dynamicMetadata(name)),
    routeMetadataContext: metadataOf(s.routeMetadataNamespaces, (name) =>
      stream.route()?.metadata?.filterMetadata?.get(name),
    ),
    ...(s.includeTlsSession ? { tlsSession: tlsSession(stream) } : {}),
  };
}

function tlsSession({ connection }: Pick<FilterStream, 'connection'>): { sni?: string } {
  const sni = connection?.security?.serverName ?? '';
  return sni === '' ? {} : { sni };
}

function metadataOf(
  namespaces: readonly string[],
  find: (namespace: string) => Readonly<Record<string, unknown>> | undefined,
): Metadata {
  const filterMetadata = new Map<string, Readonly<Record<string, unknown>>>();
  for (const name of namespaces) {
    const values = find(name);
    if (values !== undefined) filterMetadata.set(name, values);
  }
  return { filterMetadata };
}

/** The principal is the first URI of the certificate, else its first DNS name, else its subject. */
function peer(address: Address | undefined, certificate: CertificateFacts | null): AttributeContextPeer {
  const principal = certificate?.uris[0] ?? certificate?.dnsNames[0] ?? certificate?.subject ?? '';
  const who = principal === '' ? {} : { principal };
  if (address === undefined) return who;
  if (address.path !== '') return { address: { pipe: { path: address.path } }, ...who };
  return { address: { socketAddress: { address: address.ip, portValue: address.port } }, ...who };
}

/** Wire text as text; each byte that is not UTF-8 becomes a '!' (MessageUtil::sanitizeUtf8String). */
export function sanitized(wire: string): string {
  return fromWire(wire) ?? sanitizedBytes(Buffer.from(wire, 'latin1'));
}

function sanitizedBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const n = sequenceLength(bytes, i);
    out += n === 0 ? '!' : bytes.toString('utf8', i, i + n);
    i += Math.max(n, 1);
  }
  return out;
}

/** Of the character at `at`; 0 where none is. */
function sequenceLength(bytes: Buffer, at: number): number {
  const b = bytes[at];
  const n = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
  if (n === 0 || at + n > bytes.length) return 0;
  const text = bytes.toString('utf8', at, at + n);
  return Buffer.byteLength(text) === n && !(text.includes('\ufffd') && !(b === 0xef && bytes[at + 1] === 0xbf)) ? n : 0;
}
