/** The numbers of one redis_proxy: names of ALL_REDIS_PROXY_STATS, ALL_COMMAND_SPLITTER_STATS and ALL_COMMAND_STATS of Envoy 1.16. */
import type { MetricGrid } from '../stats/grid.ts';
import type { Counter, Gauge, Histogram, HistogramUnit, Scope } from '../stats/store.ts';
import type { ByteStats } from '../transport/connection.ts';

const COLUMNS = ['total', 'success', 'error', 'error_fault', 'delay_fault'] as const;
const TOTAL = 0;
const SUCCESS = 1;
const ERROR = 2;
const ERROR_FAULT = 3;
const DELAY_FAULT = 4;
const LATENCY_MS: readonly { name: string; unit: HistogramUnit }[] = [{ name: 'latency', unit: 'ms' }];
const LATENCY_US: readonly { name: string; unit: HistogramUnit }[] = [{ name: 'latency', unit: 'us' }];

export class RedisStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxProtocolError: Counter;
  readonly cxDrainClose: Counter;
  readonly rqTotal: Counter;
  readonly rqActive: Gauge;
  /** Commands before HELLO 3 where RESP3 is what is spoken. */
  readonly rqNoProto: Counter;
  readonly bytes: ByteStats;
  readonly invalidRequest: Counter;
  readonly unsupportedCommand: Counter;
  /** Ours: clients closed because they did not read while others waited for the same upstream connection. */
  readonly cxSlowReaderClose: Counter;
  /** Ours: reading from a client was paused, for it did not read its replies or had too many outstanding. */
  readonly flowControlPaused: Counter;
  /** Ours: copies that were not sent, as too much waited to be written to their host. */
  readonly mirrorAbandoned: Counter;
  private readonly commands: MetricGrid;
  private readonly latencies: (Histogram | null)[];
  private readonly perMs: number;

  /** `root`: the root scope. `commands`: names by number. */
  constructor(root: Scope, statPrefix: string, commands: readonly string[], latencyInMicros: boolean) {
    const scope = root.scope(`redis.${statPrefix}.`);
    this.cxTotal = scope.counter('downstream_cx_total');
    this.cxActive = scope.gauge('downstream_cx_active');
    this.cxProtocolError = scope.counter('downstream_cx_protocol_error');
    this.cxDrainClose = scope.counter('downstream_cx_drain_close');
    this.rqTotal = scope.counter('downstream_rq_total');
    this.rqActive = scope.gauge('downstream_rq_active');
    this.rqNoProto = scope.counter('downstream_rq_noproto');
    this.bytes = {
      rxTotal: scope.counter('downstream_cx_rx_bytes_total'),
      rxBuffered: scope.gauge('downstream_cx_rx_bytes_buffered'),
      txTotal: scope.counter('downstream_cx_tx_bytes_total'),
      txBuffered: scope.gauge('downstream_cx_tx_bytes_buffered'),
    };
    const splitter = scope.scope('splitter.');
    this.invalidRequest = splitter.counter('invalid_request');
    this.unsupportedCommand = splitter.counter('unsupported_command');
    this.mirrorAbandoned = splitter.counter('mirror_abandoned_total');
    this.cxSlowReaderClose = scope.counter('downstream_cx_slow_reader_close');
    this.flowControlPaused = scope.counter('downstream_flow_control_paused_reading_total');
    this.commands = scope.scope('command.').grid(commands, COLUMNS, latencyInMicros ? LATENCY_US : LATENCY_MS);
    this.latencies = new Array(commands.length).fill(null);
    this.perMs = latencyInMicros ? 1000 : 1;
  }

  commandStarted(command: number): void {
    this.commands.inc(command, TOTAL);
  }

  /** `elapsedMs`: since the request was read. */
  commandDone(command: number, success: boolean, elapsedMs: number): void {
    this.commands.inc(command, success ? SUCCESS : ERROR);
    let h = this.latencies[command];
    if (h === null) this.latencies[command] = h = this.commands.histogram(command, 0);
    h.record(elapsedMs * this.perMs);
  }

  /** Answered here: Envoy records no latency. */
  commandAnswered(command: number, success: boolean): void {
    this.commands.inc(command, success ? SUCCESS : ERROR);
  }

  /** Answered with an error by a fault. */
  commandFailed(command: number, elapsedMs: number): void {
    this.commandDone(command, false, elapsedMs);
    this.commands.inc(command, ERROR_FAULT);
  }

  /** Answered late by a fault. */
  commandDelayed(command: number): void {
    this.commands.inc(command, DELAY_FAULT);
  }

  /** Failed before it was sent: Envoy records no latency. */
  commandRefused(command: number): void {
    this.commands.inc(command, ERROR);
  }
}

/** `cluster.<name>.redis_cluster.*`: REDIS_CLUSTER_STATS and what RedisCommandStats keeps (redis_command_stats.cc). */
export class RedisClusterStats {
  readonly upstreamCxDrained: Counter;
  readonly maxUnknownReached: Counter;
  readonly connectionRateLimited: Counter;
  readonly helloFailure: Counter;
  private readonly rqTime: Histogram;
  private readonly commands: MetricGrid | null;
  private readonly latencies: (Histogram | null)[];

  /** `root`: the root scope. */
  constructor(root: Scope, cluster: string, commands: readonly string[], enableCommandStats: boolean) {
    const own = root.scope(`cluster.${cluster}.redis_cluster.`);
    this.upstreamCxDrained = own.counter('upstream_cx_drained');
    this.maxUnknownReached = own.counter('max_upstream_unknown_connections_reached');
    this.connectionRateLimited = own.counter('connection_rate_limited');
    this.helloFailure = own.counter('upstream_resp3_hello_failure');
    const scope = own.scope('upstream_commands.');
    this.rqTime = scope.histogram('upstream_rq_time', 'us');
    this.commands = enableCommandStats ? scope.grid(commands, UPSTREAM_COLUMNS, LATENCY_US) : null;
    this.latencies = new Array(commands.length).fill(null);
  }

  started(command: number): void {
    if (this.commands !== null) this.commands.inc(command, TOTAL);
  }

  done(command: number, success: boolean, elapsedMs: number): void {
    const us = elapsedMs * 1000;
    this.rqTime.record(us);
    const grid = this.commands;
    if (grid === null) return;
    grid.inc(command, success ? SUCCESS : ERROR);
    let h = this.latencies[command];
    if (h === null) this.latencies[command] = h = grid.histogram(command, 0);
    h.record(us);
  }
}
const UPSTREAM_COLUMNS = ['total', 'success', 'failure'] as const;
