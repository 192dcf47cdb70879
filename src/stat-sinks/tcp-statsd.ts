/**
 * Statsd over TCP through a cluster: one connection, which the next line opens anew when it has ended. What more than MAX_BUFFERED_BYTES wait
 * for ends the connection (`statsd.cx_overflow`). Mirrors TcpStatsdSink (source/extensions/stat_sinks/common/statsd/statsd.cc).
 */
import type { Counter } from '../stats/store.ts';
import type { Connection } from '../transport/connection.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { ClusterRef } from '../upstream/cluster-ref.ts';
import type { Host } from '../upstream/host.ts';
import { closed, closeWithHost } from '../upstream/host-connections.ts';
import type { SinkContext, SinkMetric, Snapshot, StatsSink } from './sink.ts';
import { StatsdLines } from './statsd-lines.ts';

/** Bytes that may wait for a receiver; Envoy's MAX_BUFFERED_STATS_BYTES. */
export const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
/** Bytes a write; Envoy's FLUSH_SLICE_SIZE_BYTES. */
const WRITE_BYTES = 16 * 1024;

export function tcpStatsd(clusterName: string, prefix: string, ctx: SinkContext): StatsSink {
  const overflow = ctx.store.counter('statsd.cx_overflow');
  return new TcpStatsd(new StatsdLines(prefix, null), ctx.clusters.ref(clusterName), overflow, ctx.failures);
}

class TcpStatsd implements StatsSink {
  private readonly lines: StatsdLines;
  private readonly cluster: ClusterRef;
  private readonly overflow: Counter;
  private readonly failures: Counter;
  private link: Link | null = null;
  private over = false;

  constructor(lines: StatsdLines, cluster: ClusterRef, overflow: Counter, failures: Counter) {
    this.lines = lines;
    this.cluster = cluster;
    this.overflow = overflow;
    this.failures = failures;
  }

  readonly sample = (metric: SinkMetric, value: number): void => {
    this.write(`${this.lines.line(metric, value, 'ms')}\n`);
  };

  *flush(snapshot: Snapshot): Generator<null, void> {
    let gathered = '';
    for (const line of this.lines.of(snapshot)) {
      gathered += `${line}\n`;
      if (gathered.length < WRITE_BYTES) continue;
      this.write(gathered);
      gathered = '';
      yield null;
    }
    if (gathered !== '') this.write(gathered);
  }

  private write(text: string): void {
    if (this.over) return;
    if (this.link !== null && this.link.conn.bufferedBytes > MAX_BUFFERED_BYTES) {
      this.overflow.inc();
      this.link.conn.close('noFlush');
      return;
    }
    this.link ??= this.connect();
    if (this.link === null) {
      this.failures.inc();
      return;
    }
    this.link.conn.write(Buffer.from(text, 'utf8'));
  }

  private connect(): Link | null {
    const cluster = this.cluster.current;
    if (cluster === null) return null;
    const host = cluster.chooseHost(null);
    if (host === null) return null;
    return new Link(host, (link, connected) => {
      if (!connected) this.failures.inc();
      if (this.link === link) this.link = null;
    });
  }

  close(): void {
    this.over = true;
    this.link?.conn.close('flush');
  }
}

/** One connection, which counts as none of the cluster's, as in Envoy. What the receiver says is not read. */
class Link implements ConnectionHandler {
  readonly conn: Connection;
  private readonly host: Host;
  private readonly onOver: (link: Link, connected: boolean) => void;
  private connected = false;

  constructor(host: Host, onOver: (link: Link, connected: boolean) => void) {
    this.host = host;
    this.onOver = onOver;
    this.conn = host.connect(this);
    this.conn.stats = host.cluster.stats.bytes;
    if (host.cluster.config.closeConnectionsOnHostHealthFailure === true) closeWithHost(host, this.conn);
  }

  onConnected(): void {
    this.connected = true;
  }
  onData(): void {}
  onEnd(): void {
    this.conn.close('noFlush');
  }
  onClose(): void {
    closed(this.host, this.conn);
    this.onOver(this, this.connected);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
