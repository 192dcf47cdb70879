/**
 * A server that answers every request with 200 and a small body, with nothing but the codec on a net.Socket. For h2spec and other
 * foreign clients. Run directly it listens on the port given (default 0) and prints it.
 */
import net from 'node:net';
import { Headers } from '../../src/codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { CodecError } from '../../src/codec/http.ts';
import { type Http2Options, http2Options } from '../../src/codec/http2/options.ts';
import { Http2ServerCodec } from '../../src/codec/http2/server-codec.ts';
import { codecStats } from '../codec/http2/doubles.ts';
import { SocketOutput } from '../codec/http2/socket-output.ts';

const BODY = Buffer.from('hello from the codec\n');

class Answer implements StreamDecoder {
  private readonly encoder: StreamEncoder;
  constructor(encoder: StreamEncoder) {
    this.encoder = encoder;
  }
  on1xx(): void {}
  onHeaders(_headers: Headers, endStream: boolean): void {
    if (endStream) this.answer();
  }
  onData(_data: Buffer, endStream: boolean): void {
    if (endStream) this.answer();
  }
  onTrailers(): void {
    this.answer();
  }
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
  private answer(): void {
    const h = new Headers();
    h.status = 200;
    h.add('content-type', 'text/plain');
    h.add('content-length', String(BODY.length));
    this.encoder.encodeHeaders(h, false);
    this.encoder.encodeData(BODY, true);
  }
}

/** Sends back what it gets: headers as `x-got-*`, the body, trailers. Pauses the sender while its own output is full. */
export class Echo implements StreamDecoder {
  private readonly encoder: StreamEncoder;
  private paused = false;
  constructor(encoder: StreamEncoder) {
    this.encoder = encoder;
  }
  on1xx(): void {}
  onHeaders(headers: Headers, endStream: boolean): void {
    const h = new Headers();
    h.status = 200;
    h.add('x-method', headers.method);
    h.add('x-path', headers.path);
    for (let i = 0; i < headers.list.length; i += 2) h.add(`x-got-${headers.list[i]}`, headers.list[i + 1]);
    this.encoder.encodeHeaders(h, endStream);
  }
  onData(data: Buffer, endStream: boolean): void {
    this.encoder.encodeData(data, endStream);
  }
  onTrailers(trailers: Headers): void {
    this.encoder.encodeTrailers(trailers);
  }
  onReset(): void {}
  onAboveWriteBuffer(): void {
    if (!this.paused) this.encoder.readDisable(true);
    this.paused = true;
  }
  onBelowWriteBuffer(): void {
    if (this.paused) this.encoder.readDisable(false);
    this.paused = false;
  }
}

/** Resolves when listening on 127.0.0.1. */
export function startEchoServer(
  port = 0,
  opts: Partial<Http2Options> = {},
  decoder: new (encoder: StreamEncoder) => StreamDecoder = Answer,
): Promise<net.Server> {
  const options = http2Options(opts);
  const stats = codecStats();
  const server = net.createServer((socket) => {
    const codec = new Http2ServerCodec(
      new SocketOutput(socket),
      { newStream: (encoder) => new decoder(encoder), onGoAway: () => {} },
      options,
      stats,
    );
    socket.on('data', (chunk: Buffer) => {
      try {
        codec.dispatch(chunk);
      } catch (e) {
        if (!(e instanceof CodecError)) throw e;
        socket.end();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => codec.onConnectionClosed('remote connection failure', ''));
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] === import.meta.filename) {
  const server = await startEchoServer(Number(process.argv[2] ?? 0));
  console.log((server.address() as net.AddressInfo).port);
}
