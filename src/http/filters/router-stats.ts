/**
 * Response counts of a cluster: `upstream_rq_<code>`, `upstream_rq_<n>xx`, `upstream_rq_completed`, `upstream_rq_time`, and their copies under
 * `internal.`, `external.` and `canary.`. Made at the first response of each code, as Envoy does (source/common/http/codes.cc).
 */
import type { Counter, Histogram, Scope } from '../../stats/store.ts';
import type { Cluster } from '../../upstream/types.ts';

class CodeCounters {
  private readonly scope: Scope;
  private readonly codes: (Counter | undefined)[] = [];
  private readonly classes: (Counter | undefined)[] = [];
  private completed: Counter | null = null;
  private time: Histogram | null = null;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  count(status: number): void {
    this.completed ??= this.scope.counter('upstream_rq_completed');
    this.completed.inc();
    // Codes are the upstream's choice: three digits, so at most 900 counters.
    if (status < 100 || status > 999) return;
    let code = this.codes[status];
    if (code === undefined) {
      code = this.scope.counter(`upstream_rq_${status}`);
      this.codes[status] = code;
    }
    code.inc();
    const n = (status / 100) | 0;
    let cls = this.classes[n];
    if (cls === undefined) {
      cls = this.scope.counter(n <= 5 ? `upstream_rq_${n}xx` : 'upstream_rq_unknown');
      this.classes[n] = cls;
    }
    cls.inc();
  }

  recordTime(ms: number): void {
    this.time ??= this.scope.histogram('upstream_rq_time', 'ms');
    this.time.record(ms);
  }
}

export class ClusterResponseStats {
  private readonly all: CodeCounters;
  private readonly internal: CodeCounters;
  private readonly external: CodeCounters;

  constructor(cluster: Cluster) {
    const scope = cluster.stats.scope;
    this.all = new CodeCounters(scope);
    this.internal = new CodeCounters(scope.scope('internal.'));
    this.external = new CodeCounters(scope.scope('external.'));
  }

  count(status: number, internal: boolean): void {
    this.all.count(status);
    (internal ? this.internal : this.external).count(status);
  }

  recordTime(ms: number, internal: boolean): void {
    this.all.recordTime(ms);
    (internal ? this.internal : this.external).recordTime(ms);
  }
}
