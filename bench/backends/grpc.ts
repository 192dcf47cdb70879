/**
 * The gRPC-shaped backend, with this project's codec: unary and bidirectional calls echo their messages, ServerStream
 * answers one message with STREAM_MESSAGES. Messages are not decoded.
 */
import { createServer, type Server } from 'node:net';
import { Headers } from '../../src/codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { http2Options } from '../../src/codec/http2/options.ts';
import { Http2ServerCodec } from '../../src/codec/http2/server-codec.ts';
import { Http2CodecStats } from '../../src/codec/http2/stats.ts';
import { Store } from '../../src/stats/store.ts';
import { STREAM_MESSAGES } from '../load/http2.ts';
import { TurnOutput } from './turn-output.ts';

const OPTIONS = http2Options({ maxConcurrentStreams: 100_000, streamResetBurst: 1_000_000 });

export function grpcBackend(): Server {
  const stats = new Http2CodecStats(new Store());
  return createServer({ noDelay: true }, (socket) => {
    const codec = new Http2ServerCodec(
      new TurnOutput(socket),
      { newStream: (encoder) => new Call(encoder), onGoAway() {} },
      OPTIONS,
      stats,
    );
    socket.on('data', (chunk: Buffer) => {
      try {
        codec.dispatch(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => codec.onConnectionClosed('connection termination', ''));
  });
}

class Call implements StreamDecoder {
  private readonly encoder: StreamEncoder;
  private copies = 1;
  private held: Buffer[] = [];
  constructor(encoder: StreamEncoder) {
    this.encoder = encoder;
  }
  onHeaders(headers: Headers, end: boolean): void {
    this.copies = headers.path.endsWith('/ServerStream') ? STREAM_MESSAGES : 1;
    const h = new Headers();
    h.status = 200;
    h.list = ['content-type', 'application/grpc'];
    this.encoder.encodeHeaders(h, false);
    if (end) this.finish();
  }
  onData(data: Buffer, end: boolean): void {
    if (this.copies === 1) {
      if (data.length > 0) this.encoder.encodeData(Buffer.from(data), false);
    } else {
      this.held.push(Buffer.from(data));
    }
    if (end) this.finish();
  }
  onTrailers(): void {
    this.finish();
  }
  private finish(): void {
    if (this.copies > 1) {
      const message = Buffer.concat(this.held);
      for (let i = 0; i < this.copies; i++) this.encoder.encodeData(message, false);
    }
    const t = new Headers();
    t.list = ['grpc-status', '0', 'grpc-message', ''];
    this.encoder.encodeTrailers(t);
  }
  on1xx(): void {}
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
