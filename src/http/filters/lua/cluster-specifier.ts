/**
 * envoy.router.cluster_specifier_plugin.lua: a script that names the cluster of each request. Mirrors
 * source/extensions/router/cluster_specifiers/lua; the script runs in fengari, within the same budget as those of the filter.
 */
import type { Headers } from '../../../codec/headers.ts';
import { readDataSource } from '../../../config/data-source.ts';
import { about, refuse } from '../../../config/refusal.ts';
import type { LuaConfig } from '../../../config/schema/types.ts';
import { logger } from '../../../log/logger.ts';
import { asciiLower } from '../../../platform/wire-text.ts';
import type { Cluster } from '../../../upstream/cluster.ts';
import type { ClusterLookup } from '../../../upstream/cluster-ref.ts';
import type { ClusterSpecifier } from '../../route/cluster-specifier.ts';
import { loadFengari } from './engine.ts';
import { valuesOf } from './headers-object.ts';
import { loadVm } from './machine-pool.ts';
import { pushObject, registerClass, ScriptObject, textOf } from './script-object.ts';
import { type LuaVm, ScriptError, wireOf } from './vm.ts';

const log = logger('lua');
const KIND = 'N5Envoy10Extensions6Router7Cluster3Lua';

class RouteHandle extends ScriptObject {
  readonly kind = `${KIND}18RouteHandleWrapperE`;
  readonly headers: RouteHeaders;
  readonly clusters: ClusterLookup;
  constructor(h: Headers, clusters: ClusterLookup) {
    super();
    this.headers = new RouteHeaders(h);
    this.clusters = clusters;
  }
}

/** To be read only. */
class RouteHeaders extends ScriptObject {
  readonly kind = `${KIND}16HeaderMapWrapperE`;
  readonly h: Headers;
  constructor(h: Headers) {
    super();
    this.h = h;
  }
}

class ClusterObject extends ScriptObject {
  readonly kind = `${KIND}14ClusterWrapperE`;
  readonly cluster: Cluster;
  constructor(cluster: Cluster) {
    super();
    this.cluster = cluster;
  }
}

registerClass(RouteHandle, {
  headers: (self, call) => call.giveObject(self.headers),
  getCluster(self, call) {
    const cluster = self.clusters.get(textOf(call.string(2)));
    return cluster === undefined ? call.giveNil() : call.giveObject(new ClusterObject(cluster));
  },
});
registerClass(RouteHeaders, {
  get(self, call) {
    const values = valuesOf(self.h, asciiLower(call.string(2)));
    return values.length === 0 ? call.giveNil() : call.give(values.join(','));
  },
});
registerClass(ClusterObject, {
  numConnections: (self, call) => call.giveNumber(self.cluster.info.resources[0].connections.count),
  numRequests: (self, call) => call.giveNumber(self.cluster.info.resources[0].requests.count),
  numPendingRequests: (self, call) => call.giveNumber(self.cluster.info.resources[0].pending.count),
});

class LuaClusterSpecifier implements ClusterSpecifier {
  private readonly vm: LuaVm;
  private readonly onRoute: number;
  private readonly otherwise: string;
  private readonly clusters: ClusterLookup;
  private readonly chosen = new WeakMap<Headers, string>();

  constructor(vm: LuaVm, onRoute: number, otherwise: string, clusters: ClusterLookup) {
    this.vm = vm;
    this.onRoute = onRoute;
    this.otherwise = otherwise;
    this.clusters = clusters;
  }

  forget(h: Headers): void {
    this.chosen.delete(h);
  }

  cluster(h: Headers): string {
    let name = this.chosen.get(h);
    if (name === undefined) {
      name = this.run(h);
      this.chosen.set(h, name);
    }
    return name;
  }

  private run(h: Headers): string {
    const { vm, onRoute } = this;
    const { lua } = vm.fengari;
    const T = vm.thread(onRoute);
    const handle = new RouteHandle(h, this.clusters);
    pushObject(vm, T, handle);
    try {
      vm.resume(T, 1);
      if (lua.lua_gettop(T) > 0 && lua.lua_isstring(T, -1))
        return textOf(wireOf(lua.lua_tolstring(T, -1) as Uint8Array));
      log.error('script log: return value is not string');
    } catch (e) {
      if (!(e instanceof ScriptError)) throw e;
      log.error(`script log: ${textOf(e.message)}`);
    } finally {
      handle.dead = true;
      handle.headers.dead = true;
    }
    return this.otherwise;
  }
}

export async function create(config: LuaConfig, clusters: ClusterLookup): Promise<ClusterSpecifier> {
  const fengari = await loadFengari();
  const vm = about(config, 'source_code', () => loadVm(fengari, readDataSource(config.sourceCode), []));
  const onRoute = vm.functionRef('envoy_on_route');
  if (onRoute === 0) {
    refuse(config, 'source_code', 'envoy_on_route() function not found. Lua will not hook cluster specifier.');
  }
  return new LuaClusterSpecifier(vm, onRoute, config.defaultCluster ?? '', clusters);
}
