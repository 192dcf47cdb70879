/** Requests made straight at a pool, without a router; and the pool of a one-host cluster. For the tests of this directory. */
import { Headers } from '../../../src/codec/headers.ts';
import type { ResetReason, StreamDecoder, StreamEncoder } from '../../../src/codec/http.ts';
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { Store } from '../../../src/stats/store.ts';
import type { Host } from '../../../src/upstream/host.ts';
import type { ActiveClient } from '../../../src/upstream/pools/active-client.ts';
import { poolsOf } from '../../../src/upstream/pools/host-pools.ts';
import { HTTP1, HTTP2 } from '../../../src/upstream/pools/pool-protocol.ts';
import type { PendingStream, PoolCallbacks, ProtocolPool } from '../../../src/upstream/pools/protocol-pool.ts';
import { cluster, until } from '../../http/proxy.ts';
import { TestClusters } from '../clusters.ts';

export class Request implements StreamDecoder, PoolCallbacks {
  /** What happened, in order. */
  readonly log: string[] = [];
  encoder: StreamEncoder | null = null;
  client: ActiveClient | null = null;
  pending: PendingStream | null = null;
  body = '';
  done = false;
  failed = '';
  private readonly headers: Headers;
  private readonly end: boolean;

  constructor(path = '/', end = true, method = 'GET') {
    this.headers = new Headers();
    this.headers.method = method;
    this.headers.path = path;
    this.headers.authority = 'a';
    this.headers.scheme = 'http';
    this.end = end;
  }
  start(pool: ProtocolPool): this {
    this.pending = pool.newStream(this, this);
    return this;
  }
  onPoolReady(encoder: StreamEncoder, client: ActiveClient): void {
    this.log.push('ready');
    this.encoder = encoder;
    this.client = client;
    encoder.encodeHeaders(this.headers, this.end);
  }
  onPoolFailure(reason: ResetReason, detail: string): void {
    this.log.push(`failed: ${reason}`);
    this.failed = `${reason} ${detail}`.trim();
    this.done = true;
  }
  on1xx(h: Headers): void {
    this.log.push(String(h.status));
  }
  onHeaders(h: Headers, end: boolean): void {
    this.log.push(String(h.status));
    this.done ||= end;
  }
  onData(d: Buffer, end: boolean): void {
    this.body += d.toString('latin1');
    this.done ||= end;
  }
  onTrailers(): void {
    this.done = true;
  }
  onReset(reason: ResetReason): void {
    this.log.push(`reset: ${reason}`);
    this.done = true;
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}

  async ready(): Promise<this> {
    await until(() => this.encoder !== null || this.done);
    return this;
  }
  async over(): Promise<this> {
    await until(() => this.done);
    return this;
  }
}

export class Rig {
  readonly store = new Store();
  readonly manager = new TestClusters(this.store);
  host!: Host;
  pool!: ProtocolPool;

  static async start(port: number, http2: boolean, more: Partial<ClusterMessage> = {}): Promise<Rig> {
    const r = new Rig();
    r.manager.loadStatic([cluster('u', [port], more)]);
    await r.manager.initialize();
    r.host = r.manager.get('u')!.hosts[0];
    r.pool = poolsOf(r.host).get(http2 ? HTTP2 : HTTP1, 0)!;
    return r;
  }

  /** `cluster.u.<name>` */
  value(name: string): number {
    const scope = this.store.scope('cluster.u.');
    return /_active$|_open$/.test(name) ? scope.gauge(name).value : scope.counter(name).value;
  }
  values(...names: string[]): Record<string, number> {
    return Object.fromEntries(names.map((n) => [n, this.value(n)]));
  }

  /** Nothing is open, waiting or leaked, here or in the host's numbers and the circuit breakers. */
  idle(): Record<string, number> {
    const r = this.host.cluster.resources[0];
    const s = this.host.stats;
    return {
      ...this.values('upstream_rq_active', 'upstream_rq_pending_active'),
      rqActive: s.rqActive,
      rqPendingActive: s.rqPendingActive,
      pending: r.pending.count,
      requests: r.requests.count,
      connectionsMatch:
        Number(r.connections.count === this.value('upstream_cx_active') && s.cxActive === r.connections.count) - 1,
    };
  }

  stop(): void {
    this.manager.shutdown();
  }
}

export const NOTHING = {
  upstream_rq_active: 0,
  upstream_rq_pending_active: 0,
  rqActive: 0,
  rqPendingActive: 0,
  pending: 0,
  requests: 0,
  connectionsMatch: 0,
};
