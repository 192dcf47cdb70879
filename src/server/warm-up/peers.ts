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
import { frame } from '../../grpc/frames.ts';
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

/** What is asked and answered, in turn. `asked`, `answered`: how many of them begin in what was read. */
function byText(
  requests: readonly string[],
  answers: readonly string[],
  asked: (data: Buffer) => number,
  answered: (data: Buffer) => number,
): Peers {
  const asks = requests.map((text) => Buffer.from(text, 'latin1'));
  return {
    client(end, again) {
      let turn = 0;
      const ask = (): void => c.write(asks[turn++ % asks.length]);
      const c = speak(end, () => (data) => {
        if (answered(data) > 0 && again()) ask();
      });
      ask();
      return c;
    },
    host: (end, answer) =>
      speak(end, (connection) => {
        let turn = 0;
        return (data) => {
          let text = '';
          for (let n = asked(data); n > 0; n--) text += answers[turn++ % answers.length];
          if (text !== '' && answer()) connection.writeLatin1(text);
        };
      }),
  };
}

const OK = 'HTTP/1.1 200 OK\r\nServer: a\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n';

const heads = (data: Buffer): number => (data.includes('HTTP/1.1') ? 1 : 0);

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
  heads,
  heads,
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
  () => 1,
);

interface Part {
  readonly type: string;
  readonly metadata: readonly string[];
  /** Each in a frame of its own. */
  readonly messages: readonly Buffer[];
}

const PLAIN = 'application/grpc';
const PROTO = 'application/grpc+proto';
const SHORT = frame(Buffer.alloc(5));
const LONG = frame(Buffer.alloc(300));

/** A plain call, one of a library that says much, and one of several messages, which ends with an empty frame. */
const CALLS: readonly (Part & { readonly path: string })[] = [
  { path: '/a.B/C', type: PLAIN, metadata: [], messages: [SHORT] },
  {
    path: '/a.b.Service/Method',
    type: PROTO,
    metadata: ['grpc-timeout', '10S', 'grpc-accept-encoding', 'identity, gzip', 'authorization', 'Bearer a'],
    messages: [LONG],
  },
  { path: '/a.B/D', type: PLAIN, metadata: ['a-bin', 'YQ=='], messages: [SHORT, LONG, Buffer.alloc(0)] },
];

/** A message, several of them, and an error, which is a head alone. */
const ANSWERS: readonly (Part & { readonly trailers: readonly string[] })[] = [
  { type: PLAIN, metadata: [], messages: [SHORT], trailers: ['grpc-status', '0'] },
  {
    type: PROTO,
    metadata: ['a', 'b'],
    messages: [SHORT, LONG],
    trailers: ['grpc-status', '0', 'grpc-message', '', 'b-bin', 'YQ=='],
  },
  { type: PLAIN, metadata: ['grpc-status', '5', 'grpc-message', 'none'], messages: [], trailers: [] },
];

/** gRPC, one call after another and two at once. */
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
        let turn = 0;
        let open = 0;
        const over = (): void => {
          if (--open === 0 && again()) ask();
        };
        const call = (): void => {
          const { path, type, metadata, messages } = CALLS[turn++ % CALLS.length];
          const h = new Headers();
          h.method = 'POST';
          h.scheme = 'http';
          h.authority = 'a';
          h.path = path;
          h.list = ['content-type', type, 'te', 'trailers', 'user-agent', 'a', ...metadata];
          const encoder = codec.newStream(new Answer(over));
          encoder.encodeHeaders(h, false);
          for (const [i, m] of messages.entries()) encoder.encodeData(m, i === messages.length - 1);
        };
        const ask = (): void => {
          open = turn % 4 === 3 ? 2 : 1;
          for (let n = open; n > 0; n--) call();
        };
        ask();
        return (data) => codec.dispatch(data);
      }),
    host: (end, answers) =>
      speak(end, (connection) => {
        let turn = 0;
        const say = (encoder: StreamEncoder): void => {
          if (answers()) answer(encoder, ANSWERS[turn++ % ANSWERS.length]);
        };
        const codec = new Http2ServerCodec(
          connection,
          { newStream: (encoder) => new Call(encoder, say), onGoAway() {} },
          options,
          stats,
        );
        return (data) => codec.dispatch(data);
      }),
  };
}

function answer(encoder: StreamEncoder, { type, metadata, messages, trailers }: (typeof ANSWERS)[number]): void {
  const h = new Headers();
  h.status = 200;
  h.list = ['content-type', type, ...metadata];
  encoder.encodeHeaders(h, messages.length === 0);
  if (messages.length === 0) return;
  for (const m of messages) encoder.encodeData(m, false);
  const last = new Headers();
  last.list = [...trailers];
  encoder.encodeTrailers(last);
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
  override onHeaders(_headers: Headers, end: boolean): void {
    if (end) this.over();
  }
  override onTrailers(): void {
    this.over();
  }
}

class Call extends Listens {
  private readonly encoder: StreamEncoder;
  private readonly say: (encoder: StreamEncoder) => void;
  constructor(encoder: StreamEncoder, say: (encoder: StreamEncoder) => void) {
    super();
    this.encoder = encoder;
    this.say = say;
  }
  override onData(_data: Buffer, end: boolean): void {
    if (end) this.say(this.encoder);
  }
}
