/** drop_overloads of a load assignment: the share of requests that are answered here. Role of ClusterImplBase::dropOverload (upstream_impl.cc). */
import { refuse } from '../config/refusal.ts';
import type { ClusterLoadAssignmentPolicy } from '../config/schema/types.ts';
import { fractionOf } from '../runtime/runtime.ts';

/** 0 to 1; 1: all. Throws Envoy's sentences. */
export function dropShare(categories: ClusterLoadAssignmentPolicy['dropOverloads'] = []): number {
  if (categories.length === 0) return 0;
  if (categories.length > 1) {
    const message = `Cluster drop_overloads config has ${categories.length} categories. Envoy only support one.`;
    refuse(categories[0], '', message);
  }
  const { numerator, denominator: of } = fractionOf(categories[0].dropPercentage);
  if (numerator > of) {
    const message = `Cluster drop_overloads config is invalid. drop_ratio=${numerator / of}(Numerator ${numerator} / Denominator ${of}). The valid range is 0~1.`;
    refuse(categories[0], '', message);
  }
  return numerator / of;
}
