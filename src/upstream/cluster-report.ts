/** What an event loop tells the control plane of hosts, which decides for all of them: data, since with workers it crosses threads. */
import type { OutlierCounts } from './outlier/outlier-monitor.ts';

/** What is noticed when it happens, not at the end of an interval. */
export type ConsecutiveError = 'CONSECUTIVE_5XX' | 'CONSECUTIVE_GATEWAY_FAILURE' | 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE';

export type ClusterReport =
  /** A host has said in an answer that it is not healthy. */
  | { readonly kind: 'immediateFailure'; readonly cluster: string; readonly host: number }
  /** Its hosts have moved: whoever finds them looks again. */
  | { readonly kind: 'moved'; readonly cluster: string }
  /** A host has said in an answer that it is degraded. */
  | { readonly kind: 'degraded'; readonly cluster: string; readonly host: number }
  /** As many errors of a host in a row as outlier detection wants to hear of. */
  | { readonly kind: 'errors'; readonly cluster: string; readonly host: number; readonly type: ConsecutiveError }
  /** What a worker counted since it told last. */
  | {
      readonly kind: 'counts';
      readonly cluster: string;
      readonly hosts: readonly (readonly [id: number, counts: OutlierCounts])[];
    };
