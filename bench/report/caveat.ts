/** What a reader must know before the figures: a trial run has none. */
import type { BenchResult } from '../result.ts';

/** Below this many rounds, or seconds in each, a difference cannot be told from noise. */
const ROUNDS = 5;
const SECONDS = 1;

export const isTrial = (result: BenchResult): boolean => result.options.quick;

/** '' for a run whose figures may be quoted. */
export function caveat(result: BenchResult): string {
  const { rounds, seconds } = result.options;
  const what = `${rounds === 1 ? 'one round' : `${rounds} rounds`} of ${seconds} s`;
  if (isTrial(result)) {
    return `THESE ARE NO FIGURES: --quick is a trial whether everything works, ${what} of code that is still cold. Do not quote them.`;
  }
  if (rounds >= ROUNDS && seconds >= SECONDS) return '';
  return `Too short to tell differences from noise: ${what}; figures worth quoting take ${ROUNDS} rounds of ${SECONDS} s or more.`;
}
