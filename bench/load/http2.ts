/**
 * gRPC-shaped HTTP/2 over raw sockets, with this project's own codec (src/codec/http2): node:http2 would cost more than
 * the proxies it is to measure. That both ends share a codec cannot hide a defect: the correctness check before each
 * timing speaks node:http2.
 */
import type { Socket } from 'node:net';
import { Headers } from '../../src/codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { Http2ClientCodec } from '../../src/codec/http2/client-codec.ts';
import { http2Options } from '../../src/codec/http2/options.ts';
import { Http2CodecStats } from '../../src/codec/http2/stats.ts';
import { Store } from '../../src/stats/store.ts';
import { TurnOutput } from '../backends/turn-output.ts';
import type { Job } from './job.ts';
import type { Lane, Pacer } from './pacer.ts';
import { connectTo, type Target } from './socket.ts';

/** Messages of one server stream, or of one bidirectional stream before it ends and another begins. */
export const STREAM_MESSAGES = 100;
/** Bytes of a message without gRPC's prefix, where the job says none. */
export const MESSAGE_BYTES = 100;
/** Those of a job's messages. */
export const messageBytes = ({ bodyBytes }: Pick<Job, 'bodyBytes'>): number =>
  bodyBytes === 0 ? MESSAGE_BYTES : bodyBytes;
/** gRPC's: a flag and a length. */
const PREFIX_BYTES = 5;

const OPTIONS = http2Options({ maxConcurrentStreams: 100_000 });
const STATS = new Http2CodecStats(new Store());

/** One gRPC message of so many bytes, and its prefix. */
export function message(bytes: number): Buffer {
  const b = Buffer.alloc(PREFIX_BYTES + bytes, 'x');
  b[0] = 0;
  b.writeUInt32BE(bytes, 1);
  return b;
}

/** One connection, opened again when it was lost. */
export class Link {
  private readonly target: Target;
  private codec: Http2ClientCodec | null = null;
  private socket: Socket | null = null;
  constructor(target: Target) {
    this.target = target;
  }

  get(): Http2ClientCodec {
    if (this.codec?.reusable) return this.codec;
    const socket = connectTo(this.target, 'h2');
    const out = new TurnOutput(socket);
    const codec = new Http2ClientCodec(
      out,
      { onGoAway() {}, onMaxStreamsChanged() {}, onStreamComplete() {} },
      OPTIONS,
      STATS,
    );
    this.socket = socket;
    this.codec = codec;
    socket.on('data', (chunk: Buffer) => {
      try {
        codec.dispatch(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.codec === codec) this.codec = null;
      codec.onConnectionClosed('connection termination', '');
    });
    return codec;
  }

  get open(): boolean {
    return this.codec?.reusable === true && this.socket?.readyState === 'open';
  }

  close(): void {
    this.socket?.destroy();
  }
}

/** One stream at a time. */
export class GrpcLane implements Lane, StreamDecoder {
  began = Number.NaN;
  readonly size: number;
  private readonly pacer: Pacer;
  private readonly link: Link;
  private readonly path: string;
  private readonly bidi: boolean;
  private readonly message: Buffer;
  private encoder: StreamEncoder | null = null;
  private received = 0;
  private sent = 0;
  private status = 0;

  constructor(pacer: Pacer, link: Link, job: Job) {
    this.pacer = pacer;
    this.link = link;
    this.bidi = job.kind === 'grpc-bidi';
    this.size = job.kind === 'grpc-server-stream' ? STREAM_MESSAGES : 1;
    this.path = job.what;
    this.message = message(messageBytes(job));
  }

  send(): void {
    if (this.encoder === null) {
      this.received = 0;
      this.sent = 0;
      this.status = 0;
      const h = new Headers();
      h.method = 'POST';
      h.scheme = 'http';
      h.authority = 'bench.local';
      h.path = this.path;
      h.list = ['content-type', 'application/grpc', 'te', 'trailers', 'user-agent', 'envoylet-bench'];
      this.encoder = this.link.get().newStream(this);
      this.encoder.encodeHeaders(h, false);
    }
    this.sent++;
    this.encoder.encodeData(this.message, !this.bidi);
  }

  onHeaders(headers: Headers, end: boolean): void {
    this.status = headers.status;
    if (end || headers.status !== 200) this.broken();
  }

  onData(data: Buffer, end: boolean): void {
    this.received += data.length;
    if (end) {
      this.broken();
      return;
    }
    if (!this.bidi || this.received !== this.sent * this.message.length) return;
    if (this.sent === STREAM_MESSAGES) {
      // The last message's round is over with the trailers.
      this.encoder?.encodeData(Buffer.alloc(0), true);
      return;
    }
    this.pacer.done(this);
  }

  onTrailers(trailers: Headers): void {
    const want = (this.bidi ? this.sent : this.size) * this.message.length;
    const ok = this.status === 200 && this.received === want && trailers.get('grpc-status') === '0';
    this.encoder = null;
    if (ok) this.pacer.done(this);
    else this.pacer.failed(this);
  }

  onReset(): void {
    if (this.encoder === null) return;
    this.encoder = null;
    this.pacer.failed(this);
  }

  private broken(): void {
    const encoder = this.encoder;
    if (encoder === null) return;
    this.encoder = null;
    encoder.reset('local reset');
    this.pacer.failed(this);
  }

  on1xx(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

export interface Lanes {
  lanes: Lane[];
  close(): void;
}

/** `depth` lanes on each connection. */
export function lanesOn(job: Job, make: (link: Link) => Lane): Lanes {
  const links = Array.from({ length: job.connections }, () => new Link(job));
  const lanes = links.flatMap((link) => Array.from({ length: job.depth }, () => make(link)));
  return {
    lanes,
    close: () => {
      for (const link of links) link.close();
    },
  };
}

export function grpcLanes(pacer: Pacer, job: Job): Lanes {
  return lanesOn(job, (link) => new GrpcLane(pacer, link, job));
}
