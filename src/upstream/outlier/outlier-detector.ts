/**
 * Outlier detection of one cluster: which hosts are ejected for what event loops have seen of them, and when they come back. It runs in the
 * control plane alone. Mirrors DetectorImpl (source/common/upstream/outlier_detection_impl.cc).
 */
import { clockMs } from '../../platform/clock.ts';
import type { Counter, Gauge, Scope } from '../../stats/store.ts';
import { Timer } from '../../transport/timers.ts';
import type { Cluster } from '../cluster.ts';
import type { ConsecutiveError } from '../cluster-report.ts';
import { DEGRADED_OUTLIER_DETECTION, FAILED_OUTLIER_CHECK } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import type { Random } from '../load-balancers/load-balancer.ts';
import { ejectLine, type OutlierEventSink, unejectLine } from './outlier-events.ts';
import type { OutlierCounts } from './outlier-monitor.ts';
import { OutlierMonitor } from './outlier-monitor.ts';
import type { OutlierSettings, OutlierType } from './outlier-settings.ts';

/** Statistic of each type behind `ejections_detected_` and `ejections_enforced_`. */
const NAMES: Readonly<Record<OutlierType, string>> = {
  CONSECUTIVE_5XX: 'consecutive_5xx',
  CONSECUTIVE_GATEWAY_FAILURE: 'consecutive_gateway_failure',
  CONSECUTIVE_LOCAL_ORIGIN_FAILURE: 'consecutive_local_origin_failure',
  SUCCESS_RATE: 'success_rate',
  SUCCESS_RATE_LOCAL_ORIGIN: 'local_origin_success_rate',
  FAILURE_PERCENTAGE: 'failure_percentage',
  FAILURE_PERCENTAGE_LOCAL_ORIGIN: 'local_origin_failure_percentage',
};
const TYPES = Object.keys(NAMES) as OutlierType[];

/** `cluster.<name>.outlier_detection.` */
class OutlierStats {
  readonly active: Gauge;
  readonly overflow: Counter;
  readonly enforcedTotal: Counter;
  readonly detectedDegradation: Counter;
  readonly detected: Readonly<Record<OutlierType, Counter>>;
  readonly enforced: Readonly<Record<OutlierType, Counter>>;
  /** Deprecated ones. */
  readonly total: Counter;
  readonly consecutive5xx: Counter;
  readonly successRate: Counter;

  constructor(cluster: Scope) {
    const s = cluster.scope('outlier_detection.');
    const each = (prefix: string): Record<OutlierType, Counter> =>
      Object.fromEntries(TYPES.map((type) => [type, s.counter(`${prefix}${NAMES[type]}`)])) as Record<
        OutlierType,
        Counter
      >;
    this.active = s.gauge('ejections_active');
    this.overflow = s.counter('ejections_overflow');
    this.enforcedTotal = s.counter('ejections_enforced_total');
    this.detectedDegradation = s.counter('ejections_detected_degradation');
    this.detected = each('ejections_detected_');
    this.enforced = each('ejections_enforced_');
    this.total = s.counter('ejections_total');
    this.consecutive5xx = s.counter('ejections_consecutive_5xx');
    this.successRate = s.counter('ejections_success_rate');
  }
}

/** Who asked for the detection. */
export interface OutlierOwner {
  /** Bits of the host are other ones. `failure`: the one that means that it is used no more. */
  healthChanged(host: Host, failure: number): void;
}

const NEVER = -1;

/** What is remembered of one host. Times are clockMs(), -1 for never. */
class HostRecord {
  readonly host: Host;
  ejections = 0;
  /** base_ejection_time that many times. */
  backoff = 0;
  jitterMs = 0;
  ejectedAt = NEVER;
  unejectedAt = NEVER;
  degradedAt = NEVER;
  degradedBackoff = 0;
  /** Of this interval: requests and successes by whose fault they would have failed. */
  total = 0;
  success = 0;
  localTotal = 0;
  localSuccess = 0;

  constructor(host: Host) {
    this.host = host;
  }
  get ejected(): boolean {
    return (this.host.health & FAILED_OUTLIER_CHECK) !== 0;
  }
  add(c: OutlierCounts): void {
    this.total += c.total;
    this.success += c.success;
    this.localTotal += c.localTotal;
    this.localSuccess += c.localSuccess;
  }
}

export class OutlierDetector {
  private readonly settings: OutlierSettings;
  private readonly owner: OutlierOwner;
  private readonly random: Random;
  private readonly events: OutlierEventSink | null;
  private readonly stats: OutlierStats;
  private readonly numbers: OutlierNumbers;
  private readonly records = new Map<number, HostRecord>();
  private readonly timer = new Timer(() => this.sweep());
  private readonly now: () => number;

  /** `events`: null where nothing is logged. */
  constructor(
    settings: OutlierSettings,
    cluster: Cluster,
    owner: OutlierOwner,
    random: Random,
    events: OutlierEventSink | null,
    now: () => number = clockMs,
  ) {
    this.settings = settings;
    this.owner = owner;
    this.random = random;
    this.events = events;
    this.now = now;
    this.stats = new OutlierStats(cluster.info.scope);
    this.numbers = { average: -1, threshold: -1, localAverage: -1, localThreshold: -1 };
    cluster.info.outlierNumbers = this.numbers;
    this.timer.arm(settings.intervalMs);
  }

  /** These are the cluster's hosts from now on. */
  setHosts(hosts: readonly Host[]): void {
    const gone = new Set(this.records.keys());
    for (const host of hosts) {
      if (!gone.delete(host.id)) this.records.set(host.id, new HostRecord(host));
    }
    for (const id of gone) {
      if (this.records.get(id)?.ejected) this.stats.active.dec();
      this.records.delete(id);
    }
  }

  stop(): void {
    this.timer.cancel();
    for (const r of this.records.values()) if (r.ejected) this.stats.active.dec();
    this.records.clear();
  }

  /** An event loop has seen as many errors in a row as it takes. */
  errors(hostId: number, type: ConsecutiveError): void {
    const r = this.records.get(hostId);
    if (r === undefined || r.ejected) return;
    this.stats.detected[type].inc();
    this.eject(r, type, NO_RATES);
    if (type === 'CONSECUTIVE_5XX') this.stats.consecutive5xx.inc();
  }

  /** What another event loop has counted. */
  counts(hosts: readonly (readonly [id: number, counts: OutlierCounts])[]): void {
    for (const [id, counts] of hosts) this.records.get(id)?.add(counts);
  }

  /** The host has passed an active check. */
  passedCheck(host: Host): void {
    const r = this.records.get(host.id);
    if (r?.ejected && this.settings.unejectsByHealthCheck) this.uneject(r);
  }

  /** The host has said in an answer that it is degraded: it is used when others do not suffice. */
  degraded(hostId: number): void {
    const r = this.records.get(hostId);
    if (r === undefined || r.ejected || (r.host.health & DEGRADED_OUTLIER_DETECTION) !== 0) return;
    this.stats.detectedDegradation.inc();
    r.degradedAt = this.now();
    r.degradedBackoff = this.longer(r.degradedBackoff);
    r.host.setHealth(r.host.health | DEGRADED_OUTLIER_DETECTION);
    this.owner.healthChanged(r.host, FAILED_OUTLIER_CHECK);
    this.events?.write(ejectLine(r, 'DEGRADED', true, this.since(r.unejectedAt), NO_RATES));
  }

  private longer(backoff: number): number {
    const { baseEjectionMs: base, maxEjectionMs: max } = this.settings;
    return backoff * base < max + base ? backoff + 1 : backoff;
  }

  private eject(r: HostRecord, type: OutlierType, rates: typeof NO_RATES): void {
    const { settings, stats } = this;
    const percent = (100 * (stats.active.value + 1)) / this.records.size;
    const one = settings.alwaysEjectOneHost && stats.active.value === 0;
    if (percent > settings.maxEjectionPercent && !one) {
      stats.overflow.inc();
      return;
    }
    if (type === 'CONSECUTIVE_5XX' || type === 'SUCCESS_RATE') stats.total.inc();
    const enforced = this.random() % 100 < settings.enforcing[type];
    if (enforced) {
      stats.active.inc();
      stats.enforcedTotal.inc();
      stats.enforced[type].inc();
      r.ejections++;
      r.ejectedAt = this.now();
      r.jitterMs = this.random() % (settings.maxEjectionJitterMs + 1);
      r.backoff = this.longer(r.backoff);
      r.host.setHealth(r.host.health | FAILED_OUTLIER_CHECK);
      this.owner.healthChanged(r.host, FAILED_OUTLIER_CHECK);
    }
    this.events?.write(ejectLine(r, type, enforced, this.since(r.unejectedAt), rates));
  }

  private uneject(r: HostRecord): void {
    this.stats.active.dec();
    r.unejectedAt = this.now();
    r.host.setHealth(r.host.health & ~FAILED_OUTLIER_CHECK);
    this.owner.healthChanged(r.host, FAILED_OUTLIER_CHECK);
    this.events?.write(unejectLine(r, this.since(r.ejectedAt)));
  }

  private since(time: number): number | null {
    return time === NEVER ? null : Math.floor((this.now() - time) / 1000);
  }

  /** Once an interval: who comes back, and who did worse than the others. */
  sweep(): void {
    this.timer.arm(this.settings.intervalMs);
    const now = this.now();
    for (const r of this.records.values()) {
      this.comeBack(r, now);
      const monitor = monitorOf(r);
      const counts = monitor?.take() ?? null;
      if (counts !== null) r.add(counts);
      if (monitor !== null) {
        monitor.successRate = -1;
        monitor.localOriginSuccessRate = -1;
      }
    }
    this.judgeRates(false);
    this.judgeRates(true);
    for (const r of this.records.values()) {
      r.total = 0;
      r.success = 0;
      r.localTotal = 0;
      r.localSuccess = 0;
      // Who did well for an interval is trusted a little more.
      const well = !r.ejected && r.unejectedAt !== NEVER && now - r.unejectedAt >= this.settings.intervalMs;
      if (well && r.backoff > 0) r.backoff--;
    }
  }

  private comeBack(r: HostRecord, now: number): void {
    const { baseEjectionMs, maxEjectionMs } = this.settings;
    if (r.ejected && Math.min(baseEjectionMs * r.backoff, maxEjectionMs) + r.jitterMs <= now - r.ejectedAt) {
      this.uneject(r);
    }
    if ((r.host.health & DEGRADED_OUTLIER_DETECTION) === 0) return;
    if (Math.min(baseEjectionMs * r.degradedBackoff, maxEjectionMs) > now - r.degradedAt) return;
    r.host.setHealth(r.host.health & ~DEGRADED_OUTLIER_DETECTION);
    this.owner.healthChanged(r.host, FAILED_OUTLIER_CHECK);
    this.events?.write(unejectLine(r, this.since(r.ejectedAt)));
  }

  /** By how many of their requests hosts have failed in this interval. */
  private judgeRates(local: boolean): void {
    const s = this.settings;
    this.setNumbers(local, -1, -1);
    if (this.records.size < s.successRateMinimumHosts && this.records.size < s.failurePercentageMinimumHosts) return;
    const forRate: Rated[] = [];
    const forPercentage: Rated[] = [];
    for (const r of this.records.values()) {
      if (r.ejected) continue;
      const total = local ? r.localTotal : r.total;
      if (total === 0) continue;
      const rate = ((local ? r.localSuccess : r.success) * 100) / total;
      if (total >= Math.min(s.successRateRequestVolume, s.failurePercentageRequestVolume)) showRate(r, local, rate);
      if (total >= s.successRateRequestVolume) forRate.push({ r, rate });
      if (total >= s.failurePercentageRequestVolume) forPercentage.push({ r, rate });
    }
    if (forRate.length > 0 && forRate.length >= s.successRateMinimumHosts) this.judgeByDeviation(forRate, local);
    if (forPercentage.length > 0 && forPercentage.length >= s.failurePercentageMinimumHosts) {
      const type = local ? 'FAILURE_PERCENTAGE_LOCAL_ORIGIN' : 'FAILURE_PERCENTAGE';
      for (const { r, rate } of forPercentage) {
        if (100 - rate < s.failurePercentageThreshold) continue;
        this.stats.detected[type].inc();
        this.ejectUnlessEjected(r, type, { ...NO_RATES, host: rate });
      }
    }
  }

  /** Far below the average: more than so many standard deviations. */
  private judgeByDeviation(hosts: readonly Rated[], local: boolean): void {
    let sum = 0;
    for (const { rate } of hosts) sum += rate;
    const average = sum / hosts.length;
    let variance = 0;
    for (const { rate } of hosts) variance += (rate - average) ** 2;
    const threshold = average - this.settings.successRateStdevFactor * Math.sqrt(variance / hosts.length);
    this.setNumbers(local, average, threshold);
    const type = local ? 'SUCCESS_RATE_LOCAL_ORIGIN' : 'SUCCESS_RATE';
    for (const { r, rate } of hosts) {
      if (rate >= threshold) continue;
      this.stats.successRate.inc();
      this.stats.detected[type].inc();
      this.ejectUnlessEjected(r, type, { host: rate, average, threshold });
    }
  }

  /** One that was ejected a moment ago for something else is not ejected twice. */
  private ejectUnlessEjected(r: HostRecord, type: OutlierType, rates: typeof NO_RATES): void {
    if (!r.ejected) this.eject(r, type, rates);
  }

  private setNumbers(local: boolean, average: number, threshold: number): void {
    if (local) {
      this.numbers.localAverage = average;
      this.numbers.localThreshold = threshold;
    } else {
      this.numbers.average = average;
      this.numbers.threshold = threshold;
    }
  }
}

/** Of the last interval, for /clusters; -1: there were too few hosts. */
export interface OutlierNumbers {
  average: number;
  threshold: number;
  localAverage: number;
  localThreshold: number;
}

interface Rated {
  readonly r: HostRecord;
  readonly rate: number;
}

const NO_RATES = { host: -1, average: -1, threshold: -1 };

function monitorOf(r: HostRecord): OutlierMonitor | null {
  return r.host.monitor instanceof OutlierMonitor ? r.host.monitor : null;
}

function showRate(r: HostRecord, local: boolean, rate: number): void {
  const monitor = monitorOf(r);
  if (monitor === null) return;
  if (local) monitor.localOriginSuccessRate = rate;
  else monitor.successRate = rate;
}
