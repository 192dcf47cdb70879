/**
 * The clients and hosts that the warm-up talks to, on connections like all others so that these do the same as with real ones. A client asks
 * again as soon as it is answered; a host says the same each time.
 */
import { Headers } from '../../codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import { Http2ClientCodec } from '../../codec/http2/client-codec.ts';
import { http2Options } from '../../codec/http2/options.ts';
import { Http2ServerCodec } from '../../codec/http2/server-codec.ts';
import { Http2CodecStats } from '../../codec/http2/stats.ts';
import type { Store } from '../../stats/store.ts';
import { Connection, DEFAULT_BUFFER_LIMIT } from '../../transport/connection.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import type { End } from './memory-handle.ts';

/** What a client's or a host's connection does when something comes. */
type Say = (data: Buffer) => void;

function speak(end: End, make: (connection: Connection) => Say): Connection {
  const handler: ConnectionHandler = {
    onConnected() {},
    onData() {},
    onEnd() {},
    onClose() {},
    onAboveWriteBuffer() {},
    onBelowWriteBuffer() {},
  };
  const connection = new Connection(handler, DEFAULT_BUFFER_LIMIT);
  connection.attach(end(connection), false);
  handler.onData = make(connection);
  return connection;
}

/** `again`: a request is answered; false: no further one. */
export interface Peers {
  client(end: End, again: () => boolean): Connection;
  /** `answers`: asked for each request. */
  host(end: End, answers: () => boolean): Connection;
}

/** Bytes of one message either way, each of which comes in one read. */
function byText(request: string, answer: string, count: (data: Buffer) => number): Peers {
  const ask = Buffer.from(request, 'latin1');
  return {
    client(end, again) {
      const c = speak(end, (connection) => () => {
        if (again()) connection.write(ask);
      });
      c.write(ask);
      return c;
    },
    host: (end, answers) =>
      speak(end, (connection) => (data) => {
        if (answers()) connection.writeLatin1(answer.repeat(count(data)));
      }),
  };
}

export const HTTP1: Peers = byText(
  'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\r\nAccept: */*\r\nX-A: a\r\n\r\n',
  'HTTP/1.1 200 OK\r\nServer: a\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
  () => 1,
);

/** Several clients' commands come in one read. */
export const REDIS: Peers = byText('*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '$5\r\nhello\r\n', (data) => {
  let n = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0x2a) n++;
  return n;
});

/** A gRPC message of 5 bytes. */
const MESSAGE = Buffer.from('\0\0\0\0\x05hello', 'latin1');

/** Unary calls. */
export function grpcPeers(store: Store): Peers {
  const options = http2Options({});
  const stats = new Http2CodecStats(store);
  return {
    client: (end, again) =>
      speak(end, (connection) => {
        const codec = new Http2ClientCodec(
          connection,
          { onGoAway() {}, onMaxStreamsChanged() {}, onStreamComplete() {} },
          options,
          stats,
        );
        const ask = (): void => {
          const h = new Headers();
          h.method = 'POST';
          h.scheme = 'http';
          h.authority = 'a';
          h.path = '/a.B/C';
          h.list = ['content-type', 'application/grpc', 'te', 'trailers', 'user-agent', 'a'];
          const encoder = codec.newStream(new Answer(() => again() && ask()));
          encoder.encodeHeaders(h, false);
          encoder.encodeData(MESSAGE, true);
        };
        ask();
        return (data) => codec.dispatch(data);
      }),
    host: (end, answers) =>
      speak(end, (connection) => {
        const codec = new Http2ServerCodec(
          connection,
          { newStream: (encoder) => new Call(encoder, answers), onGoAway() {} },
          options,
          stats,
        );
        return (data) => codec.dispatch(data);
      }),
  };
}

class Listens implements StreamDecoder {
  on1xx(): void {}
  onHeaders(_headers: Headers, _end: boolean): void {}
  onData(_data: Buffer, _end: boolean): void {}
  onTrailers(): void {}
  onReset(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

class Answer extends Listens {
  private readonly over: () => void;
  constructor(over: () => void) {
    super();
    this.over = over;
  }
  override onTrailers(): void {
    this.over();
  }
}

class Call extends Listens {
  private readonly encoder: StreamEncoder;
  private readonly answers: () => boolean;
  constructor(encoder: StreamEncoder, answers: () => boolean) {
    super();
    this.encoder = encoder;
    this.answers = answers;
  }
  override onData(_data: Buffer, end: boolean): void {
    if (!end || !this.answers()) return;
    const { encoder } = this;
    const h = new Headers();
    h.status = 200;
    h.list = ['content-type', 'application/grpc'];
    encoder.encodeHeaders(h, false);
    encoder.encodeData(MESSAGE, false);
    const trailers = new Headers();
    trailers.list = ['grpc-status', '0'];
    encoder.encodeTrailers(trailers);
  }
}
