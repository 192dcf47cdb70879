/**
 * What a CEL expression may ask of a request and of its connection (docs: arch_overview/advanced/attributes): one table for whatever evaluates
 * one. Mirrors source/extensions/filters/common/expr/context.cc.
 */
import { byteSize } from '../codec/bytes-meter.ts';
import type { Headers } from '../codec/headers.ts';
import type { Metadata, Node } from '../config/schema/types.ts';
import {
  type ClientAddress,
  type FormatContext,
  type FormatInfo,
  TIMINGS,
  UPSTREAM_ADDRESSES,
} from '../format/format-context.ts';
import { grpcStatus } from '../format/message-operators.ts';
import { FieldsOnly, SharedMessage } from '../format/shared-message.ts';
import { wall } from '../format/time-operators.ts';
import { headerValue } from '../http/headers/header-matcher.ts';
import { asciiLower, isWritableName, toWire } from '../platform/wire-text.ts';
import type { Address } from '../transport/address.ts';
import type { CertificateFacts, TlsSession } from '../transport/tls-session.ts';
import { configMetadata, localityMessage, metadataMessage, nodeMessage } from './messages.ts';
import { ofMs } from './time.ts';
import { Bytes, Duration, fromJson, MapValue, Timestamp, Uint, UncountedMap, type Value } from './values.ts';

/** Undefined: an error, as where there is no such thing. */
export type Finder = (c: FormatContext) => Value | undefined;

/** Of the place that an expression stands in. */
export interface CelPlace {
  readonly clientAddress: ClientAddress;
  /** Null: the connection's record says it. */
  readonly filterChainName: string | null;
  readonly listenerMetadata?: Metadata | undefined;
  readonly outbound?: boolean | undefined;
  /** Absent where Envoy tells an expression nothing of it. */
  readonly node?: Node | undefined;
}

type Table = Readonly<Record<string, Finder>>;

/** Fields of a root, of one request. Its number is not told. */
class Fields extends UncountedMap {
  private readonly table: Table;
  private readonly c: FormatContext;
  constructor(table: Table, c: FormatContext) {
    super();
    this.table = table;
    this.c = c;
  }
  get(key: Value): Value | undefined {
    return typeof key === 'string' && Object.hasOwn(this.table, key) ? this.table[key](this.c) : undefined;
  }
}

class HeaderMap extends MapValue {
  private readonly headers: Headers | null;
  constructor(headers: Headers | null) {
    super();
    this.headers = headers;
  }
  get(key: Value): Value | undefined {
    if (this.headers === null || typeof key !== 'string' || !isWritableName(key.replace(/^:/, ''))) return undefined;
    return fieldValue(this.headers, asciiLower(key));
  }
  keys(): readonly Value[] {
    const { headers } = this;
    if (headers === null) return [];
    const names = new Set<string>();
    for (const name of [':authority', ':path', ':method', ':scheme', ':protocol', ':status']) {
      if (fieldValue(headers, name) !== undefined) names.add(name);
    }
    for (let i = 0; i < headers.list.length; i += 2) names.add(headers.list[i]);
    return [...names];
  }
}

function fieldValue(h: Headers, name: string): string | undefined {
  if (name === ':status') return h.status === 0 ? undefined : String(h.status);
  if (name === ':protocol') return h.protocol || undefined;
  return headerValue(h, name === 'host' ? ':authority' : name);
}

const some = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function beforeQuery(path: string): string {
  const at = path.indexOf('?');
  return at < 0 ? path : path.slice(0, at);
}

function query(path: string): string {
  const rest = path.slice(beforeQuery(path).length + 1);
  const hash = rest.indexOf('#');
  return hash < 0 ? rest : rest.slice(0, hash);
}

/** Of a HEADERS block that was not there: of a connection, or of a stream without one. */
const ofRequest =
  (find: (h: Headers) => Value | undefined): Finder =>
  ({ request }) =>
    find(request);

function span(from: number, to: number): Duration | undefined {
  return from < 0 || to < 0 ? undefined : new Duration(ofMs(to - from));
}

const contentLength = (c: FormatContext): bigint | undefined => {
  const said = c.request.get('content-length');
  if (said === undefined) return BigInt(c.info.bytesReceived);
  return /^\d{1,18}$/.test(said) ? BigInt(said) : undefined;
};

const REQUEST: Table = {
  headers: (c) => new HeaderMap(c.request),
  headers_bytes: (c) => BigInt(byteSize(c.request)),
  time: (c) => new Timestamp(ofMs(Math.round(wall(c.info.startMs) * 1000) / 1000)),
  size: contentLength,
  total_size: (c) => BigInt(c.info.bytesReceived + byteSize(c.request)),
  duration: ({ info }) => span(info.startMs, info.requestEndMs),
  protocol: ({ info }) => info.protocol ?? undefined,
  path: ofRequest((h) => some(h.path)),
  url_path: ofRequest((h) => beforeQuery(h.path)),
  host: ofRequest((h) => some(h.authority)),
  scheme: ofRequest((h) => some(h.scheme)),
  method: ofRequest((h) => some(h.method)),
  referer: ofRequest((h) => h.get('referer')),
  id: ofRequest((h) => h.get('x-request-id')),
  useragent: ofRequest((h) => h.get('user-agent')),
  query: ofRequest((h) => query(h.path)),
};

/** Whether something was asked of an answer that had not come. */
export const asked = { tooEarly: false };

function noting(table: Table): Table {
  const noted = ([name, find]: [string, Finder]): [string, Finder] => [
    name,
    (c) => {
      asked.tooEarly ||= c.response === null;
      return find(c);
    },
  ];
  return Object.fromEntries(Object.entries(table).map(noted));
}

const RESPONSE: Table = noting({
  code: ({ info, response }) => {
    const code = info.responseCode !== 0 ? info.responseCode : (response?.status ?? 0);
    return code === 0 ? undefined : BigInt(code);
  },
  size: ({ info }) => BigInt(info.bytesSent),
  headers: (c) => new HeaderMap(c.response),
  headers_bytes: (c) => BigInt(byteSize(c.response)),
  trailers: (c) => new HeaderMap(c.responseTrailers),
  flags: ({ info }) => BigInt(info.flags),
  grpc_status: (c) => {
    const status = grpcStatus(c);
    return status < 0 ? undefined : BigInt(status);
  },
  total_size: (c) => BigInt(c.info.bytesSent + byteSize(c.response) + byteSize(c.responseTrailers)),
  code_details: ({ info }) => some(info.details),
  backend_latency: ({ info: { timings } }) =>
    timings === null ? undefined : span(timings.upstreamTxFirst, timings.upstreamRxLast),
});

/** Of a TLS session, in the words of both sides. */
function tlsFields(of: (info: FormatInfo) => TlsSession | undefined): Table {
  const certificate =
    (which: 'peer' | 'local', find: (facts: CertificateFacts) => string | undefined, absent?: string): Finder =>
    ({ info }) => {
      const session = of(info);
      if (session === undefined) return undefined;
      const facts = session[which];
      return facts === null ? absent : find(facts);
    };
  return {
    tls_version: ({ info }) => of(info)?.version,
    subject_local_certificate: certificate('local', (f) => f.subject, ''),
    subject_peer_certificate: certificate('peer', (f) => f.subject, ''),
    uri_san_local_certificate: certificate('local', (f) => f.uris[0]),
    uri_san_peer_certificate: certificate('peer', (f) => f.uris[0]),
    dns_san_local_certificate: certificate('local', (f) => f.dnsNames[0]),
    dns_san_peer_certificate: certificate('peer', (f) => f.dnsNames[0]),
    sha256_peer_certificate_digest: certificate('peer', (f) => f.sha256),
    peer_certificate: certificate('peer', (f) => f.urlEncodedPem),
  };
}

const CONNECTION: Table = {
  ...tlsFields((info) => info.connection?.security?.tls),
  mtls: ({ info }) => info.connection?.security?.tls?.peer != null,
  requested_server_name: ({ info }) =>
    info.connection?.socketInfo?.serverName || (info.connection?.security?.serverName ?? ''),
  id: ({ info }) => (info.connection === null ? undefined : new Uint(BigInt(info.connection.id))),
  termination_details: ({ info }) => some(info.connection?.socketInfo?.terminationDetails),
  transport_failure_reason: ({ info }) => some(info.connection?.transportFailure),
};

const port = (a: Address | undefined): bigint | undefined =>
  a === undefined || a.path !== '' ? undefined : BigInt(a.port);

const UPSTREAM: Table = {
  ...tlsFields((info) => info.upstream?.connection?.security?.tls),
  address: ({ info }) => info.upstreamHost?.address.text,
  port: ({ info }) => port(info.upstreamHost?.address),
  local_address: ({ info }) => info.upstream?.connection?.localAddress.text,
  locality: ({ info }) => (info.upstreamHost === null ? undefined : localityMessage(info.upstreamHost.locality)),
  transport_failure_reason: ({ info }) =>
    info.upstream === null ? some(info.transportFailure) : info.transportFailure,
  request_attempt_count: ({ info }) => new Uint(BigInt(info.attempts)),
  cx_pool_ready_duration: ({ info }) =>
    info.timings === null ? undefined : span(info.startMs, info.timings.poolReady),
  num_endpoints: ({ info }) => {
    const members = info.cluster?.membership.membershipTotal.value;
    return members === undefined ? undefined : new Uint(BigInt(members));
  },
};

const DESTINATION: Table = {
  address: ({ info }) => info.connection?.localAddress.text,
  port: ({ info }) => port(info.connection?.localAddress),
};

const xds = (place: CelPlace): Table => ({
  ...(place.node === undefined ? {} : { node: ofNode(place.node) }),
  cluster_name: (c) => {
    const cluster = clusterOf(c);
    return cluster === undefined ? undefined : toWire(cluster.name);
  },
  cluster_metadata: (c) => {
    const cluster = clusterOf(c);
    return cluster === undefined ? undefined : configMetadata(cluster.config.metadata);
  },
  route_name: ({ info: { route } }) => (route === null ? undefined : toWire(route.name)),
  route_metadata: ({ info: { route } }) => (route === null ? undefined : configMetadata(route.metadata)),
  virtual_host_name: ({ info: { route } }) => (route === null ? undefined : toWire(route.virtualHost.name)),
  virtual_host_metadata: ({ info: { route } }) =>
    route === null ? undefined : configMetadata(route.virtualHost.metadata),
  upstream_host_metadata: ({ info: { upstreamHost } }) => {
    if (upstreamHost === null) return undefined;
    return upstreamHost.metadata === undefined ? null : configMetadata(upstreamHost.metadata);
  },
  // Localities here have none that is looked at.
  upstream_host_locality_metadata: ({ info: { upstreamHost } }) => (upstreamHost === null ? undefined : null),
  filter_chain_name: ({ info }) => toWire(place.filterChainName ?? info.connection?.record?.chainName ?? ''),
  listener_metadata: () => configMetadata(place.listenerMetadata),
  listener_direction: () => (place.outbound === undefined ? 0n : place.outbound ? 2n : 1n),
});

function ofNode(node: Node): Finder {
  const message = nodeMessage(node);
  return () => message;
}

/** Before the router has come to it: where the route leads. */
function clusterOf({ info, request }: FormatContext): NonNullable<FormatInfo['cluster']> | undefined {
  return info.cluster ?? info.route?.forward?.cluster(request)?.info;
}

/** The peer, or whom the connection manager takes for the client: then without a port. */
const source = ({ clientAddress }: CelPlace): Table => ({
  address: (c) => {
    const said = clientAddress(c);
    if (said !== undefined) return said.includes(':') ? `[${said}]:0` : `${said}:0`;
    return c.info.connection?.remoteAddress.text;
  },
  port: (c) => (clientAddress(c) !== undefined ? 0n : port(c.info.connection?.remoteAddress)),
});

/** What filters share under a name: its bytes, or its fields. */
class StateMap extends UncountedMap {
  private readonly info: FormatInfo;
  constructor(info: FormatInfo) {
    super();
    this.info = info;
  }
  get(key: Value): Value | undefined {
    const shared = typeof key === 'string' ? this.info.filterState(Buffer.from(key, 'latin1').toString()) : undefined;
    if (typeof shared === 'string') return new Bytes(toWire(shared));
    if (typeof shared === 'number') return new Bytes(String(shared));
    if (shared instanceof SharedMessage) return new Bytes(toWire(shared.plain()));
    if (shared instanceof FieldsOnly) return new SharedFields(shared);
    return undefined;
  }
}

class SharedFields extends MapValue {
  private readonly fields: object;
  constructor(fields: object) {
    super();
    this.fields = fields;
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.fields, key)) return undefined;
    const value = (this.fields as Readonly<Record<string, unknown>>)[key];
    return typeof value === 'number' || typeof value === 'boolean' ? BigInt(value) : fromJson(value);
  }
  keys(): readonly Value[] {
    return [];
  }
}

/** Nothing is shared with a connection to a host. */
const NOTHING: Table = {};

export class Attributes {
  readonly tables: Readonly<Record<string, Table>>;

  constructor(place: CelPlace) {
    this.tables = {
      request: REQUEST,
      response: RESPONSE,
      connection: CONNECTION,
      upstream: UPSTREAM,
      source: source(place),
      destination: DESTINATION,
      xds: xds(place),
      upstream_filter_state: NOTHING,
    };
  }

  /** A root as a value; undefined: there is none of this name. */
  root(name: string): Finder | undefined {
    if (name === 'metadata') return (c) => metadataMessage(c.info.allMetadata);
    if (name === 'filter_state') return (c) => new StateMap(c.info);
    if (!Object.hasOwn(this.tables, name)) return undefined;
    const table = this.tables[name];
    return (c) => {
      if (name === 'response') asked.tooEarly ||= c.response === null;
      return new Fields(table, c);
    };
  }
}

/** A field of a root by its name; undefined: the root is to be asked. */
export function inRoot(attributes: Attributes, root: string, field: string): Finder | undefined {
  const { tables } = attributes;
  return Object.hasOwn(tables, root) && Object.hasOwn(tables[root], field) ? tables[root][field] : undefined;
}

/** What a stream is to note because an expression names it: bits of StreamNeeds. */
export function needsOf(word: string): number {
  if (word === 'backend_latency' || word === 'cx_pool_ready_duration') return TIMINGS;
  return word === 'local_address' ? UPSTREAM_ADDRESSES : 0;
}
