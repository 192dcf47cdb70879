/**
 * CPU of the HTTP/2 codecs alone, bytes in to bytes out, no sockets: a proxy's share of gRPC-shaped requests (HEADERS + small DATA
 * up, HEADERS + small DATA + trailers down), that is server decode + client encode + client decode + server encode.
 * The bytes of both peers are recorded first (node's own nghttp2 as the client, so that literals and Huffman are what real
 * peers send), then replayed through fresh codecs.
 */
import http2 from 'node:http2';
import { Duplex } from 'node:stream';
import { Headers } from '../../src/codec/headers.ts';
import type { CodecOutput, StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { Http2ClientCodec } from '../../src/codec/http2/client-codec.ts';
import { http2Options } from '../../src/codec/http2/options.ts';
import { Http2ServerCodec } from '../../src/codec/http2/server-codec.ts';
import { Http2CodecStats } from '../../src/codec/http2/stats.ts';
import { Store } from '../../src/stats/store.ts';
import type { MicroCase, Suite } from './harness.ts';

const REQUESTS = 1000;
/** Requests that come in one read: alone, and as on a busy connection. */
const PER_READ = [1, 8];

/** Forgets what it is given; `beforeFlush` as the transport offers it, drained once per turn by the bench. */
class Sink implements CodecOutput {
  bytes = 0;
  writes = 0;
  readonly bufferedBytes = 0;
  source: { flush(): void } | null = null;
  on: ((data: Buffer) => void) | null = null;
  write(data: Buffer): void {
    this.bytes += data.length;
    this.writes++;
    this.on?.(data);
  }
  writeLatin1(): void {}
  beforeFlush(source: { flush(): void }): void {
    this.source = source;
  }
  turn(): void {
    const s = this.source;
    this.source = null;
    s?.flush();
  }
}

/** Joins one downstream stream with one upstream stream. */
class Hop implements StreamDecoder {
  private readonly client: Http2ClientCodec;
  private readonly down: StreamEncoder;
  private up: StreamEncoder | null;
  constructor(client: Http2ClientCodec, down: StreamEncoder) {
    this.client = client;
    this.down = down;
    this.up = null;
  }
  onHeaders(headers: Headers, end: boolean): void {
    this.up = this.client.newStream(new Back(this.down));
    headers.add('x-request-id', '7f4c8f9a-0000-4000-8000-000000000000');
    this.up.encodeHeaders(headers, end);
  }
  onData(data: Buffer, end: boolean): void {
    this.up?.encodeData(data, end);
  }
  onTrailers(trailers: Headers): void {
    this.up?.encodeTrailers(trailers);
  }
  on1xx(): void {}
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

class Back implements StreamDecoder {
  private readonly down: StreamEncoder;
  constructor(down: StreamEncoder) {
    this.down = down;
  }
  onHeaders(headers: Headers, end: boolean): void {
    headers.add('x-envoy-upstream-service-time', '1');
    this.down.encodeHeaders(headers, end);
  }
  onData(data: Buffer, end: boolean): void {
    this.down.encodeData(data, end);
  }
  onTrailers(trailers: Headers): void {
    this.down.encodeTrailers(trailers);
  }
  on1xx(): void {}
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

const callbacks = { onGoAway() {}, onMaxStreamsChanged() {}, onStreamComplete() {} };
const opts = http2Options({
  maxConcurrentStreams: 1 << 30,
  maxOutboundFrames: 1 << 30,
  maxOutboundControlFrames: 1 << 30,
});

/** The bytes a real gRPC client would send for `n` requests, cut after every `perRead`. */
async function recordRequests(n: number, perRead: number): Promise<Buffer[]> {
  const reads: Buffer[] = [];
  let pending: Buffer[] = [];
  const pipe = new Duplex({
    read() {},
    write(chunk: Buffer, _enc, done) {
      pending.push(Buffer.from(chunk));
      done();
    },
  });
  const session = http2.connect('http://127.0.0.1', { createConnection: () => pipe as never, maxSessionMemory: 4000 });
  session.on('error', () => {});
  // The server's SETTINGS, with windows large enough never to be updated.
  pipe.push(Buffer.from([0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3, 0x3f, 0xff, 0xff, 0xff, 0, 4, 0x7f, 0xff, 0xff, 0xff]));
  pipe.push(Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xff, 0, 0]));
  await new Promise((r) => setTimeout(r, 50));
  const body = Buffer.from('\0\0\0\0\x14{"id":12345,"q":"abc"}', 'latin1');
  for (let i = 0; i < n; i++) {
    const s = session.request({
      ':method': 'POST',
      ':path': '/helloworld.Greeter/SayHello',
      ':scheme': 'http',
      ':authority': 'greeter.default.svc:50051',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'grpc-node-js/1.14.7',
      'grpc-accept-encoding': 'identity,deflate,gzip',
      'accept-encoding': 'identity',
      'grpc-timeout': `${999900 + (i % 100)}u`,
    });
    s.on('error', () => {});
    s.end(body);
    if ((i + 1) % perRead === 0) {
      await new Promise((r) => setImmediate(r));
      reads.push(Buffer.concat(pending));
      pending = [];
    }
  }
  session.destroy();
  // The client is never answered in the recording, so it never opens its connection window: done by hand.
  reads[0] = Buffer.concat([reads[0], Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xfe, 0, 0])]);
  return reads;
}

/** What the upstream answers to our requests, per read, from our own server codec. */
function recordResponses(requests: Buffer[]): Buffer[] {
  const out = new Sink();
  let answer: Buffer[] = [];
  out.on = (data) => answer.push(data);
  const stats = new Http2CodecStats(new Store());
  const body = Buffer.from('\0\0\0\0\x15{"message":"Hello abc"}', 'latin1');
  const upstream = new Http2ServerCodec(
    out,
    {
      newStream: (encoder) => {
        const done = () => {
          const h = new Headers();
          h.status = 200;
          h.list = [
            'content-type',
            'application/grpc',
            'grpc-encoding',
            'identity',
            'date',
            'Mon, 23 Nov 2026 21:00:00 GMT',
          ];
          encoder.encodeHeaders(h, false);
          encoder.encodeData(body, false);
          const t = new Headers();
          t.list = ['grpc-status', '0', 'grpc-message', ''];
          encoder.encodeTrailers(t);
        };
        return {
          ...new Back(encoder),
          on1xx() {},
          onHeaders() {},
          onTrailers() {},
          onReset() {},
          onAboveWriteBuffer() {},
          onBelowWriteBuffer() {},
          onData: (_d: Buffer, end: boolean) => end && done(),
        } as StreamDecoder;
      },
      onGoAway() {},
    },
    opts,
    stats,
  );
  // What our proxy sends upstream for these requests.
  const replies: Buffer[] = [];
  const p = proxy((data) => upstream.dispatch(data));
  for (const read of requests) {
    p.server.dispatch(read);
    p.toUpstream.turn();
    out.turn();
    const whole = Buffer.concat(answer);
    answer = [];
    p.client.dispatch(whole);
    p.toDownstream.turn();
    replies.push(whole);
  }
  return replies;
}

function proxy(onUpstream: ((data: Buffer) => void) | null) {
  const stats = new Http2CodecStats(new Store());
  const toUpstream = new Sink();
  toUpstream.on = onUpstream;
  const toDownstream = new Sink();
  const client = new Http2ClientCodec(toUpstream, callbacks, opts, stats);
  const server = new Http2ServerCodec(
    toDownstream,
    { newStream: (encoder) => new Hop(client, encoder), onGoAway() {} },
    opts,
    stats,
  );
  return { client, server, toUpstream, toDownstream };
}

async function oneCase(perRead: number): Promise<MicroCase> {
  const requests = await recordRequests(REQUESTS, perRead);
  const responses = recordResponses(requests);
  return {
    name: `gRPC unary, ${perRead} per read`,
    perCall: REQUESTS,
    run: () => {
      const p = proxy(null);
      for (let i = 0; i < requests.length; i++) {
        p.server.dispatch(requests[i]);
        p.toUpstream.turn();
        p.client.dispatch(responses[i]);
        p.toDownstream.turn();
      }
      if (p.client.activeStreams + p.server.activeStreams !== 0) throw new Error('streams left open');
    },
  };
}

export const suite: Suite = {
  name: 'http2',
  unit: 'proxied request (server decode, client encode, client decode, server encode)',
  cases: async () => {
    const out: MicroCase[] = [];
    for (const n of PER_READ) out.push(await oneCase(n));
    return out;
  },
};
