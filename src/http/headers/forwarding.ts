/**
 * What the proxy adds to and takes from a request on its way up: hop-by-hop headers, the x-envoy-* headers strangers may not
 * send, x-forwarded-*, x-request-id, user agent. Mirrors ConnectionManagerUtility::mutateRequestHeaders, its order of
 * insertion included (it shows on the wire). One pass over the list takes out everything that has to go.
 */

import { networkInterfaces } from 'node:os';
import type { Headers } from '../../codec/headers.ts';
import { trimOws } from '../../codec/ows.ts';
import { isIP } from '../../platform/ip.ts';
import { shorten } from '../../platform/shorten.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import { newRequestId } from '../request-id.ts';
import { addClientCert, type ClientCertSettings, keepsClientCerts } from './client-cert.ts';
import { detected, type IpDetections } from './ip-detection.ts';

const NOTHING = 0;
const DROP = 1;
/** Taken out unless the request is internal. */
const INTERNAL_ONLY = 2;
/** Taken out at the edge: external, and use_remote_address is on. */
const EDGE = 3;
const TE = 4;
const XFF = 5;
const XFP = 6;
const REQUEST_ID = 7;
const USER_AGENT = 8;
const DOWNSTREAM_CLUSTER = 9;
const DOWNSTREAM_NODE = 10;
const REFERER = 11;
const VIA = 12;
const EXTERNAL_ADDRESS = 13;
/** connection, upgrade: dropped unless this is an upgrade. */
const HOP = 14;
/** x-forwarded-client-cert: dropped, unless whoever sends it is always believed. */
const CLIENT_CERT = 15;

const REQUEST_ACTIONS: readonly (readonly [string, number])[] = [
  ['connection', HOP],
  ['upgrade', HOP],
  ['keep-alive', DROP],
  ['proxy-connection', DROP],
  ['transfer-encoding', DROP],
  ['x-envoy-internal', DROP],
  ['x-forwarded-client-cert', CLIENT_CERT],
  ['te', TE],
  ['x-forwarded-for', XFF],
  ['x-forwarded-proto', XFP],
  ['x-request-id', REQUEST_ID],
  ['user-agent', USER_AGENT],
  ['x-envoy-downstream-service-cluster', DOWNSTREAM_CLUSTER],
  ['x-envoy-downstream-service-node', DOWNSTREAM_NODE],
  ['referer', REFERER],
  ['via', VIA],
  ['x-envoy-external-address', EXTERNAL_ADDRESS],
  ['x-envoy-decorator-operation', EDGE],
  ['x-envoy-original-path', EDGE],
  ['x-envoy-original-host', EDGE],
  ['x-envoy-retriable-status-codes', INTERNAL_ONLY],
  ['x-envoy-retriable-header-names', INTERNAL_ONLY],
  ['x-envoy-retry-on', INTERNAL_ONLY],
  ['x-envoy-retry-grpc-on', INTERNAL_ONLY],
  ['x-envoy-max-retries', INTERNAL_ONLY],
  ['x-envoy-upstream-alt-stat-name', INTERNAL_ONLY],
  ['x-envoy-upstream-rq-timeout-ms', INTERNAL_ONLY],
  ['x-envoy-upstream-rq-per-try-timeout-ms', INTERNAL_ONLY],
  ['x-envoy-upstream-rq-timeout-alt-response', INTERNAL_ONLY],
  ['x-envoy-expected-rq-timeout-ms', INTERNAL_ONLY],
  ['x-envoy-force-trace', INTERNAL_ONLY],
  ['x-envoy-ip-tags', INTERNAL_ONLY],
  ['x-envoy-original-url', INTERNAL_ONLY],
  ['x-envoy-hedge-on-per-try-timeout', INTERNAL_ONLY],
];

/** Envoy keeps these once per message: what comes again is joined with ',' (its inline headers, as its start-up log lists them). */
const REQUEST_INLINE =
  'accept accept-encoding access-control-request-headers access-control-request-method access-control-request-private-network ' +
  'authentication authorization cache-control cdn-loop content-encoding content-length content-type expect grpc-accept-encoding ' +
  'grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin pragma proxy-status ' +
  'x-client-trace-id x-envoy-attempt-count x-envoy-is-timeout-retry x-envoy-upstream-stream-duration-ms x-forwarded-host ' +
  'x-forwarded-port';
const RESPONSE_INLINE =
  'access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-allow-origin ' +
  'access-control-allow-private-network access-control-expose-headers access-control-max-age age cache-control content-encoding ' +
  'content-length content-type date etag expires grpc-message grpc-status last-modified location proxy-status server vary via ' +
  'x-envoy-attempt-count x-envoy-decorator-operation x-envoy-degraded x-envoy-immediate-health-check-fail x-envoy-ratelimited ' +
  'x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster x-envoy-upstream-service-time x-request-id';

/** Name → what to do with it, and an index to find its earlier occurrence in the same message by. */
class NameTable {
  private readonly entries: Map<string, number>;
  /** Message number and list position of the last occurrence, by index. */
  private readonly seenIn: Float64Array;
  private readonly seenAt: Int32Array;
  private message = 0;

  constructor(actions: readonly (readonly [string, number])[], inline: string) {
    const entries = new Map<string, number>();
    let i = 0;
    for (const [name, action] of actions) entries.set(name, (i++ << 8) | action);
    for (const name of inline.split(' ')) entries.set(name, (i++ << 8) | NOTHING);
    this.entries = entries;
    this.seenIn = new Float64Array(i);
    this.seenAt = new Int32Array(i);
  }

  begin(): void {
    this.message++;
  }
  /** -1 for names nothing is done with. */
  find(name: string): number {
    return this.entries.get(name) ?? -1;
  }
  /** Where this name stood earlier in the message, or -1; `at` is remembered as its place. */
  earlier(entry: number, at: number): number {
    const i = entry >>> 8;
    if (this.seenIn[i] === this.message) return this.seenAt[i];
    this.seenIn[i] = this.message;
    this.seenAt[i] = at;
    return -1;
  }
}

const REQUEST_NAMES = new NameTable(REQUEST_ACTIONS, REQUEST_INLINE);

/** Our own address as Envoy appends it to x-forwarded-for for a peer on loopback: the first of this machine that is not loopback. */
export const localIp: Readonly<Record<'v4' | 'v6', () => string>> = {
  v4: firstAddress('IPv4', '127.0.0.1'),
  v6: firstAddress('IPv6', '::1'),
};

/** Looked up once, when it is asked for first. */
function firstAddress(family: string, otherwise: string): () => string {
  let found = '';
  return () => {
    if (found === '') {
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      found = all.find((a) => a.family === family && !a.internal)?.address ?? otherwise;
    }
    return found;
  };
}

/** What of a connection manager's settings decides who the client is and what its request is given. */
export interface ForwardingSettings {
  readonly useRemoteAddress: boolean;
  /** What stands in x-forwarded-for for a peer on loopback. */
  readonly localIp: () => string;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly via: string;
  readonly clientCert: ClientCertSettings;
  /** append_x_forwarded_port. */
  readonly appendForwardedPort: boolean;
  /** scheme_header_transformation; '' for none. */
  readonly schemeToOverwrite: string;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  /** A preserved id says nothing about tracing (UuidRequestIdConfig.pack_trace_reason). */
  readonly packTraceReason: boolean;
  /** original_ip_detection_extensions; null for none. */
  readonly detections: IpDetections | null;
  /** Null: add_user_agent is off. Otherwise node.cluster, which may be empty. */
  readonly userAgent: string | null;
  readonly nodeId: string;
  /** Whether an address counts as internal; null when none does. */
  readonly isInternalAddress: ((ip: string) => boolean) | null;
}

/** As a peer stands in x-forwarded-for. */
const hop = (peer: string, localIp: () => string): string => (isLoopback(peer) ? localIp() : peer);

/** Utility::appendXff; a Unix socket has no address to tell. */
export function appendForwardedFor(h: Headers, peer: string, localIp: () => string): void {
  if (peer === '') return;
  const before = h.getAll('x-forwarded-for') ?? '';
  const ip = hop(peer, localIp);
  h.setUnchecked('x-forwarded-for', before === '' ? ip : `${before},${ip}`);
}

/** Changes `h` in place; true when the request counts as internal. `upgrade`: keep connection and upgrade. */
export function mutateRequestHeaders(h: Headers, cfg: ForwardingSettings, conn: Connection, upgrade: boolean): boolean {
  const list = h.unchecked;
  const internal = cfg.isInternalAddress !== null && isInternal(cfg.isInternalAddress, h, cfg, conn);
  const edge = !internal && cfg.useRemoteAddress;
  let xff = -1;
  let xfp = -1;
  let id = -1;
  let agent = -1;
  let cluster = -1;
  let node = -1;
  let via = -1;
  let external = -1;
  let referers = 0;
  let w = 0;
  const keepsClientCert = cfg.clientCert.always || (conn.secure && keepsClientCerts(cfg.clientCert, conn));
  REQUEST_NAMES.begin();
  for (let r = 0; r < list.length; r += 2) {
    const name = list[r];
    let value = list[r + 1];
    const entry = REQUEST_NAMES.find(name);
    if (entry >= 0) {
      switch (entry & 0xff) {
        case DROP:
          continue;
        case HOP:
          if (upgrade) break;
          continue;
        case CLIENT_CERT:
          if (keepsClientCert) break;
          continue;
        case INTERNAL_ONLY:
          if (internal) break;
          continue;
        case EDGE:
          if (!edge) break;
          continue;
        case TE:
          if (upgrade) break;
          if (!hasTrailersToken(value)) continue;
          value = 'trailers';
          break;
        case XFF:
          if (xff < 0) xff = w;
          break;
        case XFP:
          if (xfp < 0) xfp = w;
          break;
        case REQUEST_ID:
          if (id < 0) id = w;
          break;
        case USER_AGENT:
          if (agent < 0) agent = w;
          break;
        case DOWNSTREAM_CLUSTER:
          if (edge) continue;
          if (cluster < 0) cluster = w;
          break;
        case DOWNSTREAM_NODE:
          if (edge) continue;
          if (node < 0) node = w;
          break;
        case REFERER:
          // Two of them: neither is believed.
          if (referers++ > 0 || !validReferer(value)) continue;
          break;
        case VIA:
          if (via < 0) via = w;
          break;
        case EXTERNAL_ADDRESS:
          if (external < 0) external = w;
          break;
      }
      const before = REQUEST_NAMES.earlier(entry, w);
      if (before >= 0) {
        if ((entry & 0xff) !== TE || upgrade) list[before + 1] += `,${value}`;
        continue;
      }
    }
    list[w] = name;
    list[w + 1] = value;
    w += 2;
  }
  shorten(list, w);

  if (cfg.useRemoteAddress) {
    const peer = conn.remoteAddress.ip;
    // A Unix socket has no address to tell.
    if (!cfg.skipXffAppend && peer !== '') {
      const ip = hop(peer, cfg.localIp);
      if (xff >= 0) list[xff + 1] = list[xff + 1] === '' ? ip : `${list[xff + 1]},${ip}`;
      else list.push('x-forwarded-for', ip);
    }
    if (xfp >= 0) {
      if (cfg.xffNumTrustedHops === 0) list[xfp + 1] = conn.secure ? 'https' : 'http';
    } else {
      xfp = list.push('x-forwarded-proto', conn.secure ? 'https' : 'http') - 2;
    }
  }
  if (xfp < 0) xfp = list.push('x-forwarded-proto', conn.secure ? 'https' : 'http') - 2;
  if (cfg.appendForwardedPort) {
    const believed = !cfg.useRemoteAddress || cfg.xffNumTrustedHops > 0;
    if (!believed || !h.has('x-forwarded-port')) {
      h.setUnchecked('x-forwarded-port', String(conn.localAddress.port));
    }
  }
  if (cfg.schemeToOverwrite !== '') {
    h.scheme = cfg.schemeToOverwrite;
    list[xfp + 1] = cfg.schemeToOverwrite;
  } else if (h.scheme === '') {
    const proto = asciiLower(list[xfp + 1]);
    h.scheme = proto === 'https' ? 'https' : 'http';
  } else if (h.scheme !== 'http' && h.scheme !== 'https') {
    h.scheme = asciiLower(h.scheme);
  }
  if (internal) list.push('x-envoy-internal', 'true');
  if (cfg.userAgent !== null) {
    if (cluster >= 0) list[cluster + 1] = cfg.userAgent;
    else list.push('x-envoy-downstream-service-cluster', cfg.userAgent);
    if (agent < 0) list.push('user-agent', cfg.userAgent);
    else if (list[agent + 1] === '') list[agent + 1] = cfg.userAgent;
    if (cfg.nodeId !== '') {
      if (node >= 0) list[node + 1] = cfg.nodeId;
      else list.push('x-envoy-downstream-service-node', cfg.nodeId);
    }
  }
  if (cfg.via !== '') {
    if (via >= 0) list[via + 1] += `, ${cfg.via}`;
    else list.push('via', cfg.via);
  }
  if (edge) {
    const ip = externalAddress(list, xff, cfg, conn);
    if (ip !== '') {
      if (external >= 0) list[external + 1] = ip;
      else list.push('x-envoy-external-address', ip);
    }
  }
  if (cfg.generateRequestId) {
    if (id < 0) list.push('x-request-id', newRequestId());
    else if (list[id + 1] === '') list[id + 1] = newRequestId();
    else if (edge) list[id + 1] = preservedId(list[id + 1], cfg);
  }
  if (conn.secure) addClientCert(cfg.clientCert, conn, h);
  // Last, as it moves what the indexes above point at.
  if (referers > 1) h.remove('referer');
  return internal;
}

function externalAddress(list: readonly string[], xff: number, cfg: ForwardingSettings, conn: Connection): string {
  if (cfg.xffNumTrustedHops > 0 && xff >= 0) {
    const parts = list[xff + 1].split(',');
    // What we appended ourselves is not one of the trusted hops.
    const from = parts.length - cfg.xffNumTrustedHops - (cfg.skipXffAppend ? 0 : 1);
    const ip = from >= 0 ? trimOws(parts[from]) : '';
    if (isIP(ip) !== 0) return ip;
  }
  return conn.remoteAddress.ip;
}

/** A single address in x-forwarded-for, or the peer itself with use_remote_address, that is internal. */
function isInternal(test: (ip: string) => boolean, h: Headers, cfg: ForwardingSettings, conn: Connection): boolean {
  const xff = h.getAll('x-forwarded-for');
  if (cfg.useRemoteAddress) return xff === undefined && test(conn.remoteAddress.ip);
  if (cfg.detections !== null) return detected.trusted && test(detected.ip);
  if (xff === undefined || cfg.xffNumTrustedHops !== 0) return false;
  const ip = trimOws(xff);
  return isIP(ip) !== 0 && test(ip);
}

/** Utility::isLoopbackAddress: the canonical addresses only. */
function isLoopback(ip: string): boolean {
  return ip === '127.0.0.1' || ip === '::1';
}

/** The id that a stranger sent, if it may stay. */
function preservedId(id: string, cfg: ForwardingSettings): string {
  if (!cfg.preserveExternalRequestId) return newRequestId();
  return cfg.packTraceReason ? untraced(id) : id;
}

/** A UUID somebody else made keeps its digits but for the one that says why it is traced. */
function untraced(id: string): string {
  return id.length === 36 ? `${id.slice(0, 14)}4${id.slice(15)}` : id;
}

function hasTrailersToken(value: string): boolean {
  if (value === 'trailers') return true;
  return value.split(',').some((v) => trimOws(v) === 'trailers');
}

/** Utility::isValidRefererValue: an absolute URL without fragment and user, or a relative reference without fragment. */
function validReferer(value: string): boolean {
  return ABSOLUTE_REFERER.test(value) || RELATIVE_REFERER.test(value);
}
const ABSOLUTE_REFERER =
  /^[A-Za-z]+:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?(?:[/?][^#\x00-\x20\x7f]*)?$/;
const RELATIVE_REFERER = /^[A-Za-z0-9?@\-._~%!$&'()*+,;=]*(?:\/[A-Za-z0-9/?:@\-._~%!$&'()*+,;=]*)?$/;

const RESPONSE_NAMES = new NameTable(
  [
    ['connection', HOP],
    ['upgrade', HOP],
    ['transfer-encoding', DROP],
    ['keep-alive', DROP],
    ['proxy-connection', DROP],
  ],
  RESPONSE_INLINE,
);

/** Hop-by-hop headers of a response, out in one pass; what Envoy keeps once is joined. `upgrade`: a 101 keeps connection and upgrade. */
export function cleanResponseHeaders(h: Headers, upgrade: boolean): void {
  const list = h.unchecked;
  let w = 0;
  RESPONSE_NAMES.begin();
  for (let r = 0; r < list.length; r += 2) {
    const name = list[r];
    const value = list[r + 1];
    const entry = RESPONSE_NAMES.find(name);
    if (entry >= 0) {
      const action = entry & 0xff;
      if (action === DROP || (action === HOP && !upgrade)) continue;
      const before = RESPONSE_NAMES.earlier(entry, w);
      if (before >= 0) {
        list[before + 1] += `,${value}`;
        continue;
      }
    }
    if (w !== r) {
      list[w] = name;
      list[w + 1] = value;
    }
    w += 2;
  }
  shorten(list, w);
}
