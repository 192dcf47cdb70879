/**
 * A proxied request in the HTTP/1 codecs alone, bytes in to bytes out without sockets: parse request, encode request, parse
 * response, encode response.
 */

import type { Headers } from '../../src/codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { Http1ClientCodec } from '../../src/codec/http1/client.ts';
import { Http1ServerCodec } from '../../src/codec/http1/server.ts';
import { DEFAULT_SETTINGS, type Http1Output } from '../../src/codec/http1/settings.ts';
import type { MicroCase, Suite } from './harness.ts';

/** Node's Buffer has this; its types do not say so. */
type LatinBuffer = Buffer & { latin1Write(text: string, offset: number): number };

/** Flattens and copies the text out, as the transport does, into one buffer per turn. */
class Sink implements Http1Output {
  bufferedBytes = 0;
  bytes = 0;
  private text = '';
  private at = 0;
  private readonly buffer: LatinBuffer;
  constructor() {
    this.buffer = Buffer.allocUnsafeSlow(65536) as LatinBuffer;
  }
  write(data: Buffer): void {
    this.flushText();
    this.buffer.set(data, this.at);
    this.at += data.length;
  }
  writeLatin1(text: string): void {
    this.text = this.text === '' ? text : this.text + text;
  }
  private flushText(): void {
    if (this.text !== '') {
      this.at += this.buffer.latin1Write(this.text, this.at);
      this.text = '';
    }
  }
  flush(): void {
    this.flushText();
    this.bytes += this.at;
    this.at = 0;
  }
  readDisable(): void {}
  end(): void {}
}

const upstreamOut = new Sink();
const downstreamOut = new Sink();

/** The shortest possible proxy between the two codecs. */
class Relay implements StreamDecoder {
  upstream: StreamEncoder | null = null;
  private readonly response: Response;
  constructor(encoder: StreamEncoder) {
    this.response = new Response(encoder);
  }
  on1xx(): void {}
  onHeaders(headers: Headers, end: boolean): void {
    this.upstream = client.newStream(this.response);
    this.upstream.encodeHeaders(headers, end);
  }
  onData(data: Buffer, end: boolean): void {
    this.upstream?.encodeData(data, end);
  }
  onTrailers(): void {}
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
class Response implements StreamDecoder {
  private readonly encoder: StreamEncoder;
  constructor(encoder: StreamEncoder) {
    this.encoder = encoder;
  }
  on1xx(): void {}
  onHeaders(headers: Headers, end: boolean): void {
    this.encoder.encodeHeaders(headers, end);
  }
  onData(data: Buffer, end: boolean): void {
    this.encoder.encodeData(data, end);
  }
  onTrailers(): void {}
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

const server = new Http1ServerCodec(
  downstreamOut,
  { newStream: (encoder) => new Relay(encoder), onGoAway: () => {}, onHeldInput: () => {} },
  DEFAULT_SETTINGS,
);
const client = new Http1ClientCodec(
  upstreamOut,
  { onGoAway: () => {}, onMaxStreamsChanged: () => {}, onStreamComplete: () => {} },
  DEFAULT_SETTINGS,
);

const CASES: [string, string, string][] = [
  [
    'wrk GET, 128 B answer',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:10000\r\n\r\n',
    `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 128\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\n\r\n${'x'.repeat(128)}`,
  ],
  [
    'browser GET, 12 fields, 2 KiB answer',
    'GET /api/v1/items?page=2&size=50 HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) ' +
      'Gecko/20100101 Firefox/140.0\r\nAccept: application/json, text/plain, */*\r\nAccept-Language: en-US,en;q=0.5\r\n' +
      'Accept-Encoding: gzip, deflate, br\r\nReferer: https://shop.example.com/items\r\nX-Tenant-Id: 4711\r\n' +
      'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\nConnection: keep-alive\r\nSec-Fetch-Mode: cors\r\n' +
      'X-Request-Id: 6f1c0a35-3b7d-4a63-9f0e-0b6f2c1d9a55\r\nX-Forwarded-For: 10.1.2.3\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\nVary: Accept-Encoding\r\n' +
      `X-Powered-By: Express\r\nETag: W/"800-abc"\r\nContent-Length: 2048\r\n\r\n${'y'.repeat(2048)}`,
  ],
  [
    'chunked POST and answer',
    `POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n${'z'.repeat(512)}\r\n0\r\n\r\n`,
    `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n200\r\n${'z'.repeat(512)}\r\n0\r\n\r\n`,
  ],
];

const REQUESTS = 100;

export const suite: Suite = {
  name: 'http1',
  unit: 'proxied request (server decode, client encode, client decode, server encode)',
  cases: () =>
    CASES.map(([name, request, response]): MicroCase => {
      const req = Buffer.from(request, 'latin1');
      const res = Buffer.from(response, 'latin1');
      return {
        name,
        perCall: REQUESTS,
        run: () => {
          for (let i = 0; i < REQUESTS; i++) {
            server.dispatch(req);
            upstreamOut.flush();
            client.dispatch(res);
            downstreamOut.flush();
          }
        },
      };
    }),
};
