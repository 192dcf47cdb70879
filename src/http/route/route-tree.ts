/**
 * VirtualHost.matcher: routes found by a tree of matchers instead of a list. What it finds is a route or a list of them, whose own matches are
 * looked at as usual. Mirrors source/common/router/config_impl.cc (RouteMatchAction, RouteListMatchAction) and matcher_visitor.cc.
 */
import { each, refuse, refuseUnregistered } from '../../config/refusal.ts';
import type { XdsMatcher as Matcher, RouteList, Route as RouteMessage } from '../../config/schema/types.ts';
import { FILTER_STATE, filterStateInput, headerInput, REQUEST_HEADER } from './match-inputs.ts';
import { compileMatchTree, type MatchInput, type MatchTree, TREE, type TypedConfig } from './match-tree.ts';
import type { Route } from './route.ts';
import type { RouteBuild } from './route-context.ts';

export type RouteTree = MatchTree<readonly Route[]>;

export function compileRouteTree(
  matcher: Matcher,
  compile: (route: RouteMessage) => Route,
  build: RouteBuild,
): RouteTree {
  return compileMatchTree(matcher, {
    regex: build.regexes.test,
    input: routeInput,
    action: (config) => routesOf(config, compile),
  });
}

function routesOf(config: TypedConfig, compile: (route: RouteMessage) => Route): readonly Route[] {
  const { typedConfig } = config;
  if (typedConfig?.typeUrl === 'envoy.config.route.v3.Route') return [compile(typedConfig.value as RouteMessage)];
  if (typedConfig?.typeUrl === 'envoy.config.route.v3.RouteList') {
    return each((typedConfig.value as RouteList).routes, compile);
  }
  return refuseUnregistered(config);
}

/** Envoy lets a route depend on nothing else here. */
function routeInput(config: TypedConfig): MatchInput {
  const { typedConfig } = config;
  switch (typedConfig?.typeUrl) {
    case REQUEST_HEADER:
      return headerInput(typedConfig);
    case FILTER_STATE: {
      const read = filterStateInput(typedConfig);
      return (_, context) => read(context);
    }
    default: {
      const saw = `type.googleapis.com/${typedConfig?.typeUrl ?? ''}`;
      return refuse(config, '', `Route table can only match on request headers, saw ${saw}`, {
        envoy: `${TREE}Route table can only match on request headers, saw ${saw}`,
      });
    }
  }
}
