/**
 * tunneling_config: the bytes of a session go through an HTTP proxy, as the body of a CONNECT or POST on a stream of the cluster's HTTP pools.
 * Mirrors HttpConnPool and HttpUpstream (source/common/tcp_proxy/upstream.cc). The session goes on once the proxy has said yes.
 */
import { Headers } from '../codec/headers.ts';
import type { ResetReason, StreamDecoder, StreamEncoder } from '../codec/http.ts';
import { about } from '../config/refusal.ts';
import type { TcpProxyTunnelingConfig as Config } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { compileText } from '../format/compile.ts';
import { formatBuild } from '../format/format-build.ts';
import { type Formatter, NO_LOG } from '../format/format-context.ts';
import type { HeaderMutations } from '../http/headers/header-mutations.ts';
import { newRequestId } from '../http/request-id.ts';
import { UPSTREAM_REMOTE_RESET } from '../http/stream/response-flags.ts';
import { logger } from '../log/logger.ts';
import { asciiLower, toWire } from '../platform/wire-text.ts';
import type { Connection } from '../transport/connection.ts';
import { SocketInfo } from '../transport/socket-info.ts';
import type { Host } from '../upstream/host.ts';
import type { ActiveClient } from '../upstream/pools/active-client.ts';
import { poolsOf } from '../upstream/pools/host-pools.ts';
import { poolProtocol } from '../upstream/pools/pool-protocol.ts';
import type { PoolCallbacks } from '../upstream/pools/protocol-pool.ts';
import { NO_LOGS, SessionLog } from './session-log.ts';
import type { SessionUpstream, TcpSession } from './tcp-session.ts';
import { addedHeaders, postPathOf, sharedHeaders } from './tunnel-headers.ts';

const log = logger('filter');
const EMPTY = Buffer.alloc(0);
const RESPONSE_HEADERS = 'envoy.tcp_proxy.propagate_response_headers';
const RESPONSE_TRAILERS = 'envoy.tcp_proxy.propagate_response_trailers';
const METADATA = 'envoy.filters.network.tcp_proxy';

export class TunnelSettings {
  readonly post: boolean;
  readonly keepsHeaders: boolean;
  readonly keepsTrailers: boolean;
  private readonly hostname: Formatter;
  private readonly path: string;
  private readonly mutations: HeaderMutations | null;
  /** '' for none. */
  private readonly requestIdHeader: string;
  private readonly requestIdKey: string;

  constructor(c: Config, ctx: FactoryContext) {
    const build = formatBuild(ctx, () => undefined);
    this.post = c.usePost ?? false;
    this.path = postPathOf(c);
    this.hostname = about(c, 'hostname', () => compileText(c.hostname ?? '', build));
    this.mutations = addedHeaders(c, build);
    this.keepsHeaders = c.propagateResponseHeaders ?? false;
    this.keepsTrailers = c.propagateResponseTrailers ?? false;
    this.requestIdHeader =
      c.requestIdExtension === undefined ? '' : asciiLower(toWire(c.requestIdHeader || 'x-request-id'));
    this.requestIdKey = c.requestIdMetadataKey || 'tunnel_request_id';
  }

  head(session: TcpSession, scheme: string, http2: boolean): Headers {
    const log = session.log ?? new SessionLog(session.down, NO_LOGS);
    const h = new Headers();
    h.method = this.post ? 'POST' : 'CONNECT';
    h.authority = this.hostname(log, NO_LOG);
    if (this.post) {
      h.path = this.path;
      if (http2) h.scheme = scheme;
    }
    if (this.requestIdHeader !== '') {
      const id = newRequestId();
      h.set(this.requestIdHeader, id);
      infoOf(session.down).addMetadata(METADATA, { [this.requestIdKey]: id });
    }
    this.mutations?.apply(h, log, h, null);
    return h;
  }
}

export class Tunnel implements SessionUpstream, StreamDecoder, PoolCallbacks {
  /** A session's view of it. */
  readonly conn = this;
  readonly account: SessionUpstream['account'];
  isConnected = false;
  closeReason = '';
  closed = false;
  private readonly session: TcpSession;
  private readonly host: Host;
  private readonly settings: TunnelSettings;
  private pending: { cancel(): void } | null = null;
  private encoder: StreamEncoder | null = null;
  private client: ActiveClient | null = null;
  private sentEnd = false;
  private readEnd = false;
  private above = false;
  private starting = true;

  constructor(session: TcpSession, host: Host, settings: TunnelSettings) {
    this.session = session;
    this.host = host;
    this.settings = settings;
    this.account = { cancelled() {}, cluster: host.cluster };
    const pool = poolsOf(host).get(poolProtocol(host.cluster.http, 'HTTP/1.1'), 0, host.transportFor(session.down));
    if (pool === null) this.onPoolFailure('overflow', '');
    else this.pending = pool.newStream(this, this);
    this.starting = false;
  }

  // --- the pool ----------------------------------------------------------------------------------------------------

  onPoolReady(encoder: StreamEncoder, client: ActiveClient): void {
    this.pending = null;
    this.encoder = encoder;
    this.client = client;
    const { connection } = client;
    try {
      encoder.encodeHeaders(this.settings.head(this.session, connection.secure ? 'https' : 'http', this.http2), false);
    } catch (error) {
      // A host or a header that what the client said has made unfit to be sent.
      if (log.debugOn) log.debug(`[C${this.session.down.id}] no tunnel: ${(error as Error).message}`);
      this.encoder = null;
      encoder.reset('local reset');
      this.onPoolFailure('local reset', '');
    }
  }

  onPoolFailure(_reason: ResetReason, detail: string): void {
    this.pending = null;
    if (this.starting) setImmediate(() => this.failed(detail));
    else this.failed(detail);
  }

  private get http2(): boolean {
    return this.client?.codec?.protocol === 'HTTP/2';
  }

  /** No tunnel came of it. */
  private failed(detail: string, status = 0): void {
    if (this.closed) return;
    this.closed = true;
    this.encoder = null;
    const { session } = this;
    if (!session.downClosed && session.log !== null) {
      session.log.failed(this.host, detail);
      if (status > 0) session.log.transportFailure = `tunnel_response:${status}`;
    }
    this.release();
    session.retry();
  }

  /** What we had paused goes on. */
  private release(): void {
    if (!this.above) return;
    this.above = false;
    if (!this.session.downClosed) this.session.down.readDisable(false);
  }

  // --- from the session --------------------------------------------------------------------------------------------

  get bufferedBytes(): number {
    return 0;
  }

  pass(chunk: Buffer): void {
    if (!this.sentEnd) this.encoder?.encodeData(chunk, false);
  }

  end(): void {
    if (this.sentEnd || this.encoder === null) return;
    this.sentEnd = true;
    this.encoder.encodeData(EMPTY, true);
    this.maybeOver();
  }

  /** Bytes that wait on a stream are lost with it, as in Envoy. */
  close(): void {
    if (this.closed) return;
    this.pending?.cancel();
    this.pending = null;
    this.over();
  }

  readDisable(disable: boolean): void {
    this.encoder?.readDisable(disable);
  }

  beginDrain(): void {}

  /** The stream is reset unless both sides have said their end. */
  private over(): void {
    if (this.closed) return;
    this.closed = true;
    const { session, encoder } = this;
    this.encoder = null;
    if (!(this.sentEnd && this.readEnd)) encoder?.reset('local reset');
    session.up = null;
    session.stopTimers();
    if (!session.downClosed) session.down.close('flush');
  }

  private maybeOver(): void {
    if (this.sentEnd && this.readEnd) this.over();
  }

  // --- from the proxy ----------------------------------------------------------------------------------------------

  on1xx(): void {}

  onHeaders(h: Headers, endStream: boolean): void {
    if (this.closed) return;
    const { session, settings, client } = this;
    if (settings.keepsHeaders) infoOf(session.down).share(RESPONSE_HEADERS, sharedHeaders(h, true));
    const yes = this.http2 ? h.status === 200 : h.status >= 200 && h.status < 300;
    if (!yes || endStream) {
      const { encoder } = this;
      this.encoder = null;
      if (!endStream) encoder?.reset('local reset');
      this.failed('', h.status);
      return;
    }
    this.isConnected = true;
    session.log?.connected(this.host, (client as ActiveClient).connection);
    session.connected();
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.closed || !this.isConnected) return;
    const { session } = this;
    if (data.length > 0) {
      session.log?.sent(data.length);
      session.down.writeBytes(data, 0, data.length);
      session.touch();
      session.fromUpstream();
    }
    if (endStream) this.ended();
  }

  onTrailers(trailers: Headers): void {
    if (this.closed) return;
    if (this.settings.keepsTrailers) infoOf(this.session.down).share(RESPONSE_TRAILERS, sharedHeaders(trailers, false));
    this.ended();
  }

  private ended(): void {
    this.readEnd = true;
    this.session.down.end();
    this.session.touch();
    // Of a connection that is a tunnel the end is the end of both ways.
    if (!this.http2 && !this.settings.post) this.over();
    else this.maybeOver();
  }

  onReset(reason: ResetReason): void {
    if (this.closed) return;
    this.encoder = null;
    if (!this.isConnected) {
      this.failed('');
      return;
    }
    const { log: record } = this.session;
    if (record !== null && reason === 'remote reset') record.flags |= UPSTREAM_REMOTE_RESET;
    this.over();
  }

  onAboveWriteBuffer(): void {
    if (this.closed || this.session.downClosed || this.above) return;
    this.above = true;
    this.session.down.readDisable(true);
    this.session.factory.stats.downstreamFlowControlPausedReadingTotal.inc();
  }

  onBelowWriteBuffer(): void {
    if (this.closed || this.session.downClosed || !this.above) return;
    this.above = false;
    this.session.down.readDisable(false);
    this.session.factory.stats.downstreamFlowControlResumedReadingTotal.inc();
  }
}

export const openTunnel = (session: TcpSession, host: Host, settings: TunnelSettings): SessionUpstream =>
  new Tunnel(session, host, settings);

function infoOf(c: Connection): SocketInfo {
  c.socketInfo ??= new SocketInfo();
  return c.socketInfo;
}
