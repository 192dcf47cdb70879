/**
 * Entries on their way to an access log service: gathered, sent in one message when there are enough or the time has come, and dropped when the
 * service takes none. Requests never wait for it. Mirrors extensions/access_loggers/common/grpc_access_logger.h.
 */

import { Headers } from '../codec/headers.ts';
import type { CommonGrpcAccessLogConfig } from '../config/schema/types.ts';
import type { FactoryContext, LocalInfo } from '../extension/context.ts';
import type { FormatInfo } from '../format/format-context.ts';
import { nodeMessage } from '../grpc/node-message.ts';
import { type GrpcServiceClient, grpcService } from '../grpc/service.ts';
import { methodOf, StandingStream } from '../grpc/standing-stream.ts';
import { WireWriter } from '../grpc/wire-writer.ts';
import { heldMemory } from '../platform/held-memory.ts';
import type { Counter } from '../stats/store.ts';
import { Timer } from '../transport/timers.ts';
import type { ClusterLookup } from '../upstream/cluster-ref.ts';

const METHOD = '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs';
const METHOD_V2 = '/envoy.service.accesslog.v2.AccessLogService/StreamAccessLogs';
/** ms; CommonGrpcAccessLogConfig.buffer_flush_interval. */
export const DEFAULT_FLUSH_INTERVAL_MS = 1000;
/** CommonGrpcAccessLogConfig.buffer_size_bytes. */
export const DEFAULT_BUFFER_BYTES = 16_384;
/** What may wait where buffer_size_bytes is 0, and of TCP entries: Envoy has no limit there (docs/behaviour.md, H95). */
export const MAX_HELD_BYTES = 1024 * 1024;

export type EntryKind = 'http' | 'tcp';
/** Fields of StreamAccessLogsMessage. */
const LOGS_FIELD: Readonly<Record<EntryKind, number>> = { http: 2, tcp: 3 };

class Stats {
  readonly written: Counter;
  readonly dropped: Counter;
  readonly flushed: Counter;
  readonly flushFailed: Counter;
  constructor(ctx: FactoryContext) {
    const scope = ctx.store.scope('access_logs.grpc_access_log.');
    this.written = scope.counter('logs_written');
    this.dropped = scope.counter('logs_dropped');
    this.flushed = scope.counter('grpc_entries_flushed');
    this.flushFailed = scope.counter('grpc_entries_flush_failed');
  }
}

export class EntryStream {
  private readonly kind: EntryKind;
  private readonly stream: StandingStream;
  private readonly bufferBytes: number;
  private readonly limit: number;
  private readonly intervalMs: number;
  private readonly stats: Stats;
  private readonly timer: Timer;
  private readonly writer = new WireWriter();
  private entries: Buffer[] = [];
  private bytes = 0;

  constructor(
    config: CommonGrpcAccessLogConfig,
    kind: EntryKind,
    service: GrpcServiceClient,
    ctx: FactoryContext,
    identifier: Buffer,
  ) {
    this.kind = kind;
    const { metadata } = service;
    this.stream = new StandingStream(service, methodOf(config, ctx.envoy16, METHOD, METHOD_V2), identifier, {
      metadata: metadata === null ? null : (h) => metadata(h, NO_INFO, NO_REQUEST),
    });
    this.bufferBytes = config.bufferSizeBytes ?? DEFAULT_BUFFER_BYTES;
    this.limit =
      kind === 'tcp' || this.bufferBytes === 0 ? Math.max(MAX_HELD_BYTES, this.bufferBytes) : this.bufferBytes;
    this.intervalMs = config.bufferFlushInterval ?? DEFAULT_FLUSH_INTERVAL_MS;
    this.stats = new Stats(ctx);
    this.timer = new Timer(() => this.onTimer());
  }

  /** `write`: the entry. It is not asked for where there is no room. */
  log(write: (w: WireWriter) => void): void {
    if (this.bytes >= this.limit) this.flush();
    if (this.bytes >= this.limit) {
      this.stats.dropped.inc();
      return;
    }
    if (this.kind === 'http') this.stats.written.inc();
    write(this.writer);
    const entry = this.writer.finish();
    this.entries.push(entry);
    this.bytes += entry.length;
    heldMemory.add(entry.length);
    if (this.bytes >= this.bufferBytes) this.flush();
    if (this.entries.length > 0 && !this.timer.armed) this.timer.arm(this.intervalMs);
  }

  private onTimer(): void {
    this.flush();
    if (this.entries.length > 0) this.timer.arm(this.intervalMs);
  }

  /** What has been gathered goes, or stays where the service does not take it. */
  private flush(): void {
    const n = this.entries.length;
    if (n === 0) return;
    const state = this.stream.state();
    if (state === 'absent') {
      // As in Envoy: there is nobody to keep them for.
      this.take();
      this.stats.flushFailed.add(n);
      return;
    }
    if (state === 'full') return;
    const w = new WireWriter();
    const at = w.begin(LOGS_FIELD[this.kind]);
    for (const entry of this.take()) w.bytesField(1, entry);
    w.end(at);
    this.stats.flushed.add(n);
    this.stream.send(w.finish());
  }

  private take(): readonly Buffer[] {
    const { entries } = this;
    heldMemory.add(-this.bytes);
    this.entries = [];
    this.bytes = 0;
    return entries;
  }
}

const NO_REQUEST = new Headers();
/** A stream to the service is for nobody's request. */
const NO_INFO: FormatInfo = {
  protocol: null,
  streamId: '',
  startMs: 0,
  requestEndMs: -1,
  connection: null,
  flags: 0,
  flagNames: '',
  longFlagNames: '',
  details: '',
  responseCode: 0,
  route: null,
  cluster: null,
  upstream: null,
  upstreamHost: null,
  tries: null,
  attempts: 0,
  virtualClusterName: '',
  transportFailure: '',
  bytesReceived: 0,
  bytesSent: 0,
  timings: null,
  meters: null,
  dynamicMetadata: () => undefined,
  filterState: () => undefined,
};

/** One stream for all loggers of an event loop that are configured alike (GrpcAccessLoggerCache). */
const streams = new WeakMap<ClusterLookup, Map<string, Promise<EntryStream>>>();

export function entryStream(
  config: CommonGrpcAccessLogConfig,
  kind: EntryKind,
  ctx: FactoryContext,
): Promise<EntryStream> {
  let known = streams.get(ctx.clusters);
  if (known === undefined) {
    known = new Map();
    streams.set(ctx.clusters, known);
  }
  const key = kind + JSON.stringify(config, (_, v: unknown) => (v instanceof Map ? [...v] : v));
  let stream = known.get(key);
  if (stream === undefined) {
    stream = make(config, kind, ctx);
    known.set(key, stream);
    stream.catch(() => known.delete(key));
  }
  return stream;
}

async function make(config: CommonGrpcAccessLogConfig, kind: EntryKind, ctx: FactoryContext): Promise<EntryStream> {
  const { grpcService: service = {}, grpcStreamRetryPolicy: retryPolicy } = config;
  const client = await grpcService(retryPolicy === undefined ? service : { ...service, retryPolicy }, ctx);
  return new EntryStream(config, kind, client, ctx, await identifierOf(config.logName ?? '', ctx.localInfo));
}

/** StreamAccessLogsMessage.Identifier: who we are, and the log's name. */
async function identifierOf(logName: string, info: LocalInfo): Promise<Buffer> {
  const w = new WireWriter();
  w.bytesField(1, await nodeMessage(info));
  w.string(2, logName);
  return w.finish();
}
