/**
 * What can still be built of a config in which reading has found something: so that what builders find is listed with it. One part's fault
 * hides nothing of another's; in a listener with a fault the route tables without one are still looked at.
 */
import type { LoadResult } from '../config/load.ts';
import type { Any, HttpConnectionManager, RouteConfiguration } from '../config/schema/types.ts';

type Loaded = Pick<LoadResult, 'bootstrap' | 'problems' | 'places'>;

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

function judge({ problems, places }: Loaded): (part: object) => boolean {
  return (part) => {
    const path = places.pathOf(part);
    return (
      path !== '' &&
      !problems.some(
        (p) => p.yamlPath === path || (/^[.[]/.test(p.yamlPath.slice(path.length)) && p.yamlPath.startsWith(path)),
      )
    );
  };
}

/** The clusters and listeners, and the admin, in which reading found nothing wrong. */
export function soundParts(loaded: Loaded): LoadResult['bootstrap'] {
  const { bootstrap, problems } = loaded;
  if (problems.length === 0) return bootstrap;
  const sound = judge(loaded);
  const { staticResources, admin } = bootstrap;
  return {
    ...bootstrap,
    admin: admin !== undefined && sound(admin) ? admin : undefined,
    staticResources: {
      ...staticResources,
      clusters: staticResources?.clusters?.filter(sound),
      listeners: staticResources?.listeners?.filter(sound),
    },
  };
}

/** Route tables without a fault in listeners that have one. */
export function soundRoutes(loaded: Loaded): RouteConfiguration[] {
  if (loaded.problems.length === 0) return [];
  const sound = judge(loaded);
  const out: RouteConfiguration[] = [];
  const look = (any: Any | undefined): void => {
    if (any?.typeUrl !== HCM) return;
    const { routeConfig } = (any.value ?? {}) as HttpConnectionManager;
    if (routeConfig !== undefined && sound(routeConfig)) out.push(routeConfig);
  };
  for (const listener of loaded.bootstrap.staticResources?.listeners ?? []) {
    if (sound(listener)) continue;
    const chains = [...(listener.filterChains ?? []), listener.defaultFilterChain ?? {}];
    for (const chain of chains) for (const filter of chain.filters ?? []) look(filter.typedConfig);
  }
  return out;
}
