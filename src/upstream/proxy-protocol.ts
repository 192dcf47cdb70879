/**
 * envoy.transport_sockets.upstream_proxy_protocol: each connection to a host begins with a PROXY header that says who the client is. Mirrors
 * source/extensions/transport_sockets/proxy_protocol/proxy_protocol.cc and source/extensions/common/proxy_protocol/proxy_protocol_header.cc.
 */
import { refuse } from '../config/refusal.ts';
import type { ProxyProtocolUpstreamTransport as Config, PerHostConfig, TlvEntry } from '../config/schema/types.ts';
import { ipBytes, isIP } from '../platform/ip.ts';
import type { Counter } from '../stats/store.ts';
import type { Address } from '../transport/address.ts';
import type { Downstream, Tlv } from '../transport/downstream-facts.ts';
import { RAW_BUFFER, type TransportFactory, type TransportOptions } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import type { UpstreamTransportContext } from './upstream-transports.ts';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const LOCAL = 0x20;
const PROXY = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;
/** Bytes behind the first 16 of a v2 header. */
const MAX_V2 = 65_535;
/** Typed metadata of an endpoint: TLVs for it alone. */
const HOST_TLVS = 'envoy.transport_sockets.proxy_protocol';
const PER_HOST = 'envoy.config.core.v3.PerHostConfig';
const NONE: readonly Tlv[] = [];

type TypedMetadata = TransportOptions['typedMetadata'];

export function create(config: Config, ctx: UpstreamTransportContext): TransportFactory {
  return new UpstreamProxyProtocol(config, ctx);
}

class UpstreamProxyProtocol implements TransportFactory {
  readonly name = 'envoy.transport_sockets.upstream_proxy_protocol';
  readonly secure: boolean;
  readonly usesHost: boolean;
  readonly usesDownstream = true;
  private readonly inner: TransportFactory;
  private readonly v2: boolean;
  /** Types of the client's own TLVs that go on; null: all. */
  private readonly passed: ReadonlySet<number> | null;
  private readonly added: readonly Tlv[];
  private readonly tooLong: Counter;

  constructor(config: Config, ctx: UpstreamTransportContext) {
    this.inner = ctx.make(config.transportSocket);
    this.secure = this.inner.secure;
    const { version = 'V1', passThroughTlvs, addedTlvs } = config.config ?? {};
    this.v2 = version === 'V2';
    // A host may have TLVs of its own.
    this.usesHost = this.v2 || (this.inner.usesHost ?? false);
    const all = passThroughTlvs !== undefined && (passThroughTlvs.matchType ?? 'INCLUDE_ALL') === 'INCLUDE_ALL';
    this.passed = all ? null : new Set(passThroughTlvs?.tlvType ?? []);
    this.added = (addedTlvs ?? []).map(fixed);
    this.tooLong = ctx.scope.counter('upstream.proxyprotocol.v2_tlvs_exceed_max_length');
  }

  accept(): never {
    throw new Error('upstream_proxy_protocol does not accept');
  }

  connect(address: Address, owner: WireOwner, options: TransportOptions | null): Wire {
    const downstream = options?.downstream ?? null;
    const own = this.v2 ? this.tlvsFor(options?.typedMetadata) : NONE;
    const preface = (local: Address, remote: Address): Buffer => this.header(downstream, own, local, remote);
    if (this.inner !== RAW_BUFFER) return this.inner.connect(address, owner, { ...options, preface });
    const first = new PrefaceOwner(owner, preface);
    first.wire = RAW_BUFFER.connect(address, first, null);
    return first.wire;
  }

  /** The host's before the transport's, whose type the host has not. */
  private tlvsFor(metadata: TypedMetadata): readonly Tlv[] {
    const own = tlvsOfHost(metadata);
    if (own.length === 0) return this.added;
    return [...own, ...this.added.filter(({ type }) => !own.some((tlv) => tlv.type === type))];
  }

  private header(downstream: Downstream | null, own: readonly Tlv[], local: Address, remote: Address): Buffer {
    if (!this.v2) return headerV1(downstream?.source ?? local, downstream?.destination ?? remote);
    if (downstream === null) return headerV2(LOCAL, null, null, []);
    const theirs = downstream.tlvs.filter(
      ({ type }) => this.passed?.has(type) !== false && !own.some((tlv) => tlv.type === type),
    );
    const tlvs = [...own, ...theirs];
    const { source, destination } = downstream;
    const bytes = tlvs.reduce((sum, tlv) => sum + 3 + tlv.value.length, 36);
    if (bytes <= MAX_V2) return headerV2(PROXY, source, destination, tlvs);
    // Without a header the client's bytes would be taken for one.
    this.tooLong.inc();
    return headerV2(PROXY, source, destination, []);
  }
}

function fixed(tlv: TlvEntry): Tlv {
  if (tlv.formatString !== undefined) refuse(tlv, 'format_string', "'format_string' is not supported yet");
  if (tlv.value === undefined || tlv.value.length === 0)
    refuse(tlv, 'value', "Invalid TLV configuration: one of 'value' or 'format_string' must be set.");
  return { type: tlv.type ?? 0, value: tlv.value };
}

/** Of the host's typed metadata: what this message does not say counts for nothing there. */
function tlvsOfHost(metadata: TypedMetadata): readonly Tlv[] {
  const said = metadata?.get(HOST_TLVS);
  if (said?.typeUrl !== PER_HOST) return NONE;
  const { addedTlvs = [] } = said.value as PerHostConfig;
  // Bytes that came from another thread are no Buffer.
  return addedTlvs.map(({ type = 0, value }) => ({ type, value: Buffer.from(value ?? '') }));
}

function headerV1(source: Address, destination: Address): Buffer {
  const family = isIP(source.ip);
  if (family === 0 || isIP(destination.ip) === 0) return Buffer.from('PROXY UNKNOWN\r\n');
  const ports = `${source.port} ${destination.port}`;
  return Buffer.from(`PROXY TCP${family} ${source.ip} ${destination.ip} ${ports}\r\n`);
}

/** Addresses of two families, or none at all, cannot be said. */
function headerV2(command: number, source: Address | null, destination: Address | null, tlvs: readonly Tlv[]): Buffer {
  const family = source === null || destination === null ? 0 : isIP(source.ip);
  const known = family !== 0 && family === isIP(destination?.ip ?? '');
  const parts: Buffer[] = [];
  if (known && source !== null && destination !== null) {
    const ports = Buffer.alloc(4);
    ports.writeUInt16BE(source.port, 0);
    ports.writeUInt16BE(destination.port, 2);
    parts.push(ipBytes(source.ip), ipBytes(destination.ip), ports);
    for (const { type, value } of tlvs) {
      parts.push(Buffer.from([type, value.length >> 8, value.length & 255]), value);
    }
  }
  const body = Buffer.concat(parts);
  const head = [known ? command : LOCAL, known ? (family === 4 ? TCP4 : TCP6) : 0, body.length >> 8, body.length & 255];
  return Buffer.concat([SIGNATURE, Buffer.from(head), body]);
}

/** Of a bare socket until its header is with the kernel. */
class PrefaceOwner implements WireOwner {
  readonly takesLent = false;
  wire!: Wire;
  private readonly owner: WireOwner;
  private readonly preface: (local: Address, remote: Address) => Buffer;

  constructor(owner: WireOwner, preface: (local: Address, remote: Address) => Buffer) {
    this.owner = owner;
    this.preface = preface;
  }

  wireConnected(): void {
    const { wire } = this;
    if (wire.writeBuffer(this.preface(wire.localAddress(), wire.remoteAddress()))) this.wireWritten();
  }
  wireWritten(): void {
    this.wire.handOver(this.owner, null);
    this.owner.wireConnected();
  }
  wireFailed(code: string): void {
    this.owner.wireFailed(code);
  }
  wireData(): void {}
  wireEnd(): void {}
  wireShutdownDone(): void {}
}
