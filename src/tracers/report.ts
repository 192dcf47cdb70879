/** Spans on their way to a collector, and what becomes of them. Of what the collector answers nothing is kept but its status. */
import type { Headers } from '../codec/headers.ts';
import {
  type AsyncCallbacks,
  type AsyncClient,
  type AsyncStream,
  DEFAULT_MAX_RESPONSE_BYTES,
} from '../upstream/async.ts';
import type { Cluster } from '../upstream/cluster.ts';

/** `status`: of HTTP; 0 for no whole answer. Called once. */
export type ReportEnd = (status: number, headers: Headers | null, trailers: Headers | null) => void;

export class Report implements AsyncCallbacks {
  private readonly end: ReportEnd;
  private stream: AsyncStream | null = null;
  private headers: Headers | null = null;
  private bytes = 0;

  constructor(end: ReportEnd) {
    this.end = end;
  }

  send(client: AsyncClient, cluster: Cluster, head: Headers, body: Buffer, timeoutMs: number): void {
    const stream = client.start(cluster, head, false, { timeoutMs }, this);
    this.stream = stream;
    stream.sendData(body, true);
  }

  onHeaders(headers: Headers, endStream: boolean): void {
    this.headers = headers;
    if (endStream) this.done(null);
  }
  onData(data: Buffer, endStream: boolean): void {
    this.bytes += data.length;
    if (this.bytes > DEFAULT_MAX_RESPONSE_BYTES) {
      this.stream?.cancel();
      this.end(0, null, null);
      return;
    }
    if (endStream) this.done(null);
  }
  onTrailers(trailers: Headers): void {
    this.done(trailers);
  }
  onReset(): void {
    this.end(0, null, null);
  }
  /** All of it has been given already. */
  onPause(): void {}

  private done(trailers: Headers | null): void {
    const headers = this.headers as Headers;
    this.end(headers.status, headers, trailers);
  }
}
