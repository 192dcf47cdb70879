/**
 * What Envoy refuses when its server builds clusters, listeners and routes from a config whose every field is valid by itself.
 * Texts are 1.40's (measured); docs/reference/config.md lists the rules.
 */
import type { Origin } from '../origin.ts';
import type { ProblemDraft } from '../problem.ts';
import type { Bootstrap } from '../schema/types.ts';
import { checkLiteral } from './addresses.ts';
import { checkClusters } from './clusters.ts';
import { ACCESS_LOGGERS, checkKind } from './extensions.ts';
import { checkInternal } from './internal.ts';
import { checkListeners } from './listeners.ts';
import { type LintOptions, Reporter } from './reporter.ts';

export function checkBootstrap(
  bootstrap: Bootstrap,
  origins: ReadonlyMap<object, Origin>,
  options: LintOptions,
): { problems: ProblemDraft[]; warnings: ProblemDraft[] } {
  const report = new Reporter(origins, options);
  const clusters = checkClusters(bootstrap, report);
  checkListeners(bootstrap.staticResources?.listeners ?? [], clusters, report, bootstrap.tracing?.http);
  checkInternal(bootstrap, report);
  for (const log of bootstrap.admin?.accessLog ?? []) checkKind(log, ACCESS_LOGGERS, report);
  if (bootstrap.admin?.address !== undefined) checkLiteral(bootstrap.admin.address, bootstrap.admin, report);
  if (bootstrap.statsFlushInterval !== undefined && bootstrap.statsFlushOnAdmin === true) {
    const message = 'Only one of stats_flush_interval or stats_flush_on_admin should be set!';
    report.problem(bootstrap, 'stats_flush_on_admin', message);
  }
  return report;
}
