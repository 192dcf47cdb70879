// Who is ejected for what, for how long, and what is counted and logged of it: as real Envoy 1.40 did with the same results.
import t from 'tap';
import type { OutlierDetection } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { Store } from '../../../src/stats/store.ts';
import type { Cluster } from '../../../src/upstream/cluster.ts';
import { ClusterManager } from '../../../src/upstream/cluster-manager.ts';
import type { ClusterReport } from '../../../src/upstream/cluster-report.ts';
import { flagNames } from '../../../src/upstream/health/health-flags.ts';
import {
  EXT_ORIGIN_REQUEST_FAILED,
  EXT_ORIGIN_REQUEST_SUCCESS,
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS,
  LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL,
  LOCAL_ORIGIN_TIMEOUT,
} from '../../../src/upstream/outlier/host-monitor.ts';
import { OutlierDetector } from '../../../src/upstream/outlier/outlier-detector.ts';
import { outlierSettings } from '../../../src/upstream/outlier/outlier-settings.ts';
import { cluster, TestProxy, Upstream } from '../../http/proxy.ts';
import { TestClusters } from '../clusters.ts';
import { endpoint, setHosts } from '../hosts.ts';

for (const name of ['upstream', 'config']) logger(name).level = 6;

/** A cluster with detection, and a clock that is the test's. */
class Rig {
  readonly store = new Store();
  readonly cluster: Cluster;
  readonly detector: OutlierDetector;
  readonly lines: string[] = [];
  readonly told: number[] = [];
  now = 1_000_000;
  random = 0;

  constructor(t: Test, config: OutlierDetection, hosts = 1) {
    const manager = new ClusterManager(this.store);
    const detection = { interval: 3_600_000, maxEjectionPercent: 100, ...config };
    this.cluster = manager.compile({ name: 'c', outlierDetection: detection }, false);
    this.detector = new OutlierDetector(
      outlierSettings(detection),
      this.cluster,
      { healthChanged: (host) => this.told.push(host.id) },
      () => this.random,
      { write: (line) => this.lines.push(line) },
      () => this.now,
    );
    manager.report = (r: ClusterReport) => {
      if (r.kind === 'errors') this.detector.errors(r.host, r.type);
    };
    setHosts(this.cluster, ...Array.from({ length: hosts }, (_, i) => endpoint(i + 1)));
    this.detector.setHosts(this.cluster.hosts);
    t.teardown(() => this.detector.stop());
  }
  statuses(host: number, ...statuses: number[]): this {
    for (const s of statuses) this.cluster.hosts[host].monitor.putStatus(s);
    return this;
  }
  results(host: number, ...results: (0 | 1 | 2 | 3 | 4 | 5)[]): this {
    for (const r of results) this.cluster.hosts[host].monitor.putResult(r, 1);
    return this;
  }
  get flags(): string[] {
    return this.cluster.hosts.map((h) => flagNames(h.health));
  }
  stat(name: string): number {
    const full = `cluster.c.outlier_detection.${name}`;
    return name === 'ejections_active' ? this.store.gauge(full).value : this.store.counter(full).value;
  }
  after(ms: number): this {
    this.now += ms;
    this.detector.sweep();
    return this;
  }
}
type Test = { teardown(fn: () => unknown): void };

const OUT = '/failed_outlier_check';
const times = (n: number, status: number): number[] => new Array(n).fill(status);

t.test('consecutive_5xx: as many in a row, then out', async (t) => {
  const r = new Rig(t, {}).statuses(0, ...times(4, 500), 200, ...times(4, 500));
  t.same(r.flags, ['healthy']);
  r.statuses(0, 599);
  t.same(r.flags, [OUT]);
  t.same(r.told, [1]);
  for (const [name, n] of Object.entries({
    ejections_active: 1,
    ejections_total: 1,
    ejections_enforced_total: 1,
    ejections_consecutive_5xx: 1,
    ejections_detected_consecutive_5xx: 1,
    ejections_enforced_consecutive_5xx: 1,
    ejections_detected_consecutive_gateway_failure: 0,
    ejections_overflow: 0,
  })) {
    t.equal(r.stat(name), n, name);
  }
  t.match(
    r.lines[0],
    /^\{"type":"CONSECUTIVE_5XX","timestamp":"[^"]*","cluster_name":"c","upstream_url":"127.0.0.1:1","action":"EJECT","num_ejections":1,"enforced":true,"eject_consecutive_event":\{\}\}\n$/,
  );
  r.statuses(0, ...times(10, 500));
  t.equal(r.stat('ejections_detected_consecutive_5xx'), 1, 'who is out is not ejected again');
});

t.test('gateway failures are 502, 503 and 504; they are detected, but not ejected unless asked for', async (t) => {
  const shown = new Rig(t, { consecutiveGatewayFailure: 3 }).statuses(0, 500, 502, 503, 504);
  t.same(shown.flags, ['healthy']);
  t.equal(shown.stat('ejections_detected_consecutive_gateway_failure'), 1);
  t.match(shown.lines[0], /"num_ejections":0,"enforced":false/);
  const enforced = { consecutiveGatewayFailure: 3, enforcingConsecutiveGatewayFailure: 100 };
  t.same(new Rig(t, enforced).statuses(0, 500, 502, 503, 504).flags, [OUT]);
  t.same(new Rig(t, enforced).statuses(0, 502, 503, 500, 504, 502).flags, [OUT], 'five of them are 5xx too');
  t.same(new Rig(t, { ...enforced, consecutive5xx: 0 }).statuses(0, ...times(9, 500)).flags, ['healthy'], '0 is never');
});

t.test(
  'what happens on our way to a host counts as 5xx, or apart with split_external_local_origin_errors',
  async (t) => {
    const failed = [LOCAL_ORIGIN_CONNECT_FAILED, LOCAL_ORIGIN_TIMEOUT] as const;
    const joined = new Rig(t, { consecutive5xx: 3 }).results(0, ...failed, EXT_ORIGIN_REQUEST_FAILED);
    t.same(joined.flags, [OUT]);
    t.equal(joined.stat('ejections_detected_consecutive_5xx'), 1);
    const connected = new Rig(t, { consecutive5xx: 3 }).results(0, ...failed, LOCAL_ORIGIN_CONNECT_SUCCESS, failed[0]);
    t.same(connected.flags, [OUT], 'a connection alone is no success');
    const bytes = new Rig(t, { consecutive5xx: 3 }).results(
      0,
      ...failed,
      LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL,
      failed[0],
    );
    t.same(bytes.flags, ['healthy'], 'of a TCP session it is');
    const split = { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailure: 3, consecutive5xx: 3 };
    const apart = new Rig(t, split)
      .results(0, ...failed)
      .statuses(0, 500, 500)
      .results(0, failed[0]);
    t.same(apart.flags, [OUT]);
    t.equal(apart.stat('ejections_enforced_consecutive_local_origin_failure'), 1);
    t.equal(apart.stat('ejections_detected_consecutive_5xx'), 0);
    const reset = new Rig(t, split).results(0, ...failed, LOCAL_ORIGIN_CONNECT_SUCCESS, failed[0]);
    t.same(reset.flags, ['healthy']);
    t.same(new Rig(t, split).statuses(0, 500, 500, 500).flags, [OUT]);
    const redis = new Rig(t, split).results(0, EXT_ORIGIN_REQUEST_FAILED, EXT_ORIGIN_REQUEST_FAILED);
    t.same(redis.results(0, EXT_ORIGIN_REQUEST_SUCCESS, EXT_ORIGIN_REQUEST_FAILED).flags, ['healthy']);
  },
);

t.test('max_ejection_percent and always_eject_one_host', async (t) => {
  const r = new Rig(t, { consecutive5xx: 1, maxEjectionPercent: 50 }, 4);
  for (const host of [0, 1, 2]) r.statuses(host, 500);
  t.same(r.flags, [OUT, OUT, 'healthy', 'healthy']);
  t.equal(r.stat('ejections_overflow'), 1);
  const none = new Rig(t, { consecutive5xx: 1, maxEjectionPercent: 10 }, 2).statuses(0, 500);
  t.same(none.flags, ['healthy', 'healthy'], 'as since 1.24: not even one');
  const one = new Rig(t, { consecutive5xx: 1, maxEjectionPercent: 10, alwaysEjectOneHost: true }, 2);
  t.same(one.statuses(0, 500).statuses(1, 500).flags, [OUT, 'healthy']);
  // A host that goes takes its ejection along.
  setHosts(one.cluster, endpoint(2));
  one.detector.setHosts(one.cluster.hosts);
  t.equal(one.stat('ejections_active'), 0);
});

t.test('enforcing_consecutive_5xx: of so many in a hundred', async (t) => {
  const r = new Rig(t, { consecutive5xx: 1, enforcingConsecutive5xx: 30 });
  r.random = 130;
  t.same(r.statuses(0, 500).flags, ['healthy']);
  r.random = 129;
  t.same(r.statuses(0, 500).flags, [OUT]);
});

t.test(
  'an ejection lasts longer each time, up to max_ejection_time, and shorter again after good intervals',
  async (t) => {
    const config = { consecutive5xx: 1, interval: 3_600_000, baseEjectionTime: 10_000, maxEjectionTime: 25_000 };
    const r = new Rig(t, config);
    const lasts = (): number => {
      r.statuses(0, 500);
      let ms = 0;
      while (r.flags[0] === OUT) {
        r.after(1000);
        ms += 1000;
      }
      return ms;
    };
    t.same([lasts(), lasts(), lasts(), lasts()], [10_000, 20_000, 25_000, 25_000]);
    t.match(
      r.lines.at(-1),
      /"type":"CONSECUTIVE_5XX".*"secs_since_last_action":"25",.*"action":"UNEJECT","num_ejections":4,"enforced":false\}/,
    );
    // One interval and a bit later, time after time.
    for (let i = 0; i < 4; i++) r.after(3_600_000);
    t.equal(lasts(), 10_000);
    const jitter = new Rig(t, { ...config, maxEjectionTimeJitter: 5000 });
    jitter.random = 3000;
    jitter.statuses(0, 500);
    t.same(jitter.after(12_999).flags, [OUT]);
    t.same(jitter.after(1).flags, ['healthy']);
  },
);

t.test('what a host did before it came back does not count against it', async (t) => {
  const r = new Rig(t, { consecutive5xx: 3, baseEjectionTime: 1000 }).statuses(0, 500, 500, 500, 500, 500);
  t.same(r.after(1000).flags, ['healthy']);
  t.same(r.statuses(0, 500, 500).flags, ['healthy']);
  t.same(r.statuses(0, 500).flags, [OUT]);
});

t.test('failure_percentage', async (t) => {
  const config = {
    consecutive5xx: 100,
    failurePercentageMinimumHosts: 2,
    failurePercentageRequestVolume: 4,
    failurePercentageThreshold: 50,
    enforcingFailurePercentage: 100,
  };
  const r = new Rig(t, config, 3);
  r.statuses(0, 500, 200, 500, 200).statuses(1, 500, 200, 200, 200).statuses(2, 500, 500, 500);
  r.after(1);
  t.same(r.flags, [OUT, 'healthy', 'healthy'], 'the third one had too few');
  t.match(r.lines[0], /"type":"FAILURE_PERCENTAGE".*"eject_failure_percentage_event":\{"host_success_rate":50\}/);
  t.same(
    r.cluster.hosts.map((h) => h.monitor.successRate),
    [50, 75, -1],
  );
  r.after(1);
  t.same(
    r.cluster.hosts.map((h) => h.monitor.successRate),
    [-1, -1, -1],
    'of the last interval',
  );
  const shown = new Rig(t, { ...config, enforcingFailurePercentage: 0 }, 2).statuses(0, ...times(4, 500));
  t.same(shown.statuses(1, ...times(4, 200)).after(1).flags, ['healthy', 'healthy']);
  t.equal(shown.stat('ejections_detected_failure_percentage'), 1);
  t.equal(shown.stat('ejections_enforced_total'), 0);
});

t.test('success_rate: below the others by so many deviations', async (t) => {
  const config = {
    consecutive5xx: 100,
    successRateMinimumHosts: 5,
    successRateRequestVolume: 10,
    successRateStdevFactor: 1900,
  };
  const r = new Rig(t, config, 5);
  for (const host of [1, 2, 3, 4]) r.statuses(host, ...times(10, 200));
  r.statuses(0, ...times(5, 200), ...times(5, 500)).after(1);
  t.same(r.flags[0], OUT);
  t.match(
    r.lines[0],
    /"eject_success_rate_event":\{"host_success_rate":50,"cluster_average_success_rate":90,"cluster_success_rate_ejection_threshold":52\}/,
  );
  t.match(r.cluster.info.outlierNumbers, { average: 90, threshold: 52 });
  t.equal(r.stat('ejections_enforced_success_rate'), 1);
  t.equal(r.stat('ejections_success_rate'), 1);
  r.after(1);
  t.match(r.cluster.info.outlierNumbers, { average: -1, threshold: -1 });
  const few = new Rig(t, config, 4);
  for (const host of [1, 2, 3]) few.statuses(host, ...times(10, 200));
  t.same(few.statuses(0, ...times(10, 500)).after(1).flags[0], 'healthy', 'too few hosts');
});

t.test('success_rate of what happens on our way, with the split', async (t) => {
  const config = {
    splitExternalLocalOriginErrors: true,
    consecutiveLocalOriginFailure: 100,
    successRateMinimumHosts: 2,
    successRateRequestVolume: 2,
    successRateStdevFactor: 500,
  };
  const r = new Rig(t, config, 3).results(0, LOCAL_ORIGIN_CONNECT_FAILED, LOCAL_ORIGIN_CONNECT_FAILED);
  for (const host of [1, 2]) r.results(host, LOCAL_ORIGIN_CONNECT_SUCCESS, LOCAL_ORIGIN_CONNECT_SUCCESS);
  t.same(r.after(1).flags, [OUT, 'healthy', 'healthy']);
  t.equal(r.stat('ejections_enforced_local_origin_success_rate'), 1);
});

t.test('what other event loops have counted counts', async (t) => {
  const config = {
    failurePercentageMinimumHosts: 1,
    failurePercentageRequestVolume: 10,
    enforcingFailurePercentage: 100,
    consecutive5xx: 100,
  };
  const r = new Rig(t, config).statuses(0, ...times(5, 500));
  r.detector.counts([
    [1, { total: 5, success: 0, localTotal: 0, localSuccess: 0 }],
    [77, { total: 5, success: 0, localTotal: 0, localSuccess: 0 }],
  ]);
  t.same(r.after(1).flags, [OUT]);
});

t.test('detect_degraded_hosts: degraded for base_ejection_time', async (t) => {
  const r = new Rig(t, { detectDegradedHosts: true, baseEjectionTime: 1000 });
  r.detector.degraded(1);
  r.detector.degraded(1);
  t.same(r.flags, ['/degraded_outlier_detection']);
  t.equal(r.stat('ejections_detected_degradation'), 1);
  t.equal(r.stat('ejections_active'), 0);
  t.match(
    r.lines[0],
    /"type":"DEGRADED".*"action":"EJECT","num_ejections":0,"enforced":true,"eject_consecutive_event":\{\}/,
  );
  t.same(r.after(1000).flags, ['healthy']);
  t.match(
    r.lines[1],
    /"type":"CONSECUTIVE_5XX","timestamp":"[^"]*","cluster_name":"c".*"action":"UNEJECT","num_ejections":0/,
  );
});

t.test('a host that passes an active check comes back, unless that is switched off', async (t) => {
  const r = new Rig(t, { consecutive5xx: 1 }).statuses(0, 500);
  r.detector.passedCheck(r.cluster.hosts[0]);
  t.same(r.flags, ['healthy']);
  const off = new Rig(t, { consecutive5xx: 1, successfulActiveHealthCheckUnejectHost: false }).statuses(0, 500);
  off.detector.passedCheck(off.cluster.hosts[0]);
  t.same(off.flags, [OUT]);
});

t.test('times that contradict each other are refused as in Envoy', async (t) => {
  t.throws(() => outlierSettings({ baseEjectionTime: 2000, maxEjectionTime: 1000 }), {
    message: "outlier detector's max_ejection_time cannot be smaller than base_ejection_time",
  });
});

t.test('requests no longer go to an ejected host, and its connections go; x-envoy-degraded is heard', async (t) => {
  const answer = (code: number, more = ''): string => `HTTP/1.1 ${code} X\r\n${more}content-length: 0\r\n\r\n`;
  const bad = await Upstream.start((p) => p.socket.on('data', () => p.send(answer(500))));
  const good = await Upstream.start((p) => p.socket.on('data', () => p.send(answer(200, 'x-envoy-degraded: 1\r\n'))));
  const outlierDetection = { consecutive5xx: 2, maxEjectionPercent: 50, detectDegradedHosts: true };
  const proxy = await TestProxy.start({ clusters: [cluster('u', [bad.port, good.port], { outlierDetection })] });
  t.teardown(() => {
    proxy.stop();
    bad.stop();
    good.stop();
  });
  const client = proxy.connect();
  t.teardown(() => client.close());
  const statuses: string[] = [];
  for (let i = 0; i < 10; i++) {
    client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    statuses.push((await client.message()).start.split(' ')[1]);
  }
  t.equal(statuses.filter((s) => s === '500').length, 2);
  t.same(
    proxy.engine.clusters.get('u')!.hosts.map((h) => flagNames(h.health)),
    [OUT, '/degraded_outlier_detection'],
  );
  t.equal(bad.accepted[0].ended, true);
});

t.test('a cluster with detection and checks: prepare() loads both', async (t) => {
  const clusters = new TestClusters(new Store());
  const config = cluster('u', [1], { outlierDetection: {} });
  t.throws(() => clusters.loadStatic([config]), /prepare\(\) comes first/);
  await clusters.control.prepare([config]);
  clusters.loadStatic([config]);
  t.teardown(() => clusters.shutdown());
  t.ok(clusters.get('u'));
});
