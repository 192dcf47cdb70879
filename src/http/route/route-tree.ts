/**
 * VirtualHost.matcher: routes found by a tree of matchers instead of a list. What it finds is a route or a list of them, whose own matches are
 * looked at as usual. Mirrors source/common/router/config_impl.cc (RouteMatchAction, RouteListMatchAction) and matcher_visitor.cc.
 */
import { each, refuse, refuseUnregistered } from '../../config/refusal.ts';
import type {
  FilterStateInput,
  HttpRequestHeaderMatchInput,
  XdsMatcher as Matcher,
  RouteList,
  Route as RouteMessage,
} from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { headerValue } from '../headers/header-matcher.ts';
import { compileMatchTree, type MatchInput, type MatchTree, TREE, type TypedConfig } from './match-tree.ts';
import { filterStateText } from './request-context.ts';
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
    case 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput': {
      const name = asciiLower(toWire((typedConfig.value as HttpRequestHeaderMatchInput).headerName ?? ''));
      return (h) => headerValue(h, name);
    }
    case 'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput': {
      const { key = '', field = '' } = typedConfig.value as FilterStateInput;
      if (field !== '')
        refuse(typedConfig.value as FilterStateInput, 'field', 'a field of an object is not supported yet');
      return (_, context) => filterStateText(context, key, field);
    }
    default: {
      const saw = `type.googleapis.com/${typedConfig?.typeUrl ?? ''}`;
      return refuse(config, '', `Route table can only match on request headers, saw ${saw}`, {
        envoy: `${TREE}Route table can only match on request headers, saw ${saw}`,
      });
    }
  }
}
