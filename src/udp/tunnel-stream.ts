/** The HTTP stream of a UDP tunnel: asks a proxy for it, and carries bytes once it has said yes. Mirrors HttpUpstreamImpl and TunnelingConnectionPoolImpl
 * (source/extensions/filters/udp/udp_proxy/tunneling_connection_pool.cc). */
import type { Headers } from '../codec/headers.ts';
import type { ResetReason, StreamDecoder, StreamEncoder } from '../codec/http.ts';
import { logger } from '../log/logger.ts';
import type { Host } from '../upstream/host.ts';
import type { ActiveClient } from '../upstream/pools/active-client.ts';
import { poolsOf } from '../upstream/pools/host-pools.ts';
import { poolProtocol } from '../upstream/pools/pool-protocol.ts';
import type { PoolCallbacks } from '../upstream/pools/protocol-pool.ts';
import type { TunnelSession, UdpTunnelSettings } from './udp-tunnel.ts';

const log = logger('filter');

export class TunnelStream implements StreamDecoder, PoolCallbacks {
  private readonly session: TunnelSession;
  private readonly host: Host;
  private readonly settings: UdpTunnelSettings;
  private pending: { cancel(): void } | null = null;
  private encoder: StreamEncoder | null = null;
  private stands = false;
  private over = false;
  private starting = true;

  constructor(session: TunnelSession, host: Host, settings: UdpTunnelSettings) {
    this.session = session;
    this.host = host;
    this.settings = settings;
    // As whoever speaks HTTP/2 would be served.
    const pool = poolsOf(host).get(poolProtocol(host.cluster.http, 'HTTP/2'), 0);
    if (pool === null) this.onPoolFailure('overflow', '');
    else this.pending = pool.newStream(this, this);
    this.starting = false;
  }

  // --- the pool ----------------------------------------------------------------------------------------------------

  onPoolReady(encoder: StreamEncoder, client: ActiveClient): void {
    this.pending = null;
    this.encoder = encoder;
    const { session } = this;
    const { connection } = client;
    try {
      encoder.encodeHeaders(this.settings.head(session.facts, connection.secure ? 'https' : 'http'), false);
    } catch (error) {
      // A host or a header that is unfit to be sent.
      if (log.debugOn) log.debug(`no tunnel: ${(error as Error).message}`);
      this.encoder = null;
      encoder.reset('local reset');
      this.onPoolFailure('local reset', '');
      return;
    }
    session.facts.attached(this.host, connection);
    session.attached();
  }

  onPoolFailure(reason: ResetReason, detail: string): void {
    this.pending = null;
    const unreachable = reason === 'remote connection failure' || reason === 'connection timeout';
    if (this.starting) setImmediate(() => this.failed(unreachable, detail));
    else this.failed(unreachable, detail);
  }

  private failed(unreachable: boolean, detail: string): void {
    if (this.over) return;
    this.over = true;
    this.encoder = null;
    this.session.failed(this.host, unreachable, detail);
  }

  // --- from the session --------------------------------------------------------------------------------------------

  send(data: Buffer): void {
    this.encoder?.encodeData(data, false);
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.pending?.cancel();
    this.pending = null;
    const { encoder } = this;
    this.encoder = null;
    encoder?.reset('local reset');
  }

  // --- from the proxy ----------------------------------------------------------------------------------------------

  on1xx(): void {}

  onHeaders(h: Headers, endStream: boolean): void {
    if (this.over) return;
    const { settings, session } = this;
    const yes = settings.post ? h.status >= 200 && h.status < 300 : h.status === 101 && isConnectUdp(h);
    settings.keepHeaders(session.facts, h);
    if (!yes || endStream) {
      const { encoder } = this;
      this.encoder = null;
      encoder?.reset('local reset');
      this.failed(true, '');
      return;
    }
    this.stands = true;
    session.stands();
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.over || !this.stands) return;
    this.session.received(data);
    if (endStream) this.ended();
  }

  onTrailers(trailers: Headers): void {
    if (this.over) return;
    this.settings.keepTrailers(this.session.facts, trailers);
    this.ended();
  }

  /** One way is of no use without the other. */
  private ended(): void {
    if (this.over) return;
    this.over = true;
    const { encoder } = this;
    this.encoder = null;
    encoder?.reset('local reset');
    this.session.gone();
  }

  onReset(): void {
    if (this.over) return;
    if (!this.stands) {
      this.failed(true, '');
      return;
    }
    this.over = true;
    this.encoder = null;
    this.session.gone();
  }

  onAboveWriteBuffer(): void {
    if (this.stands) this.session.above();
  }
  onBelowWriteBuffer(): void {
    if (this.stands) this.session.below();
  }
}

const isConnectUdp = (h: Headers): boolean => h.get('upgrade')?.toLowerCase() === 'connect-udp';
