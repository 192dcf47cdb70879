/**
 * Extension names → message types: what `typed_config: {}`, no typed_config at all, and v2's untyped `config:` mean. Envoy 1.16
 * registers each factory under its full name and, where there was one, under the short name of the v1 days (source/extensions/
 * .../well_known_names.h, deprecated names). 1.40 wants an "@type" for nearly all of them; 1.16's leniency is kept. The rows are those of
 * extensions.ts; for a name that is none of them the others are loaded and decoding starts over, as with the schema.
 */
import { EXTENSIONS } from '../extensions.ts';
import type { ExtensionKind, ExtensionRow } from './extension-row.ts';

/** Messages that stand for an extension by its name: without a typed_config the name must be a registered one of this kind. */
export const NAMED_EXTENSIONS: ReadonlyMap<string, ExtensionKind> = new Map<string, ExtensionKind>([
  ['envoy.config.accesslog.v3.AccessLog', 'access logger'],
  ['envoy.config.cluster.v3.Cluster.CustomClusterType', 'cluster type'],
  ['envoy.config.core.v3.HealthCheck.CustomHealthCheck', 'health checker'],
  ['envoy.config.core.v3.TransportSocket', 'transport socket'],
  ['envoy.config.listener.v3.Filter', 'network filter'],
  ['envoy.config.listener.v3.ListenerFilter', 'listener filter'],
  ['envoy.config.metrics.v3.StatsSink', 'stats sink'],
  ['envoy.config.route.v3.RetryPolicy.RetryHostPredicate', 'retry host predicate'],
  ['envoy.config.route.v3.RetryPolicy.RetryPriority', 'retry priority'],
  ['envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', 'http filter'],
]);

/** Messages that carry another message's name and fields. */
export const TYPED_STRUCTS: ReadonlySet<string> = new Set(['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']);

class ExtensionNames {
  /** Empty until something asks for one of them. */
  #known: readonly ExtensionRow[] = [];
  #wanted = false;

  /** Answers so far may be wrong: load(), then ask again. */
  get incomplete(): boolean {
    return this.#wanted;
  }

  async load(): Promise<void> {
    this.#known = (await import('./known-extensions.ts')).KNOWN_EXTENSIONS;
    this.#wanted = false;
  }

  /** Something is used that is not built: what is known of it is asked for later. */
  wantKnown(): void {
    this.#wanted ||= this.#known.length === 0;
  }

  /** `message`: the one that has the name; `outer`: the one around it. Undefined: no such name. */
  typeOf(name: string, message: string | undefined, outer: string | undefined): string | undefined {
    const kind = message === undefined ? undefined : NAMED_EXTENSIONS.get(message);
    return this.#find(
      (row) =>
        (kind === undefined || row.kind === kind) &&
        (row.place === undefined || row.place === outer) &&
        row.names.includes(name),
    )?.typeUrl;
  }

  /** What a map of v2 means that has untyped configs by name; `field`: the map. */
  typeInMap(name: string, field: 'per_filter_config' | 'extension_protocol_options'): string | undefined {
    if (field === 'per_filter_config') {
      const row = this.#find((r) => r.kind === 'http filter' && r.names.includes(name));
      return row?.routeType ?? row?.typeUrl;
    }
    return this.#find((r) => r.protocolOptions !== undefined && r.names.includes(name))?.protocolOptions;
  }

  /** Whether a filter of this type ends its chain. */
  isTerminal(typeUrl: string): boolean {
    return this.#find((row) => row.typeUrl === typeUrl)?.terminal === true;
  }

  /** Every name, old and new: candidates for a mistyped one. */
  all(): string[] {
    return [...EXTENSIONS, ...this.#known].flatMap((row) => row.names);
  }

  #find(matches: (row: ExtensionRow) => boolean): ExtensionRow | undefined {
    const found = EXTENSIONS.find(matches) ?? this.#known.find(matches);
    if (found === undefined) this.wantKnown();
    return found;
  }
}

/** One for the process: rows do not change. */
export const extensionNames = new ExtensionNames();
