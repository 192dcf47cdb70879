/**
 * The upstream of a CONNECT that ends here (connect_config): a connection of its own, to which the tunnel's bytes go as they are. Mirrors
 * TcpConnPool and TcpUpstream (extensions/upstreams/http/tcp/upstream_request.cc) and the numbers of original_conn_pool.cc.
 */
import type { BytesMeter } from '../../codec/bytes-meter.ts';
import { Headers } from '../../codec/headers.ts';
import type { ResetReason, StreamDecoder } from '../../codec/http.ts';
import { CONNECT_TIMEOUT, type Connection } from '../../transport/connection.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import { ConnectionAccount } from '../../upstream/connection-account.ts';
import type { Host } from '../../upstream/host.ts';
import type { Upstream, UpstreamCallbacks, UpstreamConnection, UpstreamSource } from './upstream.ts';

const EMPTY = Buffer.alloc(0);

const CONNECTING = 0;
const OPEN = 1;
/** Nobody is told any more. */
const OVER = 2;

export class TcpUpstream implements Upstream, UpstreamSource, UpstreamConnection, ConnectionHandler {
  readonly codec = null;
  meter: BytesMeter | null = null;
  private readonly host: Host;
  private conn: Connection | null;
  private account: ConnectionAccount | null;
  private decoder: StreamDecoder | null;
  private callbacks: UpstreamCallbacks | null;
  private state: number;

  constructor(host: Host) {
    this.host = host;
    this.conn = null;
    this.account = null;
    this.decoder = null;
    this.callbacks = null;
    this.state = CONNECTING;
  }

  get connection(): Connection {
    return this.conn as Connection;
  }
  /** There is nothing that resets one stream of several. */
  countReset(): void {}

  newStream(decoder: StreamDecoder, callbacks: UpstreamCallbacks): { cancel(): void } | null {
    const { resources, stats } = this.host.cluster;
    if (!resources[0].connections.canCreate()) {
      stats.upstreamCxOverflow.inc();
      callbacks.onPoolFailure('overflow', '');
      return null;
    }
    this.decoder = decoder;
    this.callbacks = callbacks;
    this.account = new ConnectionAccount(this.host);
    this.conn = this.host.connect(this);
    this.conn.stats = stats.bytes;
    return this;
  }

  /** The request is given up before there was a connection. */
  cancel(): void {
    if (this.state !== CONNECTING) return;
    this.account?.cancelled();
    this.state = OVER;
    this.conn?.close('noFlush');
  }

  // --- the request -------------------------------------------------------------------------------------------------

  encode1xx(): void {}

  /** The tunnel stands: CONNECT is answered here, with 200. */
  encodeHeaders(_headers: Headers, endStream: boolean): void {
    const answer = new Headers();
    answer.status = 200;
    this.decoder?.onHeaders(answer, false);
    if (endStream && this.state === OPEN) this.conn?.end();
  }
  encodeData(data: Buffer, endStream: boolean): void {
    if (this.state !== OPEN) return;
    if (this.meter !== null) this.meter.wireSent += data.length;
    this.conn?.writeBytes(data, 0, data.length);
    if (endStream) this.conn?.end();
  }
  encodeTrailers(): void {
    if (this.state === OPEN) this.conn?.end();
  }
  reset(_reason: ResetReason): void {
    if (this.state === OVER) return;
    this.state = OVER;
    this.conn?.close('noFlush');
  }
  readDisable(disable: boolean): void {
    if (this.state === OPEN) this.conn?.readDisable(disable);
  }

  // --- from the host -----------------------------------------------------------------------------------------------

  onConnected(): void {
    this.state = OPEN;
    this.account?.connected();
    this.callbacks?.onPoolReady(this, this);
  }
  onData(chunk: Buffer): void {
    if (this.state !== OPEN) return;
    if (this.meter !== null) this.meter.wireReceived += chunk.length;
    this.decoder?.onData(chunk, false);
  }
  onEnd(): void {
    if (this.state === OPEN) this.decoder?.onData(EMPTY, true);
  }
  onClose(local: boolean, error: string): void {
    const before = this.state;
    this.state = OVER;
    const timeout = error === CONNECT_TIMEOUT;
    this.account?.closed(local, before === CONNECTING, timeout);
    if (before === CONNECTING) {
      const from = local ? 'local connection failure' : 'remote connection failure';
      this.callbacks?.onPoolFailure(timeout ? 'connection timeout' : from, error);
    } else if (before === OPEN) {
      this.decoder?.onReset('connection termination', '');
    }
  }
  onAboveWriteBuffer(): void {
    if (this.state === OPEN) this.decoder?.onAboveWriteBuffer();
  }
  onBelowWriteBuffer(): void {
    if (this.state === OPEN) this.decoder?.onBelowWriteBuffer();
  }
}
