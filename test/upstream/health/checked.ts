/** A cluster of one host that is checked, and a script of what the host does at each check. For the tests of this directory. */
import type { Cluster as ClusterMessage, CoreHealthCheck as HealthCheck } from '../../../src/config/schema/types.ts';
import { healthCheckTypes } from '../../../src/server/health-checks.ts';
import { Store } from '../../../src/stats/store.ts';
import type { Cluster } from '../../../src/upstream/cluster.ts';
import { flagNames } from '../../../src/upstream/health/health-flags.ts';
import { cluster, type Peer, Upstream, until } from '../../http/proxy.ts';
import { TestClusters } from '../clusters.ts';

/** Often, and no answer is no answer before a test's own time is over. */
export const QUICK: HealthCheck = {
  timeout: 60_000,
  interval: 10,
  noTrafficInterval: 10,
  unhealthyThreshold: 2,
  healthyThreshold: 2,
};

export const HTTP: HealthCheck = { ...QUICK, httpHealthCheck: { path: '/hc' } };

/** What the host does with a check: bytes to send, or what it does with the connection. */
export type Act = string | ((peer: Peer) => void);
export const CLOSE: Act = (p) => p.close();
export const status = (code: number, more = ''): string => `HTTP/1.1 ${code} X\r\n${more}content-length: 0\r\n\r\n`;

/** `ends`: how a check is known to be whole. */
export class Checked {
  readonly store: Store;
  readonly clusters: TestClusters;
  readonly upstream: Upstream;
  /** Flags of the host when the check of this index came, and at the end. */
  readonly flags: string[];
  readonly requests: string[];

  private constructor(store: Store, clusters: TestClusters, upstream: Upstream, flags: string[], requests: string[]) {
    this.store = store;
    this.clusters = clusters;
    this.upstream = upstream;
    this.flags = flags;
    this.requests = requests;
  }

  /** Plays all of the script; after it the host answers no more. */
  static async play(
    check: HealthCheck,
    script: readonly Act[],
    more: Partial<ClusterMessage> = {},
    ends: (text: string) => boolean = (text) => text.includes('\r\n\r\n'),
  ): Promise<Checked> {
    const flags: string[] = [];
    const requests: string[] = [];
    const store = new Store();
    const clusters = new TestClusters(store, { healthChecks: healthCheckTypes });
    const current = (): string => flagNames((clusters.get('u') as Cluster).hosts[0].health);
    const upstream = await Upstream.start((peer) => {
      peer.socket.on('data', () => {
        if (!ends(peer.text)) return;
        flags.push(current());
        requests.push(peer.text);
        peer.text = '';
        const act = script[requests.length - 1];
        if (typeof act === 'string') peer.send(act);
        else act?.(peer);
      });
    });
    const config = cluster('u', [upstream.port], { healthChecks: [check], ...more });
    try {
      await clusters.control.prepare([config]);
      clusters.loadStatic([config]);
    } catch (error) {
      upstream.stop();
      throw error;
    }
    const ready = clusters.initialize();
    if (script.length > 0) await ready;
    await until(() => requests.length === script.length + 1);
    return new Checked(store, clusters, upstream, flags, requests);
  }

  get cluster(): Cluster {
    return this.clusters.get('u') as Cluster;
  }
  counters(...names: string[]): number[] {
    return names.map((name) => this.store.counter(`cluster.u.health_check.${name}`).value);
  }
  gauge(name: string): number {
    return this.store.gauge(`cluster.u.${name}`).value;
  }
  stop(): void {
    this.clusters.shutdown();
    this.upstream.stop();
  }
}
