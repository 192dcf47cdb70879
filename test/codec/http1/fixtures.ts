/** Recorders for codec tests: what was written, and what the other side of the codec was told. */

import { Headers } from '../../../src/codec/headers.ts';
import { CodecError, type StreamDecoder, type StreamEncoder } from '../../../src/codec/http.ts';
import { Http1ClientCodec } from '../../../src/codec/http1/client.ts';
import { Http1ServerCodec } from '../../../src/codec/http1/server.ts';
import { type Http1Output, type Http1Settings, http1Settings } from '../../../src/codec/http1/settings.ts';
import { LENT_BYTES } from '../../../src/platform/lent.ts';

/** As the transport lends it: the memory of a small chunk is used again after the call. */
function lend(bytes: string | Buffer, dispatch: (chunk: Buffer) => void): void {
  const chunk = Buffer.from(bytes as string, 'latin1');
  try {
    dispatch(chunk);
  } finally {
    if (chunk.length <= LENT_BYTES) chunk.fill('!');
  }
}

export class TestOutput implements Http1Output {
  text = '';
  disabled = 0;
  ended = false;
  bufferedBytes = 0;
  write(data: Buffer): void {
    this.text += data.toString('latin1');
  }
  writeLatin1(data: string): void {
    this.text += data;
  }
  readDisable(disable: boolean): void {
    this.disabled += disable ? 1 : -1;
    if (this.disabled < 0) throw new Error('readDisable(false) without true');
  }
  end(): void {
    this.ended = true;
  }
  /** Everything written since the last call. */
  take(): string {
    const text = this.text;
    this.text = '';
    return text;
  }
}

/** One received message, told as text so that expectations are easy to read. */
export class TestStream implements StreamDecoder {
  headers: Headers | null = null;
  interim: Headers[] = [];
  private data: Buffer[] = [];
  pieces = 0;
  trailers: Headers | null = null;
  ended = false;
  reset = '';
  above = 0;
  onEvent: () => void = () => {};

  on1xx(headers: Headers): void {
    this.interim.push(headers);
  }
  onHeaders(headers: Headers, endStream: boolean): void {
    if (this.headers !== null) throw new Error('headers twice');
    this.headers = headers;
    this.finish(endStream);
  }
  onData(data: Buffer, endStream: boolean): void {
    if (this.ended) throw new Error('data after the end');
    this.data.push(data);
    this.pieces++;
    this.finish(endStream);
  }
  onTrailers(trailers: Headers): void {
    this.trailers = trailers;
    this.finish(true);
  }
  /** Read late: what was kept of a lent chunk would be spoiled by now. */
  get body(): string {
    return Buffer.concat(this.data).toString('latin1');
  }
  private finish(end: boolean): void {
    if (end && this.ended) throw new Error('two ends');
    if (end) this.ended = true;
    this.onEvent();
  }
  onReset(reason: string): void {
    this.reset = reason;
  }
  onAboveWriteBuffer(): void {
    this.above++;
  }
  onBelowWriteBuffer(): void {
    this.above--;
  }
  /** `GET /path host=a x=1 | body |end` */
  summary(): string {
    const h = this.headers;
    if (h === null) return this.reset === '' ? 'head incomplete' : `reset ${this.reset}`;
    const fields: string[] = [];
    for (let i = 0; i < h.list.length; i += 2) fields.push(`${h.list[i]}=${h.list[i + 1]}`);
    const start = h.status > 0 ? `${h.status}` : `${h.method} ${h.path} ${h.authority}`;
    const trailers = this.trailers === null ? '' : ` trailers ${this.trailers.list.join('=')}`;
    return `${start} [${fields.join(' ')}] ${JSON.stringify(this.body)}${trailers}${this.ended ? ' end' : ''}`;
  }
}

export class TestServer {
  out = new TestOutput();
  streams: TestStream[] = [];
  encoders: StreamEncoder[] = [];
  codec: Http1ServerCodec;
  error: CodecError | null = null;
  /** Called when a request is complete. */
  respond: ((stream: TestStream, encoder: StreamEncoder) => void) | null = null;

  constructor(changes: Partial<Http1Settings> = {}) {
    this.codec = new Http1ServerCodec(
      this.out,
      {
        newStream: (encoder) => {
          const stream = new TestStream();
          this.streams.push(stream);
          this.encoders.push(encoder);
          stream.onEvent = () => {
            if (stream.ended) this.respond?.(stream, encoder);
          };
          return stream;
        },
        onGoAway: () => {},
        onHeldInput: () => this.feed(''),
      },
      http1Settings(changes),
    );
  }

  /** Dispatch; a CodecError is kept in `error`. */
  feed(bytes: string | Buffer): this {
    try {
      lend(bytes, (chunk) => this.codec.dispatch(chunk));
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      this.error = e;
    }
    return this;
  }
  get summaries(): string[] {
    return this.streams.map((s) => s.summary());
  }
}

export class TestClient {
  out = new TestOutput();
  codec: Http1ClientCodec;
  error: CodecError | null = null;
  completed = 0;
  goAways = 0;

  constructor(changes: Partial<Http1Settings> = {}) {
    this.codec = new Http1ClientCodec(
      this.out,
      {
        onGoAway: () => {
          this.goAways++;
        },
        onMaxStreamsChanged: () => {},
        onStreamComplete: () => {
          this.completed++;
        },
      },
      http1Settings(changes),
    );
  }
  feed(bytes: string | Buffer): this {
    try {
      lend(bytes, (chunk) => this.codec.dispatch(chunk));
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      this.error = e;
    }
    return this;
  }
  endInput(): void {
    try {
      this.codec.onEndOfInput();
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      this.error = e;
    }
  }
  /** Start a request; the stream records the response. */
  request(headers: Headers, end = true): { stream: TestStream; encoder: StreamEncoder } {
    const stream = new TestStream();
    const encoder = this.codec.newStream(stream);
    encoder.encodeHeaders(headers, end);
    return { stream, encoder };
  }
}

export function request(method: string, path: string, ...list: string[]): Headers {
  const h = new Headers();
  h.method = method;
  h.path = path;
  h.authority = 'a';
  h.scheme = 'http';
  h.list = list;
  return h;
}

export function response(status: number, ...list: string[]): Headers {
  const h = new Headers();
  h.status = status;
  h.list = list;
  return h;
}
