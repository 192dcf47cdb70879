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

/** What is asked and answered, in turn. `count`: requests that begin in what was read. `isAnswer`: one begins there. */
function byText(
  requests: readonly string[],
  answers: readonly string[],
  count: (data: Buffer) => number,
  isAnswer: (data: Buffer) => boolean,
): Peers {
  const asks = requests.map((text) => Buffer.from(text, 'latin1'));
  return {
    client(end, again) {
      let turn = 0;
      const ask = (): void => c.write(asks[turn++ % asks.length]);
      const c = speak(end, () => (data) => {
        if (isAnswer(data) && again()) ask();
      });
      ask();
      return c;
    },
    host: (end, answer) =>
      speak(end, (connection) => {
        let turn = 0;
        return (data) => {
          let text = '';
          for (let n = count(data); n > 0; n--) text += answers[turn++ % answers.length];
          if (text !== '' && answer()) connection.writeLatin1(text);
        };
      }),
  };
}

const OK = 'HTTP/1.1 200 OK\r\nServer: a\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n';

/** As curl, a browser, a program that posts and the plainest one ask; as nginx and programs answer. */
export const HTTP1: Peers = byText(
  [
    'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\r\nAccept: */*\r\nX-A: a\r\n\r\n',
    'GET /a?b=c HTTP/1.1\r\nHost: a:80\r\nConnection: keep-alive\r\nUser-Agent: a\r\nAccept-Encoding: gzip\r\nCookie: a=b\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    `${OK}Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello`,
    `${OK}Content-Type: text/plain\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello`,
    `${OK}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n`,
  ],
  (data) => (data.includes('HTTP/1.1') ? 1 : 0),
  (data) => data.includes('HTTP/1.1'),
);

/** Several clients' commands come in one read. */
export const REDIS: Peers = byText(
  ['*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nhello\r\n'],
  ['$5\r\nhello\r\n', '+OK\r\n'],
  (data) => {
    let n = 0;
    for (let i = 0; i < data.length; i++) if (data[i] === 0x2a) n++;
    return n;
  },
  () => true,
);

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
