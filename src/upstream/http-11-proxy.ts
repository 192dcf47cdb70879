/**
 * envoy.transport_sockets.http_11_proxy: hosts are reached through a proxy that is asked for a tunnel with CONNECT. Mirrors
 * source/extensions/transport_sockets/http_11_proxy/connect.cc and HostImplBase::createConnection (source/common/upstream/upstream_impl.cc).
 */
import { refuse } from '../config/refusal.ts';
import type { Address as AddressMessage, Http11ProxyUpstreamTransport } from '../config/schema/types.ts';
import { isIP } from '../platform/ip.ts';
import { Address, BoundAddress } from '../transport/address.ts';
import { RAW_BUFFER, type TransportFactory, type TransportOptions } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import { PROXY_ADDRESS } from './endpoint.ts';
import type { UpstreamTransportContext } from './upstream-transports.ts';

/** Bytes of the head of an answer. */
const MAX_HEAD = 2000;
const TLS = 'envoy.transport_sockets.tls';

export function create(config: Http11ProxyUpstreamTransport, ctx: UpstreamTransportContext): TransportFactory {
  const inner = ctx.make(config.transportSocket);
  if (inner !== RAW_BUFFER && inner.name !== TLS) {
    refuse(config, 'transport_socket', `${inner.name} within http_11_proxy is not supported yet`);
  }
  const { defaultProxyAddress: proxy } = config;
  if (proxy === undefined) return new Http11Proxy(inner, null);
  const address = addressOf(proxy);
  const message = `malformed IP address: ${proxy.socketAddress?.address ?? ''}`;
  return new Http11Proxy(inner, address ?? refuse(config, 'default_proxy_address', message));
}

class Http11Proxy implements TransportFactory {
  readonly name = 'envoy.transport_sockets.http_11_proxy';
  readonly secure: boolean;
  readonly usesHost = true;
  private readonly inner: TransportFactory;
  private readonly proxy: Address | null;

  constructor(inner: TransportFactory, proxy: Address | null) {
    this.inner = inner;
    this.secure = inner.secure;
    this.proxy = proxy;
  }

  accept(): never {
    throw new Error('http_11_proxy does not accept');
  }

  connect(address: Address, owner: WireOwner, options: TransportOptions | null): Wire {
    const own = ofHost(options, address);
    const to = own ?? this.proxy;
    if (to === null) return this.inner.connect(address, owner, options);
    const proxy = address instanceof BoundAddress ? new BoundAddress(to, address.local, address.failed) : to;
    // The proxy of all hosts sees plain requests as they are.
    if (own === null && !this.secure) return this.inner.connect(proxy, owner, options);
    const hostname = options?.hostname ?? '';
    const target = hostname === '' ? address.text : `${hostname}:${address.port}`;
    if (this.inner !== RAW_BUFFER) {
      return this.inner.connect(proxy, owner, { ...options, before: (next) => new Tunnel(next, target, false) });
    }
    const tunnel = new Tunnel(owner, target, true);
    tunnel.wire = RAW_BUFFER.connect(proxy, tunnel, null);
    return tunnel.wire;
  }
}

/** What is no address leaves the host's, which is then asked for a tunnel to itself. */
function ofHost(options: TransportOptions | null, host: Address): Address | null {
  const value = options?.typedMetadata?.get(PROXY_ADDRESS)?.value;
  return value === undefined ? null : (addressOf(value as AddressMessage) ?? host);
}

function addressOf({ socketAddress, pipe }: AddressMessage): Address | null {
  if (pipe !== undefined) return new Address('', 0, pipe.path ?? '');
  const { address = '', portValue = 0 } = socketAddress ?? {};
  return isIP(address) === 0 ? null : new Address(address, portValue);
}

/** Of a socket to the proxy until the tunnel stands. */
class Tunnel implements WireOwner {
  readonly takesLent = false;
  wire!: Wire;
  private readonly owner: WireOwner;
  private readonly target: string;
  /** What comes behind the answer is the owner's; where TLS begins with us, nothing may. */
  private readonly mayFollow: boolean;
  private head = '';

  constructor(owner: WireOwner, target: string, mayFollow: boolean) {
    this.owner = owner;
    this.target = target;
    this.mayFollow = mayFollow;
  }

  wireConnected(): void {
    const request = `CONNECT ${this.target} HTTP/1.1\r\nHost: ${this.target}\r\n\r\n`;
    if (this.wire.writeBuffer(Buffer.from(request, 'latin1'))) this.wireWritten();
  }

  wireWritten(): void {
    this.wire.readStart();
  }

  wireData(chunk: Buffer): void {
    const before = this.head.length;
    this.head += chunk.toString('latin1', 0, MAX_HEAD + 1 - before);
    const end = /\r?\n\r?\n/.exec(this.head);
    if (end === null) {
      if (this.head.length >= MAX_HEAD) this.fail();
      return;
    }
    const bytes = end.index + end[0].length;
    const rest = chunk.subarray(bytes - before);
    if (bytes > MAX_HEAD || !/^HTTP\/1\.[01] 200(?: |\r?\n)/.test(this.head) || (rest.length > 0 && !this.mayFollow)) {
      this.fail();
      return;
    }
    const { wire, owner } = this;
    wire.readStop();
    wire.handOver(owner, rest.length === 0 ? null : Buffer.from(rest));
    owner.wireConnected();
  }

  wireEnd(): void {
    this.fail();
  }
  wireFailed(code: string): void {
    this.owner.wireFailed(code);
  }
  wireShutdownDone(): void {}

  private fail(): void {
    this.wire.close();
    this.owner.wireFailed('');
  }
}
