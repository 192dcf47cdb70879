/** A client codec and a server codec joined in memory. Bytes move when `settle` is called, in pieces of the size asked for. */
import { Headers } from '../../../src/codec/headers.ts';
import type { StreamEncoder } from '../../../src/codec/http.ts';
import { Http2ClientCodec } from '../../../src/codec/http2/client-codec.ts';
import { type Http2Options, http2Options } from '../../../src/codec/http2/options.ts';
import { Http2ServerCodec } from '../../../src/codec/http2/server-codec.ts';
import { codecStats, MemoryOutput, NotingDecoder } from './doubles.ts';

export class Pair {
  readonly toServer = new MemoryOutput();
  readonly toClient = new MemoryOutput();
  readonly serverStats = codecStats();
  readonly clientStats = codecStats();
  readonly server: Http2ServerCodec;
  readonly client: Http2ClientCodec;
  readonly requests: NotingDecoder[] = [];
  readonly events: string[] = [];
  /** Called for each request head, with its encoder set. */
  onRequest: ((request: NotingDecoder) => void) | null = null;

  constructor(opts: Partial<Http2Options> = {}, clientOpts: Partial<Http2Options> = opts) {
    this.server = new Http2ServerCodec(
      this.toClient,
      {
        newStream: (encoder: StreamEncoder) => {
          const d = new NotingDecoder();
          d.encoder = encoder;
          this.requests.push(d);
          this.onRequest?.(d);
          return d;
        },
        onGoAway: () => this.events.push('server: goaway'),
      },
      http2Options(opts),
      this.serverStats,
    );
    this.client = new Http2ClientCodec(
      this.toServer,
      {
        onGoAway: () => this.events.push('goaway'),
        onMaxStreamsChanged: (max) => this.events.push(`max ${max}`),
        onStreamComplete: () => this.events.push('complete'),
      },
      http2Options(clientOpts),
      this.clientStats,
    );
  }

  /** Move bytes until nothing is left to move; each dispatch gets at most `piece` bytes. */
  settle(piece = Number.POSITIVE_INFINITY): void {
    for (;;) {
      const up = this.toServer.take();
      const down = this.toClient.take();
      if (up.length === 0 && down.length === 0) return;
      for (let i = 0; i < up.length; i += piece) this.server.dispatch(up.subarray(i, Math.min(up.length, i + piece)));
      for (let i = 0; i < down.length; i += piece) {
        this.client.dispatch(down.subarray(i, Math.min(down.length, i + piece)));
      }
    }
  }

  request(headers: Headers, end: boolean): NotingDecoder {
    const d = new NotingDecoder();
    d.encoder = this.client.newStream(d);
    d.encoder.encodeHeaders(headers, end);
    return d;
  }
}

export function request(method: string, path: string, fields: string[] = []): Headers {
  const h = new Headers();
  h.method = method;
  h.path = path;
  h.scheme = 'http';
  h.authority = 'example.test';
  h.list = fields;
  return h;
}

export function response(status: number, fields: string[] = []): Headers {
  const h = new Headers();
  h.status = status;
  h.list = fields;
  return h;
}

export function fields(...list: string[]): Headers {
  const h = new Headers();
  h.list = list;
  return h;
}
