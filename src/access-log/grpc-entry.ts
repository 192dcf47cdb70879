/**
 * Entries of the gRPC access log service (envoy.data.accesslog.v3), written field by field in protobuf's wire format. Mirrors
 * extensions/access_loggers/grpc/grpc_access_log_utils.cc and http_grpc_access_log_impl.cc.
 */

import { byteSize } from '../codec/bytes-meter.ts';
import type { Headers } from '../codec/headers.ts';
import type { FormatBuild, FormatContext, LogType, Occasion } from '../format/format-context.ts';
import { METERS, TIMINGS, UPSTREAM_ADDRESSES } from '../format/format-context.ts';
import { wall } from '../format/time-operators.ts';
import { writeStruct } from '../grpc/json-values.ts';
import { type WireWriter, writeTime } from '../grpc/wire-writer.ts';
import { turnMs } from '../platform/clock.ts';
import { fromWire, toWire } from '../platform/wire-text.ts';
import type { CustomTag } from '../tracing/custom-tags.ts';
import type { Address } from '../transport/address.ts';
import { writeFilterState } from './grpc-filter-state.ts';
import { writeTls } from './grpc-tls.ts';

export interface EntryOptions {
  readonly build: FormatBuild;
  readonly customTags: readonly CustomTag[];
  /** filter_state_objects_to_log. */
  readonly filterStates: readonly string[];
}

export interface HeadersToLog {
  /** Lower case. */
  readonly request: readonly string[];
  readonly response: readonly string[];
  readonly trailers: readonly string[];
}

/** What entries ask of every stream. */
export const ENTRY_NEEDS: number = TIMINGS | METERS | UPSTREAM_ADDRESSES;

/** AccessLogType by number. */
const TYPES: readonly LogType[] = [
  ...(['NotSet', 'TcpUpstreamConnected', 'TcpPeriodic', 'TcpConnectionEnd', 'DownstreamStart'] as const),
  ...(['DownstreamPeriodic', 'DownstreamEnd', 'UpstreamPoolReady', 'UpstreamPeriodic', 'UpstreamEnd'] as const),
  ...([
    'DownstreamTunnelSuccessfullyEstablished',
    'UdpTunnelUpstreamConnected',
    'UdpPeriodic',
    'UdpSessionEnd',
  ] as const),
];
const TCP_CONNECTION_START = 14;
/** What is logged is over. */
const ENDS: readonly LogType[] = ['NotSet', 'DownstreamEnd', 'UpstreamEnd', 'TcpConnectionEnd', 'UdpSessionEnd'];

/** RequestMethod by number. */
const METHODS = ['', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const VERSIONS: Readonly<Record<string, number>> = { 'HTTP/1.0': 1, 'HTTP/1.1': 2, 'HTTP/2': 3 };

/** ResponseFlags, by the names that logs print: each field's number. */
const FLAGS: Readonly<Record<string, number>> = {
  ...{ LH: 1, UH: 2, UT: 3, LR: 4, UR: 5, UF: 6, UC: 7, UO: 8, NR: 9, DI: 10, FI: 11, RL: 12, UAEX: 13, RLSE: 14 },
  ...{ DC: 15, URX: 16, SI: 17, IH: 18, DPE: 19, UMSDR: 20, RFCF: 21, NFCF: 22, DT: 23, UPE: 24, NC: 25, OM: 26 },
  ...{ DF: 27, DR: 28 },
};
const UNAUTHORIZED = 13;
const EXTERNAL_SERVICE = 1;

/** UTF-8 for certain: what is none becomes `!`, as in Envoy. */
function sound(wire: string): string {
  return fromWire(wire) === null ? wire.replace(/[\x80-\xff]/g, '!') : wire;
}

function text(w: WireWriter, field: number, wire: string | undefined): void {
  if (wire !== undefined && wire !== '') w.latin1(field, sound(wire));
}
function count(w: WireWriter, field: number, n: number): void {
  if (n !== 0) w.uint(field, n);
}

function address(w: WireWriter, field: number, a: Address): void {
  if (a.path === '') {
    socketAddress(w, field, a.ip, a.port);
    return;
  }
  const at = w.begin(field);
  const pipe = w.begin(2);
  w.string(1, a.path);
  w.end(pipe);
  w.end(at);
}

function socketAddress(w: WireWriter, field: number, ip: string, port: number): void {
  const at = w.begin(field);
  const socket = w.begin(1);
  w.latin1(2, ip);
  w.uint(3, port);
  w.end(socket);
  w.end(at);
}

/** `ms` since the stream began; -1: it has not come. */
function moment(w: WireWriter, field: number, ms: number, startMs: number): void {
  if (ms >= 0) writeTime(w, field, Math.max(0, ms - startMs));
}

function pair(w: WireWriter, field: number, name: string, value: string): void {
  const at = w.begin(field);
  w.latin1(1, sound(name));
  w.latin1(2, sound(value));
  w.end(at);
}

/** TCPAccessLogEntry. */
export function writeTcpEntry(w: WireWriter, c: FormatContext, o: Occasion, options: EntryOptions): void {
  common(w, c, o, options);
  const at = w.begin(2);
  count(w, 1, c.info.bytesReceived);
  count(w, 2, c.info.bytesSent);
  w.end(at);
}

/** HTTPAccessLogEntry. */
export function writeHttpEntry(
  w: WireWriter,
  c: FormatContext,
  o: Occasion,
  options: EntryOptions,
  log: HeadersToLog,
): void {
  common(w, c, o, options);
  count(w, 2, VERSIONS[c.info.protocol ?? ''] ?? 0);
  request(w, c, log.request);
  response(w, c, log);
}

function request(w: WireWriter, { info, request: h }: FormatContext, names: readonly string[]): void {
  const at = w.begin(3);
  count(w, 1, Math.max(0, METHODS.indexOf(h.method)));
  text(w, 2, h.scheme);
  text(w, 3, h.authority);
  text(w, 5, h.path);
  text(w, 6, h.get('user-agent'));
  text(w, 7, h.get('referer'));
  text(w, 8, h.get('x-forwarded-for'));
  text(w, 9, h.get('x-request-id'));
  text(w, 10, h.get('x-envoy-original-path'));
  count(w, 11, byteSize(h));
  count(w, 12, info.bytesReceived);
  fields(w, 13, h, names);
  if (info.meters !== null) {
    count(w, 14, info.meters.up.headerSent);
    count(w, 15, info.meters.down.headerReceived);
  }
  w.end(at);
}

function response(w: WireWriter, c: FormatContext, log: HeadersToLog): void {
  const { info, response: h } = c;
  const at = w.begin(4);
  if (info.responseCode !== 0) {
    const code = w.begin(1);
    w.uint(1, info.responseCode);
    w.end(code);
  }
  count(w, 2, byteSize(h));
  count(w, 3, info.bytesSent);
  fields(w, 4, h, log.response);
  fields(w, 5, c.responseTrailers, log.trailers);
  text(w, 6, info.details);
  if (info.meters !== null) {
    count(w, 7, info.meters.up.headerReceived);
    count(w, 8, info.meters.down.headerSent);
  }
  w.end(at);
}

/** All values of a name are one. */
function fields(w: WireWriter, field: number, h: Headers | null, names: readonly string[]): void {
  if (h === null) return;
  for (const name of names) {
    const value = h.getAll(name);
    if (value !== undefined) pair(w, field, name, value);
  }
}

/** AccessLogCommon, in order of its fields. */
function common(w: WireWriter, c: FormatContext, o: Occasion, options: EntryOptions): void {
  const { info } = c;
  const { connection: peer, upstream, startMs, timings, meters } = info;
  const at = w.begin(1);
  if (peer !== null) {
    const said = options.build.clientAddress(c);
    if (said !== undefined) socketAddress(w, 2, said, 0);
    else address(w, 2, peer.remoteAddress);
    address(w, 3, peer.localAddress);
    writeTls(w, 4, peer);
  }
  writeTime(w, 5, wall(startMs));
  moment(w, 6, info.requestEndMs, startMs);
  if (timings !== null) {
    moment(w, 7, timings.upstreamTxFirst, startMs);
    moment(w, 8, timings.upstreamTxLast, startMs);
    moment(w, 9, timings.upstreamRxFirst, startMs);
    moment(w, 10, timings.upstreamRxLast, startMs);
    moment(w, 11, timings.downstreamTxFirst, startMs);
    moment(w, 12, timings.downstreamTxLast, startMs);
  }
  if (upstream !== null) {
    address(w, 13, upstream.host.address);
    const local = upstream.connection?.localAddress;
    if (local !== undefined) address(w, 14, local);
  }
  if (info.cluster !== null) text(w, 15, toWire(info.cluster.statName));
  if (info.flags !== 0) flags(w, info.flagNames);
  if (info.allMetadata != null) metadata(w, info.allMetadata);
  text(w, 18, info.transportFailure);
  if (info.route !== null) text(w, 19, toWire(info.route.name));
  if (peer !== null) address(w, 20, peer.directRemoteAddress);
  for (const name of options.filterStates) writeFilterState(w, 21, name, info.filterState(name));
  for (const tag of options.customTags) {
    const value = tag.value(c);
    if (value !== '') pair(w, 22, tag.name, value);
  }
  const over = ENDS.includes(o.logType);
  if (over) writeTime(w, 23, Math.max(0, turnMs() - startMs));
  count(w, 24, info.attempts);
  text(w, 26, info.streamId ?? c.request.get('x-request-id'));
  if (!over) w.bool(27, true);
  if (peer !== null) text(w, 28, peer.transportFailure);
  if (meters !== null) {
    count(w, 29, meters.down.wireSent);
    count(w, 30, meters.down.wireReceived);
    count(w, 31, meters.up.wireSent);
    count(w, 32, meters.up.wireReceived);
  }
  count(w, 33, o.logType === 'TcpConnectionStart' ? TCP_CONNECTION_START : TYPES.indexOf(o.logType));
  w.end(at);
}

function flags(w: WireWriter, names: string): void {
  const at = w.begin(16);
  const numbers = names.split(',').map((name) => FLAGS[name] ?? 0);
  for (const n of numbers.sort((a, b) => a - b)) {
    if (n === UNAUTHORIZED) {
      const why = w.begin(n);
      w.uint(1, EXTERNAL_SERVICE);
      w.end(why);
    } else if (n > 0) {
      w.bool(n, true);
    }
  }
  w.end(at);
}

/** config.core.v3.Metadata: a Struct by namespace. */
function metadata(w: WireWriter, all: ReadonlyMap<string, Readonly<Record<string, unknown>>>): void {
  if (all.size === 0) return;
  const at = w.begin(17);
  for (const [namespace, struct] of all) {
    const entry = w.begin(1);
    w.string(1, namespace);
    const value = w.begin(2);
    writeStruct(w, struct);
    w.end(value);
    w.end(entry);
  }
  w.end(at);
}
