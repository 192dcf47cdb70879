/** Placeholder for the checks Envoy's server makes at load. */
import type { Origin } from './decode.ts';
import type { ProblemDraft } from './problem.ts';
import type { Bootstrap } from './schema/types.ts';

export function checkBootstrap(
  _bootstrap: Bootstrap,
  _origins: ReadonlyMap<object, Origin>,
): { problems: ProblemDraft[]; warnings: ProblemDraft[] } {
  return { problems: [], warnings: [] };
}
