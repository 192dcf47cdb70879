/**
 * What the control plane tells the data planes. Data only: with workers it crosses threads; the own event loop gets the same by a call.
 * Listeners, routes and secrets will be kinds of it as they become changeable.
 */
import type { ClusterUpdate } from '../upstream/cluster-update.ts';

export type Update =
  /** Clusters come, go, and change their hosts or those hosts' health. */
  | { readonly kind: 'cluster'; readonly update: ClusterUpdate }
  /** Connections of the listeners (`inboundOnly`: those with traffic_direction INBOUND) are told to go. */
  | { readonly kind: 'drain'; readonly inboundOnly: boolean }
  | { readonly kind: 'stopListening'; readonly inboundOnly: boolean }
  /** /healthcheck/fail and /healthcheck/ok. */
  | { readonly kind: 'healthcheck'; readonly failed: boolean };

/** One event loop, as the control plane sees it. */
export interface DataPlane {
  apply(update: Update): void;
}
