/** What the generator process is asked to do, and what it says; plain data, it travels over Node's IPC. */
import type { ProcessDelta } from '../measure/process.ts';
import type { Percentiles } from './histogram.ts';

export type JobKind =
  | 'http1'
  | 'http1-new'
  | 'http2'
  | 'grpc-unary'
  | 'grpc-server-stream'
  | 'grpc-bidi'
  | 'redis'
  | 'tcp-stream'
  | 'idle'
  | 'idle-grpc';

export interface Job {
  kind: JobKind;
  port: number;
  /** Over TLS. */
  tls?: boolean;
  /** Connections. */
  connections: number;
  /** HTTP/2 and gRPC: streams per connection; Redis: commands per batch. */
  depth: number;
  /** HTTP: path; Redis: get, set or mget; idle connections of Redis: ping. */
  what: string;
  /** Bytes of the request's body, of a gRPC message (0: 100) or of the Redis value. */
  bodyBytes: number;
  /** Requests per second; 0 = closed loop. */
  rate: number;
  warmup: number;
  seconds: number;
  /** Process to sample at both ends of the window; 0 = none. */
  pid: number;
}

export interface JobResult {
  requests: number;
  errors: number;
  seconds: number;
  latency: Percentiles | null;
  /** ms the generator was late at worst, and requests that were due and never sent; open loop only. */
  lateMs: number;
  unsent: number;
  /** Of the proxy, between both ends of the window. */
  used: ProcessDelta | null;
}
