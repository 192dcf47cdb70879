/** GETs over HTTP/2, one stream at a time for each lane. */
import { Headers } from '../../src/codec/headers.ts';
import type { StreamDecoder, StreamEncoder } from '../../src/codec/http.ts';
import { answerLength } from '../backends/http1.ts';
import { type Lanes, type Link, lanesOn } from './http2.ts';
import type { Job } from './job.ts';
import type { Lane, Pacer } from './pacer.ts';

class Http2Lane implements Lane, StreamDecoder {
  began = Number.NaN;
  readonly size = 1;
  private readonly pacer: Pacer;
  private readonly link: Link;
  private readonly headers = new Headers();
  private readonly want: number;
  private encoder: StreamEncoder | null = null;
  private status = 0;
  private received = 0;

  constructor(pacer: Pacer, link: Link, job: Job) {
    this.pacer = pacer;
    this.link = link;
    this.want = answerLength(job.what, job.bodyBytes);
    const { headers } = this;
    headers.method = 'GET';
    headers.scheme = job.tls === true ? 'https' : 'http';
    headers.authority = 'bench.local';
    headers.path = job.what;
    headers.list = ['user-agent', 'envoylet-bench'];
  }

  send(): void {
    this.status = 0;
    this.received = 0;
    this.encoder = this.link.get().newStream(this);
    this.encoder.encodeHeaders(this.headers, true);
  }

  onHeaders(headers: Headers, end: boolean): void {
    this.status = headers.status;
    if (end) this.ended();
  }
  onData(data: Buffer, end: boolean): void {
    this.received += data.length;
    if (end) this.ended();
  }
  onTrailers(): void {
    this.ended();
  }
  onReset(): void {
    if (this.encoder === null) return;
    this.encoder = null;
    this.pacer.failed(this);
  }

  private ended(): void {
    this.encoder = null;
    if (this.status === 200 && (this.want < 0 || this.received === this.want)) this.pacer.done(this);
    else this.pacer.failed(this);
  }

  on1xx(): void {}
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

export function http2Lanes(pacer: Pacer, job: Job): Lanes {
  return lanesOn(job, (link) => new Http2Lane(pacer, link, job));
}
