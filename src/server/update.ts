/**
 * What the control plane tells the data planes. Data only: with workers it crosses threads; the own event loop gets the same by a call.
 */
import type { RouteConfiguration, Secret } from '../config/schema/types.ts';
import type { ListenerUpdate } from '../listener/listener-update.ts';
import type { RuntimeEntries } from '../runtime/runtime.ts';
import type { ClusterUpdate } from '../upstream/cluster-update.ts';

export type Update =
  /** Clusters come, go, and change their hosts or those hosts' health. */
  | { readonly kind: 'cluster'; readonly update: ClusterUpdate }
  /** Listeners come, change and go. */
  | { readonly kind: 'listener'; readonly update: ListenerUpdate }
  /** The route configuration of this name, wherever it is used, is another one from now on. */
  | { readonly kind: 'routes'; readonly config: RouteConfiguration }
  /** The secret that is called so among event loops (secrets/secrets.ts) is this one from now on; its files are read. */
  | { readonly kind: 'secret'; readonly key: string; readonly secret: Secret }
  /** Connections of the listeners (`inboundOnly`: those with traffic_direction INBOUND) are told to go. */
  | { readonly kind: 'drain'; readonly inboundOnly: boolean }
  | { readonly kind: 'stopListening'; readonly inboundOnly: boolean }
  /** What the runtime's keys say from now on. */
  | { readonly kind: 'runtime'; readonly entries: RuntimeEntries }
  /** How far an action of the overload manager is to go, 0 to 1. */
  | { readonly kind: 'overload'; readonly action: string; readonly share: number }
  /** /healthcheck/fail and /healthcheck/ok. */
  | { readonly kind: 'healthcheck'; readonly failed: boolean };

/** One event loop, as the control plane sees it. */
export interface DataPlane {
  /**
   * Listeners and routes may load modules and bind sockets to take effect: they do so one after the other, and the promise has what other event
   * loops are to be told of it, or null where nothing has changed. It rejects, with nothing changed, for what cannot be built or bound. Every
   * other update takes effect at once.
   */
  apply(update: Update): Promise<Update | null> | undefined;
}

/** That of the main thread. */
export interface MainDataPlane extends DataPlane {
  /** A listener of the bootstrap. */
  isConfigured(listener: string): boolean;
  /** Somebody has a route configuration of this name. */
  hasRoutes(name: string): boolean;
}
