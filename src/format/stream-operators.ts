/** Operators about what became of a stream: code, flags, bytes, addresses, hosts (stream_info_formatter.cc). */
import { hostname } from 'node:os';
import { newRequestId } from '../http/request-id.ts';
import { fromWire, toWire } from '../platform/wire-text.ts';
import type { Address } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { INTERNAL } from '../transport/internal.ts';
import type { Host } from '../upstream/host.ts';
import { addressWithoutPort } from './address-format.ts';
import {
  ATTEMPTS,
  type FormatContext,
  METERS,
  type Meters,
  type Operator,
  UPSTREAM_ADDRESSES,
} from './format-context.ts';
import { cut, type OperatorRow, type OperatorRows, plain, some } from './operator-rows.ts';

type AddressOf = (c: FormatContext) => Address | null | undefined;

const local: AddressOf = ({ info }) => info.connection?.localAddress;
const directLocal: AddressOf = ({ info }) => info.connection?.directLocalAddress;
const directRemote: AddressOf = ({ info }) => info.connection?.directRemoteAddress;
const upstreamLocal: AddressOf = ({ info }) => info.upstream?.connection?.localAddress;
const upstreamRemote: AddressOf = ({ info }) => info.upstream?.connection?.remoteAddress;

const text = (of: AddressOf, needs = 0): OperatorRow => plain((c) => of(c)?.text, needs);
/** An address inside the process has one that is empty. */
const portOf = (a: Address): number | string | undefined =>
  a.path === '' ? a.port : a.path.startsWith(INTERNAL) ? '' : undefined;
const port = (of: AddressOf, needs = 0): OperatorRow =>
  plain((c) => {
    const a = of(c);
    return a == null ? undefined : portOf(a);
  }, needs);

/** Without the port; with an argument, the network of that many bits: `10.0.0.0/8`. */
function ip(of: AddressOf, needs = 0): OperatorRow {
  return {
    needs,
    make: (argument) => {
      const form = addressWithoutPort(argument);
      return (c) => {
        const a = of(c);
        return a == null ? undefined : a.path !== '' ? form(a.path, false) : form(a.ip, true);
      };
    },
  };
}

/** Who the connection manager takes for the client: an address without port where x-forwarded-for says so, else the peer. */
function client(part: 'text' | 'port'): OperatorRow {
  return {
    make: (_argument, _length, build) => (c) => {
      const said = build.clientAddress(c);
      if (said !== undefined) return part === 'port' ? 0 : said.includes(':') ? `[${said}]:0` : `${said}:0`;
      const a = c.info.connection?.remoteAddress;
      if (a === undefined) return undefined;
      return part === 'port' ? portOf(a) : a.text;
    },
  };
}

const clientIp: OperatorRow = {
  make: (argument, _length, build) => {
    const form = addressWithoutPort(argument);
    return (c) => {
      const said = build.clientAddress(c);
      if (said !== undefined) return form(said, true);
      const a = c.info.connection?.remoteAddress;
      return a === undefined ? undefined : a.path !== '' ? form(a.path, false) : form(a.ip, true);
    };
  },
};

/** Spaces would end a field of the log. */
const oneWord = (value: string): string => (value.includes(' ') ? value.replaceAll(' ', '_') : value);

const addressOf = (host: Host): string => host.address.text;
const ipOf = (host: Host): string => (host.address.path !== '' ? host.address.path : host.address.ip);
const nameOf = (host: Host): string => (host.hostname !== '' ? toWire(host.hostname) : host.address.text);
const bareNameOf = (host: Host): string => nameOf(host).replace(/:\d+$/, '');

const ofHost = (form: (host: Host) => string): OperatorRow =>
  plain((c) => {
    const host = c.info.upstreamHost;
    return host === null ? undefined : form(host);
  });

/** Of every try, in order. */
const ofHosts = (form: (host: Host) => string): OperatorRow =>
  plain((c) => {
    const tries = c.info.tries;
    return tries === null || tries.length === 0 ? undefined : tries.map((t) => form(t.host)).join(',');
  }, ATTEMPTS);

const connectionIds: Operator = (c) => {
  const ids = (c.info.tries ?? []).flatMap((t) => (t.connection === null ? [] : [t.connection.id]));
  return ids.length === 0 ? undefined : ids.join(',');
};

/** Also where none of the cluster's hosts could be had. */
const cluster =
  (name: 'name' | 'statName'): Operator =>
  ({ info }) => {
    const of = info.cluster;
    return of === null ? undefined : toWire(of[name]);
  };

/** Bytes on the wire: none where nothing was counted. */
const meter = (side: keyof Meters, count: NumberOf<Meters['down']>): OperatorRow =>
  plain(({ info }) => (info.meters === null ? 0 : info.meters[side][count]), METERS);
type NumberOf<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T];

const ofConnection = (c: FormatContext): boolean => c.info.kind !== undefined;

const reason = (c: Connection | null | undefined): string | undefined => some(oneWord(c?.closeReason ?? ''));

/** What the client says it wants, in its handshake or in the request. */
function requestedServer(argument: string): Operator {
  const sni = (c: FormatContext): string | undefined => some(c.info.connection?.socketInfo?.serverName);
  const host = (c: FormatContext): string | undefined => some(c.request.authority);
  if (argument === 'HOST_FIRST') return (c) => host(c) ?? sni(c);
  if (argument === 'SNI_FIRST') return (c) => sni(c) ?? host(c);
  return sni;
}

function environment(argument: string, length: number): Operator {
  const value = cut(toWire(process.env[fromWire(argument) ?? ''] ?? '-'), length);
  return () => value;
}

/** Of addresses inside the process; '' of others. */
function endpointId(address: Address | undefined): string | undefined {
  if (address === undefined) return undefined;
  return address.path.startsWith(INTERNAL) ? (address.path.slice(INTERNAL.length).split('/')[1] ?? '') : '';
}

export const STREAM_OPERATORS: OperatorRows = {
  CONNECTION_TERMINATION_DETAILS: plain((c) => some(c.info.connection?.socketInfo?.terminationDetails)),
  TRACE_ID: plain((c) => some(c.info.span?.traceId)),
  SPAN_ID: plain((c) => some(c.info.span?.spanId)),
  PROTOCOL: plain((c) => c.info.protocol ?? undefined),
  RESPONSE_CODE: plain((c) => c.info.responseCode),
  RESPONSE_CODE_DETAILS: {
    make: (argument) =>
      argument === 'ALLOW_WHITESPACES' ? (c) => some(c.info.details) : (c) => some(oneWord(c.info.details)),
  },
  RESPONSE_FLAGS: plain((c) => (c.info.flags === 0 ? '-' : c.info.flagNames)),
  RESPONSE_FLAGS_LONG: plain((c) => (c.info.flags === 0 ? '-' : c.info.longFlagNames)),
  BYTES_RECEIVED: plain((c) => c.info.bytesReceived),
  BYTES_SENT: plain((c) => c.info.bytesSent),
  DOWNSTREAM_WIRE_BYTES_RECEIVED: meter('down', 'wireReceived'),
  DOWNSTREAM_WIRE_BYTES_SENT: meter('down', 'wireSent'),
  DOWNSTREAM_HEADER_BYTES_RECEIVED: meter('down', 'headerReceived'),
  DOWNSTREAM_HEADER_BYTES_SENT: meter('down', 'headerSent'),
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED: meter('down', 'plainReceived'),
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT: meter('down', 'plainSent'),
  UPSTREAM_WIRE_BYTES_RECEIVED: meter('up', 'wireReceived'),
  UPSTREAM_WIRE_BYTES_SENT: meter('up', 'wireSent'),
  UPSTREAM_HEADER_BYTES_RECEIVED: meter('up', 'headerReceived'),
  UPSTREAM_HEADER_BYTES_SENT: meter('up', 'headerSent'),
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED: meter('up', 'plainReceived'),
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT: meter('up', 'plainSent'),
  // Of an HTTP stream Envoy notes neither how its connection ended nor why.
  DOWNSTREAM_DETECTED_CLOSE_TYPE: plain((c) => (ofConnection(c) ? c.info.connection?.closeType : 'Normal')),
  UPSTREAM_DETECTED_CLOSE_TYPE: plain((c) => {
    const { upstream } = c.info;
    // A session has its upstream's place from the first.
    if (c.info.kind === 'session') return upstream?.connection?.closeType ?? 'Normal';
    return upstream === null ? undefined : 'Normal';
  }),
  DOWNSTREAM_LOCAL_CLOSE_REASON: plain((c) => (ofConnection(c) ? reason(c.info.connection) : undefined)),
  UPSTREAM_LOCAL_CLOSE_REASON: plain((c) => (ofConnection(c) ? reason(c.info.upstream?.connection) : undefined)),
  // Of QUIC only.
  BYTES_RETRANSMITTED: plain(() => 0),
  PACKETS_RETRANSMITTED: plain(() => 0),
  ROUNDTRIP_DURATION: plain(() => undefined),
  ACCESS_LOG_TYPE: plain((_, o) => o.logType),
  LOCAL_REPLY_BODY: plain((_, o) => o.localReplyBody),
  // Of filters that set flags of their own.
  CUSTOM_FLAGS: plain(() => ''),
  CONNECTION_ID: plain((c) => c.info.connection?.id ?? 0),
  DOWNSTREAM_REMOTE_ADDRESS: client('text'),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: clientIp,
  DOWNSTREAM_REMOTE_PORT: client('port'),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: text(directRemote),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: ip(directRemote),
  DOWNSTREAM_DIRECT_REMOTE_PORT: port(directRemote),
  DOWNSTREAM_LOCAL_ADDRESS: text(local),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: ip(local),
  DOWNSTREAM_LOCAL_PORT: port(local),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS: text(directLocal),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT: ip(directLocal),
  DOWNSTREAM_DIRECT_LOCAL_PORT: port(directLocal),
  DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID: plain((c) => endpointId(c.info.connection?.localAddress) ?? ''),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID: plain((c) => endpointId(c.info.connection?.directLocalAddress) ?? ''),
  UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID: plain((c) => endpointId(c.info.upstream?.connection?.remoteAddress)),
  REQUESTED_SERVER_NAME: { make: requestedServer },
  LISTENER_NAME: { make: (_argument, _length, build) => fixed(build.listenerName) },
  FILTER_CHAIN_NAME: {
    make: (_argument, _length, { filterChainName: name }) =>
      name !== null ? fixed(name) : (c) => some(toWire(c.info.connection?.record?.chainName ?? '')),
  },
  UPSTREAM_HOST: ofHost(addressOf),
  UPSTREAM_HOST_NAME: ofHost(nameOf),
  UPSTREAM_HOST_NAME_WITHOUT_PORT: ofHost(bareNameOf),
  UPSTREAM_HOSTS_ATTEMPTED: ofHosts(addressOf),
  UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT: ofHosts(ipOf),
  UPSTREAM_HOST_NAMES_ATTEMPTED: ofHosts(nameOf),
  UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT: ofHosts(bareNameOf),
  UPSTREAM_CONNECTION_IDS_ATTEMPTED: plain(connectionIds, ATTEMPTS),
  UPSTREAM_CLUSTER: plain(cluster('statName')),
  UPSTREAM_CLUSTER_RAW: plain(cluster('name')),
  UPSTREAM_LOCAL_ADDRESS: text(upstreamLocal, UPSTREAM_ADDRESSES),
  UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: ip(upstreamLocal, UPSTREAM_ADDRESSES),
  UPSTREAM_LOCAL_PORT: port(upstreamLocal, UPSTREAM_ADDRESSES),
  UPSTREAM_REMOTE_ADDRESS: text(upstreamRemote, UPSTREAM_ADDRESSES),
  UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: ip(upstreamRemote, UPSTREAM_ADDRESSES),
  UPSTREAM_REMOTE_PORT: port(upstreamRemote, UPSTREAM_ADDRESSES),
  UPSTREAM_PROTOCOL: plain((c) => c.info.upstream?.protocol ?? undefined),
  UPSTREAM_CONNECTION_ID: plain((c) => c.info.upstream?.connection?.id ?? 0),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: plain((c) => c.info.attempts),
  UPSTREAM_TRANSPORT_FAILURE_REASON: plain((c) => some(oneWord(c.info.transportFailure))),
  VIRTUAL_CLUSTER_NAME: plain((c) => some(toWire(c.info.virtualClusterName))),
  ROUTE_NAME: plain((c) => (c.info.route === null ? undefined : some(toWire(c.info.route.name)))),
  ENVIRONMENT: { make: environment },
  HOSTNAME: { make: () => fixed(hostname()) },
  UNIQUE_ID: plain(() => newRequestId()),
};

function fixed(value: string): Operator {
  const wire = some(toWire(value));
  return () => wire;
}
