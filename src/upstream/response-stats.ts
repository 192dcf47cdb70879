/**
 * Response counts of a cluster: `upstream_rq_<code>`, `upstream_rq_<n>xx`, `upstream_rq_completed`, `upstream_rq_time`, and their copies under
 * `internal.`, `external.` and `canary.`. Made at the first response of each code, as Envoy does (source/common/http/codes.cc).
 */
import type { Counter, Histogram, Scope } from '../stats/store.ts';

/** What counts the answers to one request. */
export interface ResponseCounts {
  /** `canary`: the host is one, or says `x-envoy-upstream-canary: true`. */
  count(status: number, internal: boolean, canary: boolean): void;
  /** ms from the request's end to the response's. */
  recordTime(ms: number, internal: boolean, canary: boolean): void;
}

export class CodeCounters {
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
    // Codes are the upstream's choice: 500 names and one for all others, which has no class (codes.cc, upstreamRqStatName).
    const known = status >= 100 && status < 600;
    const slot = known ? status : 0;
    let code = this.codes[slot];
    if (code === undefined) {
      code = this.scope.counter(known ? `upstream_rq_${status}` : 'upstream_rq_unknown');
      this.codes[slot] = code;
    }
    code.inc();
    if (!known) return;
    const n = (status / 100) | 0;
    let cls = this.classes[n];
    if (cls === undefined) {
      cls = this.scope.counter(`upstream_rq_${n}xx`);
      this.classes[n] = cls;
    }
    cls.inc();
  }

  recordTime(ms: number): void {
    this.time ??= this.scope.histogram('upstream_rq_time', 'ms');
    this.time.record(ms);
  }
}

export class ResponseStats implements ResponseCounts {
  private readonly all: CodeCounters;
  private readonly internal: CodeCounters;
  private readonly external: CodeCounters;
  private readonly scope: Scope;
  private canary: CodeCounters | null = null;
  private retry: CodeCounters | null = null;

  /** `scope`: `cluster.<name>.` */
  constructor(scope: Scope) {
    this.scope = scope;
    this.all = new CodeCounters(scope);
    this.internal = new CodeCounters(scope.scope('internal.'));
    this.external = new CodeCounters(scope.scope('external.'));
  }

  /** `canary`: the host is one, or says `x-envoy-upstream-canary: true`. */
  count(status: number, internal: boolean, canary: boolean): void {
    this.all.count(status);
    (internal ? this.internal : this.external).count(status);
    if (canary) this.canaries().count(status);
  }

  recordTime(ms: number, internal: boolean, canary: boolean): void {
    this.all.recordTime(ms);
    (internal ? this.internal : this.external).recordTime(ms);
    if (canary) this.canaries().recordTime(ms);
  }

  /** An answer that the client does not get, as another try follows (`retry.`). */
  countRetry(status: number): void {
    this.retry ??= new CodeCounters(this.scope.scope('retry.'));
    this.retry.count(status);
  }

  private canaries(): CodeCounters {
    this.canary ??= new CodeCounters(this.scope.scope('canary.'));
    return this.canary;
  }
}
