/** Makes the server codec of a downstream connection from the connection manager's settings; options and counters are built once. */

import type { ServerCodec } from '../../codec/http.ts';
import { Http1ServerCodec } from '../../codec/http1/server.ts';
import { type Http1Settings, http1Settings } from '../../codec/http1/settings.ts';
import { type Http2Options, http2Options } from '../../codec/http2/options.ts';
import { Http2ServerCodec } from '../../codec/http2/server-codec.ts';
import { Http2CodecStats } from '../../codec/http2/stats.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import { keepNamesOf } from '../protocol-options/header-case.ts';
import { http2OptionsFromConfig } from '../protocol-options/http2-config.ts';
import { Http2Keepalive } from '../protocol-options/http2-keepalive.ts';
import { makeHttp1Stats } from '../stats.ts';
import type { HttpConnection } from './http-connection.ts';
import type { ConnectionManagerSettings } from './settings.ts';

export class ServerCodecs {
  private readonly settings: Http1Settings;
  private readonly options: Http2Options;
  private stats: Http2CodecStats | null = null;
  private http1Stats = false;
  private readonly ctx: FactoryContext;
  private readonly keepaliveMs: number;
  private readonly keepaliveTimeoutMs: number;
  private readonly keepalives = new Map<ServerCodec, Http2Keepalive>();

  constructor(cfg: ConnectionManagerSettings, ctx: FactoryContext) {
    this.ctx = ctx;
    const h1 = cfg.http1;
    this.settings = http1Settings({
      maxHeadersKb: cfg.maxRequestHeadersKb,
      maxHeadersCount: cfg.maxHeadersCount,
      acceptHttp10: h1.acceptHttp10,
      defaultHostForHttp10: h1.defaultHostForHttp10 === undefined ? undefined : toWire(h1.defaultHostForHttp10),
      allowAbsoluteUrl: h1.allowAbsoluteUrl,
      enableTrailers: h1.enableTrailers,
      allowChunkedLength: h1.allowChunkedLength,
      properCase: h1.headerKeyFormat?.properCaseWords !== undefined,
      keepNames: keepNamesOf(h1),
      allowCustomMethods: h1.allowCustomMethods,
      ignoreUpgrade: cfg.ignoreUpgrade,
    });
    this.options = http2Options({
      ...http2OptionsFromConfig(cfg.http2),
      maxHeadersBytes: cfg.maxRequestHeadersKb * 1024,
      maxHeadersCount: cfg.maxHeadersCount,
      headersWithUnderscoresAction: cfg.headersWithUnderscores,
      streamBufferLimit: cfg.bufferLimit > 0 ? cfg.bufferLimit : Number.MAX_SAFE_INTEGER,
    });
    this.keepaliveMs = cfg.http2.connectionKeepalive?.interval ?? 0;
    this.keepaliveTimeoutMs = cfg.http2.connectionKeepalive?.timeout ?? 0;
  }

  http1(conn: Connection, callbacks: HttpConnection): ServerCodec {
    if (!this.http1Stats) {
      this.http1Stats = true;
      makeHttp1Stats(this.ctx.store);
    }
    return new Http1ServerCodec(conn, callbacks, this.settings);
  }

  http2(conn: Connection, callbacks: HttpConnection): ServerCodec {
    // `http2.` exists from the first HTTP/2 connection on, as in Envoy.
    this.stats ??= new Http2CodecStats(this.ctx.store);
    this.stats.downstreamConnections.inc();
    const codec = new Http2ServerCodec(conn, callbacks, this.options, this.stats);
    if (this.keepaliveMs > 0) {
      const stats = this.stats;
      const keepalive = new Http2Keepalive(codec, this.keepaliveMs, this.keepaliveTimeoutMs, () => {
        stats.keepaliveTimeout.inc();
        conn.close('noFlush');
      });
      codec.onPingAck = () => keepalive.onPingAck();
      this.keepalives.set(codec, keepalive);
    }
    return codec;
  }

  /** The connection of this codec is gone. */
  closed(codec: ServerCodec | null): void {
    if (codec === null || this.keepalives.size === 0) return;
    this.keepalives.get(codec)?.stop();
    this.keepalives.delete(codec);
  }
}
