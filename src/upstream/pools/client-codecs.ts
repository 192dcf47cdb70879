/** Makes the client codec of an upstream connection from its cluster's settings. */

import type { ClientCallbacks, ClientCodec } from '../../codec/http.ts';
import { Http1ClientCodec } from '../../codec/http1/client.ts';
import {
  MAX_RESPONSE_HEADERS_KB as HTTP1_RESPONSE_HEADERS_KB,
  type Http1Settings,
  http1Settings,
} from '../../codec/http1/settings.ts';
import { Http2ClientCodec } from '../../codec/http2/client-codec.ts';
import { type Http2Options, http2Options } from '../../codec/http2/options.ts';
import { Http2CodecStats } from '../../codec/http2/stats.ts';
import { keepNamesOf } from '../../http/protocol-options/header-case.ts';
import { http2OptionsFromConfig } from '../../http/protocol-options/http2-config.ts';
import { Http2Keepalive } from '../../http/protocol-options/http2-keepalive.ts';
import type { Connection } from '../../transport/connection.ts';
import type { ClusterInfo } from '../cluster-info.ts';

/** Header limits of responses: HTTP/2's built-in 60 KiB (HTTP/1 has its own), and common_http_protocol_options.max_headers_count's default. */
const MAX_RESPONSE_HEADERS_KB = 60;
const MAX_RESPONSE_HEADERS_COUNT = 100;

/** How connections of one cluster are spoken to: options and counters, made with its first HTTP connection. */
export class ClientCodecs {
  private readonly info: ClusterInfo;
  private readonly http1Settings: Http1Settings;
  private readonly http2Options: Http2Options;
  private http2Stats: Http2CodecStats | null;
  private readonly keepaliveMs: number;
  private readonly keepaliveTimeoutMs: number;

  constructor(info: ClusterInfo) {
    const { http } = info;
    const h1 = http.http1;
    const h2 = http.http2;
    this.info = info;
    this.http1Settings = http1Settings({
      maxHeadersKb: http.maxResponseHeadersKb ?? HTTP1_RESPONSE_HEADERS_KB,
      maxHeadersCount: http.maxHeadersCount ?? MAX_RESPONSE_HEADERS_COUNT,
      enableTrailers: h1.enableTrailers,
      allowChunkedLength: h1.allowChunkedLength,
      properCase: h1.headerKeyFormat?.properCaseWords !== undefined,
      keepNames: keepNamesOf(h1),
      sendFullyQualifiedUrl: h1.sendFullyQualifiedUrl,
    });
    this.http2Options = http2Options({
      ...http2OptionsFromConfig(h2),
      maxHeadersBytes: (http.maxResponseHeadersKb ?? MAX_RESPONSE_HEADERS_KB) * 1024,
      maxHeadersCount: http.maxHeadersCount ?? MAX_RESPONSE_HEADERS_COUNT,
      streamBufferLimit: info.connection.bufferLimitBytes || Number.MAX_SAFE_INTEGER,
    });
    this.http2Stats = null;
    this.keepaliveMs = h2.connectionKeepalive?.interval ?? 0;
    this.keepaliveTimeoutMs = h2.connectionKeepalive?.timeout ?? 0;
  }

  /** Ours, for HTTP/2; what a host allows may be less. */
  get maxConcurrentStreams(): number {
    return this.http2Options.maxConcurrentStreams;
  }

  http1(conn: Connection, callbacks: ClientCallbacks): ClientCodec {
    return new Http1ClientCodec(conn, callbacks, this.http1Settings);
  }

  http2(conn: Connection, callbacks: ClientCallbacks): ClientCodec {
    this.http2Stats ??= new Http2CodecStats(this.info.scope);
    const stats = this.http2Stats;
    stats.upstreamConnections.inc();
    const codec = new Http2ClientCodec(conn, callbacks, this.http2Options, stats);
    if (this.keepaliveMs > 0) {
      const keepalive = new Http2Keepalive(codec, this.keepaliveMs, this.keepaliveTimeoutMs, () => {
        keepalive.stop();
        if (conn.closed) return;
        stats.keepaliveTimeout.inc();
        conn.close('noFlush');
      });
      codec.onPingAck = () => keepalive.onPingAck();
    }
    return codec;
  }
}

/** The codecs of a cluster. */
export function codecsOf(info: ClusterInfo): ClientCodecs {
  info.codecs ??= new ClientCodecs(info);
  return info.codecs;
}
