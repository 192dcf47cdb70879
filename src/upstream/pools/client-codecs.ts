/** Makes the client codec of an upstream connection from its cluster's settings; options and counters are built once per cluster. */

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
import type { Http1ProtocolOptions, Http2ProtocolOptions } from '../../http/protocol-options/codec-options.ts';
import { http2OptionsFromConfig } from '../../http/protocol-options/http2-config.ts';
import { Http2Keepalive } from '../../http/protocol-options/http2-keepalive.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Cluster } from '../types.ts';

/** Header limits of responses: HTTP/2's built-in 60 KiB (HTTP/1 has its own), and common_http_protocol_options.max_headers_count's default. */
const MAX_RESPONSE_HEADERS_KB = 60;
const MAX_RESPONSE_HEADERS_COUNT = 100;

interface ClusterCodecs {
  readonly http1: Http1Settings;
  readonly http2: Http2Options;
  stats: Http2CodecStats | null;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
}

export class ClientCodecs {
  private readonly byCluster = new WeakMap<Cluster, ClusterCodecs>();

  private of(cluster: Cluster): ClusterCodecs {
    let c = this.byCluster.get(cluster);
    if (c === undefined) {
      const h1 = cluster.http.http1 as Http1ProtocolOptions;
      const h2 = cluster.http.http2 as Http2ProtocolOptions;
      c = {
        http1: http1Settings({
          maxHeadersKb: cluster.http.maxResponseHeadersKb ?? HTTP1_RESPONSE_HEADERS_KB,
          maxHeadersCount: cluster.http.maxHeadersCount ?? MAX_RESPONSE_HEADERS_COUNT,
          enableTrailers: h1.enableTrailers,
          allowChunkedLength: h1.allowChunkedLength,
          properCase: h1.headerKeyFormat?.properCaseWords !== undefined,
        }),
        http2: http2Options({
          ...http2OptionsFromConfig(h2),
          maxHeadersBytes: (cluster.http.maxResponseHeadersKb ?? MAX_RESPONSE_HEADERS_KB) * 1024,
          maxHeadersCount: cluster.http.maxHeadersCount ?? MAX_RESPONSE_HEADERS_COUNT,
          streamBufferLimit: cluster.perConnectionBufferLimitBytes || Number.MAX_SAFE_INTEGER,
        }),
        stats: null,
        keepaliveMs: h2.connectionKeepalive?.interval ?? 0,
        keepaliveTimeoutMs: h2.connectionKeepalive?.timeout ?? 0,
      };
      this.byCluster.set(cluster, c);
    }
    return c;
  }

  maxConcurrentStreams(cluster: Cluster): number {
    return this.of(cluster).http2.maxConcurrentStreams;
  }

  http1(conn: Connection, callbacks: ClientCallbacks, cluster: Cluster): ClientCodec {
    return new Http1ClientCodec(conn, callbacks, this.of(cluster).http1);
  }

  http2(conn: Connection, callbacks: ClientCallbacks, cluster: Cluster): ClientCodec {
    const c = this.of(cluster);
    c.stats ??= new Http2CodecStats(cluster.stats.scope);
    const codec = new Http2ClientCodec(conn, callbacks, c.http2, c.stats);
    if (c.keepaliveMs > 0) {
      const stats = c.stats;
      const keepalive = new Http2Keepalive(codec, c.keepaliveMs, c.keepaliveTimeoutMs, () => {
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

/** One per event loop is enough: it only remembers what was built per cluster. */
export const clientCodecs = new ClientCodecs();
