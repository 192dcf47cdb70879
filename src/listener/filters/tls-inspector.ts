/**
 * envoy.filters.listener.tls_inspector: whether a client speaks TLS, the name it asks for, the protocols it offers, and its fingerprints.
 * Mirrors source/extensions/filters/listener/tls_inspector/tls_inspector.cc.
 */
import type { TlsInspector } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { Counter, Histogram } from '../../stats/store.ts';
import { type ClientHello, readClientHello } from '../../tls/client-hello.ts';
import { inspectionFailure } from '../../tls/ssl-errors.ts';
import type { ListenerFilter, ListenerFilterFactory, ListenerFilterVerdict, PeekedSocket } from '../listener-filter.ts';
import { ja3Of, ja4Of } from './tls-fingerprints.ts';

/** Config::TLS_MAX_CLIENT_HELLO. */
const MAX_CLIENT_HELLO = 16 * 1024;
/** Of a record: BoringSSL judges nothing by fewer bytes. */
const RECORD_HEADER = 5;
const TLS_1_0 = 0x0301;
const TLS_1_3 = 0x0304;
const NAMESPACE = 'envoy.filters.listener.tls_inspector';

class Stats {
  readonly tooLarge: Counter;
  readonly tlsFound: Counter;
  readonly tlsNotFound: Counter;
  readonly alpnFound: Counter;
  readonly alpnNotFound: Counter;
  readonly sniFound: Counter;
  readonly sniNotFound: Counter;
  readonly bytesProcessed: Histogram;

  constructor(ctx: FactoryContext) {
    const scope = ctx.store.scope('tls_inspector.');
    this.tooLarge = scope.counter('client_hello_too_large');
    this.tlsFound = scope.counter('tls_found');
    this.tlsNotFound = scope.counter('tls_not_found');
    this.alpnFound = scope.counter('alpn_found');
    this.alpnNotFound = scope.counter('alpn_not_found');
    this.sniFound = scope.counter('sni_found');
    this.sniNotFound = scope.counter('sni_not_found');
    this.bytesProcessed = scope.histogram('bytes_processed', 'none');
  }
}

class Inspector implements ListenerFilter, ListenerFilterFactory {
  readonly name = 'envoy.filters.listener.tls_inspector';
  readonly maxBytes: number;
  private readonly ja3: boolean;
  private readonly ja4: boolean;
  private readonly closesOnErrors: boolean;
  private readonly stats: Stats;

  constructor(config: TlsInspector, ctx: FactoryContext) {
    this.maxBytes = config.maxClientHelloSize ?? MAX_CLIENT_HELLO;
    this.ja3 = config.enableJa3Fingerprinting ?? false;
    this.ja4 = config.enableJa4Fingerprinting ?? false;
    this.closesOnErrors = config.closeConnectionOnClientHelloParsingErrors ?? false;
    this.stats = new Stats(ctx);
  }

  /** It keeps nothing between two calls: one serves all sockets. */
  create(): ListenerFilter {
    return this;
  }

  onData(all: Buffer, socket: PeekedSocket): ListenerFilterVerdict {
    if (all.length < RECORD_HEADER) return 'more';
    const data = all.length > this.maxBytes ? all.subarray(0, this.maxBytes) : all;
    const hello = readClientHello(data);
    const { stats } = this;
    if (hello === 'more') {
      if (data.length < this.maxBytes) return 'more';
      stats.tooLarge.inc();
      stats.bytesProcessed.record(data.length);
      say(socket, 'ClientHelloTooLarge');
      return 'close';
    }
    stats.bytesProcessed.record(data.length);
    if (typeof hello === 'string' || !isSpoken(hello)) {
      const tooLarge = this.closesOnErrors && data.length >= this.maxBytes;
      (tooLarge ? stats.tooLarge : stats.tlsNotFound).inc();
      say(socket, tooLarge ? 'ClientHelloTooLarge' : 'ClientHelloNotDetected');
      socket.info.notTls = inspectionFailure(data);
      return this.closesOnErrors ? 'close' : 'done';
    }
    this.found(hello, socket);
    return 'done';
  }

  private found(hello: ClientHello, { info }: PeekedSocket): void {
    const { stats } = this;
    stats.tlsFound.inc();
    if (hello.serverName !== '') stats.sniFound.inc();
    else stats.sniNotFound.inc();
    if (hello.alpn.length > 0) stats.alpnFound.inc();
    else stats.alpnNotFound.inc();
    info.transportProtocol = 'tls';
    info.serverName = asciiLower(hello.serverName);
    if (hello.alpn.length > 0) info.applicationProtocols = hello.alpn;
    if (this.ja3) info.ja3 = ja3Of(hello);
    if (this.ja4) info.ja4 = ja4Of(hello);
  }
}

function say({ info }: PeekedSocket, reason: string): void {
  info.metadata ??= {};
  info.metadata[NAMESPACE] = { failure_reason: reason };
}

/** A version that BoringSSL may speak is offered. */
function isSpoken({ version, versions }: ClientHello): boolean {
  return versions.length === 0 ? version >= TLS_1_0 : versions.some((v) => v >= TLS_1_0 && v <= TLS_1_3);
}

export function create(config: TlsInspector, ctx: FactoryContext): ListenerFilterFactory {
  return new Inspector(config, ctx);
}
