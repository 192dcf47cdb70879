/**
 * Extensions that name the cluster of a request (cluster_specifier_plugin, inline_cluster_specifier_plugin): loaded with the first route table that
 * has one. Mirrors the plugins of source/common/router/config_impl.cc.
 */

import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { ClusterSpecifierPlugin, RouteAction, RouteConfiguration } from '../../config/schema/types.ts';
import { EXTENSIONS } from '../../extensions.ts';
import type { ClusterLookup } from '../../upstream/cluster-ref.ts';

export interface ClusterSpecifier {
  /** The name that was chosen for this request; chosen now where none was. */
  cluster(h: Headers): string;
  /** It is chosen anew. */
  forget(h: Headers): void;
}

export interface SpecifierModule {
  create(config: unknown, clusters: ClusterLookup): Promise<ClusterSpecifier>;
}

/** Those of one route table, by the message that asks for them or the name that routes call them by. */
export class ClusterSpecifiers {
  private readonly inline = new Map<ClusterSpecifierPlugin, ClusterSpecifier>();
  private readonly named = new Map<string, ClusterSpecifier>();

  static async load(config: RouteConfiguration, clusters: ClusterLookup): Promise<ClusterSpecifiers> {
    const all = new ClusterSpecifiers();
    for (const plugin of config.clusterSpecifierPlugins ?? []) {
      const name = plugin.extension?.name ?? '';
      if (all.named.has(name)) refuse(plugin, 'extension', `Duplicated cluster specifier plugin: ${name}`);
      all.named.set(name, await make(plugin, clusters));
    }
    for (const plugin of inlinePlugins(config)) all.inline.set(plugin, await make(plugin, clusters));
    return all;
  }

  /** Null: the route says its cluster itself. */
  of(action: RouteAction): ClusterSpecifier | null {
    const { inlineClusterSpecifierPlugin: inline, clusterSpecifierPlugin: name } = action;
    if (inline !== undefined) return this.inline.get(inline) ?? null;
    if (name === undefined) return null;
    const found = this.named.get(name);
    if (found === undefined) {
      refuse(action, 'cluster_specifier_plugin', `Unknown cluster specifier plugin name: ${name} is used in the route`);
    }
    return found;
  }
}

async function make(plugin: ClusterSpecifierPlugin, clusters: ClusterLookup): Promise<ClusterSpecifier> {
  const { typedConfig } = plugin.extension ?? {};
  const row = EXTENSIONS.find((e) => e.kind === 'cluster specifier' && e.typeUrl === typedConfig?.typeUrl);
  if (row?.load === undefined)
    return refuse(plugin, 'extension', `'${typedConfig?.typeUrl ?? ''}' is not supported yet`);
  const module = (await row.load()) as unknown as SpecifierModule;
  return module.create(typedConfig?.value, clusters);
}

/** Also those of routes that stand in a tree. */
function inlinePlugins(config: RouteConfiguration): Set<ClusterSpecifierPlugin> {
  const found = new Set<ClusterSpecifierPlugin>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
    if (value instanceof Map) {
      for (const member of value.values()) walk(member);
      return;
    }
    const { inlineClusterSpecifierPlugin: plugin } = value as RouteAction;
    if (plugin !== undefined) found.add(plugin);
    for (const member of Object.values(value)) walk(member);
  };
  walk(config.virtualHosts);
  return found;
}
