/**
 * virtual_clusters: what is counted of a virtual host's requests by what they are, under `vhost.<name>.vcluster.<name>.`, beside what is counted of
 * the cluster they go to. Role of VirtualClusterEntry and catchAllVirtualCluster (source/common/router/config_impl.cc) and of
 * CodeStatsImpl::chargeResponseStat (source/common/http/codes.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type { VirtualHost as VirtualHostMessage } from '../../config/schema/types.ts';
import type { Counter, Scope, StatsRoot } from '../../stats/store.ts';
import { CodeCounters, type ResponseCounts } from '../../upstream/response-stats.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';

const RETRIES = ['retry', 'retry_limit_exceeded', 'retry_overflow', 'retry_success'];

export class VirtualCluster {
  /** '' for what is none of those that are configured. */
  readonly name: string;
  /** Tries at hosts. */
  readonly rqTotal: Counter;
  readonly rqTimeout: Counter;
  private readonly retries: ReadonlyMap<string, Counter>;
  readonly codes: CodeCounters;

  constructor(name: string, scope: Scope) {
    this.name = name;
    this.rqTotal = scope.counter('upstream_rq_total');
    this.rqTimeout = scope.counter('upstream_rq_timeout');
    this.retries = new Map(RETRIES.map((what) => [what, scope.counter(`upstream_rq_${what}`)]));
    this.codes = new CodeCounters(scope);
  }

  countRetry(what: string): void {
    this.retries.get(what)?.inc();
  }

  /** Counts what `cluster` counts, too. */
  with(cluster: ResponseCounts): ResponseCounts {
    return new Both(cluster, this.codes);
  }
}

class Both implements ResponseCounts {
  private readonly cluster: ResponseCounts;
  private readonly codes: CodeCounters;
  constructor(cluster: ResponseCounts, codes: CodeCounters) {
    this.cluster = cluster;
    this.codes = codes;
  }
  count(status: number, internal: boolean, canary: boolean): void {
    this.cluster.count(status, internal, canary);
    this.codes.count(status);
  }
  recordTime(ms: number, internal: boolean, canary: boolean): void {
    this.cluster.recordTime(ms, internal, canary);
    this.codes.recordTime(ms);
  }
}

export class VirtualClusters {
  private readonly clusters: readonly { matchers: readonly HeaderMatcher[]; cluster: VirtualCluster }[];
  /** What none of them is. */
  private readonly other: VirtualCluster;

  constructor(config: VirtualHostMessage, stats: StatsRoot, regex: RegexCompiler) {
    const prefix = `vhost.${config.name ?? ''}.vcluster.`;
    this.clusters = each(config.virtualClusters, (vc) => {
      const matchers = (vc.headers ?? []).map((h) => new HeaderMatcher(h, regex));
      if (matchers.length === 0) refuse(vc, 'headers', "virtual clusters must define 'headers'");
      const name = vc.name ?? '';
      return { matchers, cluster: new VirtualCluster(name, stats.scope(`${prefix}${name}.`)) };
    });
    this.other = new VirtualCluster('', stats.scope(`${prefix}other.`));
  }

  find(headers: Headers): VirtualCluster {
    for (const { matchers, cluster } of this.clusters) if (matchers.every((m) => m.matches(headers))) return cluster;
    return this.other;
  }
}
