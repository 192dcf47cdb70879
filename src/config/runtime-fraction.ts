/**
 * RuntimeFractionalPercent: a share of the requests, by chance. There are no runtime layers yet, so the default is what counts. Role of
 * Runtime::Snapshot::featureEnabled (source/common/runtime/runtime_impl.cc).
 */
import type { FractionalPercent } from './schema/types.ts';

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

/** 0 to 1; 1 and above means always. */
export function share(percent: FractionalPercent | undefined): number {
  return (percent?.numerator ?? 0) / DENOMINATORS[percent?.denominator ?? 'HUNDRED'];
}

/** Whether it is one of that share. */
export function happens(share: number): boolean {
  return share >= 1 || Math.random() < share;
}
