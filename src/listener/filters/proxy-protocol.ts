/**
 * envoy.filters.listener.proxy_protocol: a proxy before us says whom a connection comes from. Its addresses are then those of the connection
 * wherever one asks: logs, x-forwarded-for, filter chains. Mirrors source/extensions/filters/listener/proxy_protocol/proxy_protocol.cc.
 */
import { refuse } from '../../config/refusal.ts';
import type { ProxyProtocol, ProxyProtocolKeyValuePair } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import type { Address } from '../../transport/address.ts';
import type { ListenerFilter, ListenerFilterFactory, ListenerFilterVerdict, PeekedSocket } from '../listener-filter.ts';
import { type ProxyHeader, type ProxyHeaderOptions, readProxyHeader, type Tlv } from './proxy-header.ts';

/** The longest that a header can say it is. */
const MAX_HEADER = 16 + 0xffff;
const NAMESPACE = 'envoy.filters.listener.proxy_protocol';
const TLV_STATE = 'envoy.network.proxy_protocol.tlv';
/** What an upstream transport that writes such headers finds: ProxyProtocolData. */
export const HEADER_STATE = 'envoy.network.proxy_protocol_options';

/** Of the header that came, with the TLVs that pass_through_tlvs names. */
export interface ProxyProtocolData {
  readonly source: Address;
  readonly destination: Address;
  readonly tlvs: readonly Tlv[];
  readonly version: 1 | 2;
}

class VersionStats {
  readonly found: Counter;
  readonly disallowed: Counter;
  readonly error: Counter;
  constructor(scope: Scope) {
    this.found = scope.counter('found');
    this.disallowed = scope.counter('disallowed');
    this.error = scope.counter('error');
  }
}

class ProxyProtocolFilter implements ListenerFilter, ListenerFilterFactory {
  readonly name = NAMESPACE;
  readonly maxBytes = MAX_HEADER;
  private readonly options: ProxyHeaderOptions;
  private readonly rules: ReadonlyMap<number, ProxyProtocolKeyValuePair>;
  private readonly intoState: boolean;
  /** Types of pass_through_tlvs; null: all. */
  private readonly passed: ReadonlySet<number> | null;
  private readonly proxyError: Counter;
  private readonly notFoundAllowed: Counter;
  private readonly notFoundDisallowed: Counter;
  private readonly versions: readonly VersionStats[];

  constructor(config: ProxyProtocol, ctx: FactoryContext) {
    const disallowed = config.disallowedVersions ?? [];
    this.options = {
      optional: config.allowRequestsWithoutProxyProtocol ?? false,
      takesV1: !disallowed.includes('V1'),
      takesV2: !disallowed.includes('V2'),
    };
    if (!this.options.takesV1 && !this.options.takesV2) {
      const what = 'all proxy protocol versions are disallowed.';
      refuse(config, 'disallowed_versions', `Proxy Protocol filter is misconfigured: ${what}`);
    }
    this.rules = new Map((config.rules ?? []).map((rule) => [rule.tlvType ?? 0, rule.onTlvPresent ?? {}]));
    this.intoState = config.tlvLocation === 'FILTER_STATE';
    const through = config.passThroughTlvs;
    const all = through !== undefined && (through.matchType ?? 'INCLUDE_ALL') === 'INCLUDE_ALL';
    this.passed = all ? null : new Set((through?.tlvType ?? []).map((type) => type & 255));
    const prefix = config.statPrefix ? `proxy_proto.${config.statPrefix}.` : 'proxy_proto.';
    const scope = ctx.store.scope(prefix);
    this.proxyError = ctx.store.counter('downstream_cx_proxy_proto_error');
    this.notFoundAllowed = scope.counter('not_found_allowed');
    this.notFoundDisallowed = scope.counter('not_found_disallowed');
    this.versions = ['v1', 'v2'].map((v) => new VersionStats(scope.scope(`versions.${v}.`)));
  }

  /** It keeps nothing between two calls: one serves all sockets. */
  create(): ListenerFilter {
    return this;
  }

  onData(data: Buffer, socket: PeekedSocket): ListenerFilterVerdict {
    const header = readProxyHeader(data, this.options);
    if (header === 'more') return 'more';
    if (header === 'none') {
      this.notFoundAllowed.inc();
      return 'done';
    }
    const stats = this.versions[header.version - 1] as VersionStats | undefined;
    if ('wrong' in header) {
      if (header.wrong === 'denied') {
        stats?.found.inc();
        stats?.disallowed.inc();
      } else {
        (stats?.error ?? this.notFoundDisallowed).inc();
        this.proxyError.inc();
      }
      return 'close';
    }
    stats?.found.inc();
    this.take(header, socket);
    socket.drain(header.length);
    return 'done';
  }

  private take(header: ProxyHeader, socket: PeekedSocket): void {
    const { info } = socket;
    const { source, destination, version } = header;
    const passed: Tlv[] = [];
    for (const { type, value } of header.tlvs) {
      const rule = this.rules.get(type);
      if (rule !== undefined) this.keep(rule, value, socket);
      if (this.passed?.has(type) !== false) passed.push({ type, value: Buffer.from(value) });
    }
    info.filterState ??= new Map();
    const data: ProxyProtocolData = {
      source: source ?? info.remoteAddress ?? socket.remoteAddress,
      destination: destination ?? info.localAddress ?? socket.localAddress,
      tlvs: passed,
      version,
    };
    if (!info.filterState.has(HEADER_STATE)) info.filterState.set(HEADER_STATE, data);
    if (source !== null) info.remoteAddress = source;
    if (destination !== null) info.localAddress = destination;
  }

  private keep(rule: ProxyProtocolKeyValuePair, value: Buffer, { info }: PeekedSocket): void {
    const { key = '', metadataNamespace, valueStringEncoding } = rule;
    const text = valueStringEncoding === 'BASE64' ? value.toString('base64') : readable(value);
    if (this.intoState) {
      info.filterState ??= new Map();
      const object = (info.filterState.get(TLV_STATE) ?? {}) as Record<string, string>;
      object[key] = text;
      info.filterState.set(TLV_STATE, object);
      return;
    }
    info.metadata ??= {};
    const namespace = metadataNamespace || NAMESPACE;
    // The first of several stays.
    info.metadata[namespace] = { [key]: text, ...info.metadata[namespace] };
  }
}

/** What is no UTF-8 is a `!` for each byte. */
function readable(value: Buffer): string {
  let text = '';
  for (let at = 0; at < value.length; ) {
    const rest = value.subarray(at);
    const size = utf8Length(rest);
    text += size === 0 ? '!' : rest.toString('utf8', 0, size);
    at += Math.max(size, 1);
  }
  return text;
}

/** Bytes of the character that `bytes` begins with, 0 for none. */
function utf8Length(bytes: Buffer): number {
  const first = bytes[0];
  const size =
    first < 0x80
      ? 1
      : first >= 0xc2 && first < 0xe0
        ? 2
        : first >> 4 === 14
          ? 3
          : first >= 0xf0 && first < 0xf5
            ? 4
            : 0;
  if (size === 0 || bytes.length < size) return 0;
  return bytes.toString('utf8', 0, size).includes('\ufffd') && !bytes.subarray(0, 3).equals(REPLACEMENT) ? 0 : size;
}

const REPLACEMENT = Buffer.from('\ufffd');

export function create(config: ProxyProtocol, ctx: FactoryContext): ListenerFilterFactory {
  return new ProxyProtocolFilter(config, ctx);
}
