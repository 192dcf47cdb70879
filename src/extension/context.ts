/** What an extension (network filter, HTTP filter, access logger …) is given when it is built from config. */
import type { Metadata, Node, RouteConfiguration, TracingHttp } from '../config/schema/types.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { StatsRoot } from '../stats/store.ts';
import type { Connection } from '../transport/connection.ts';
import type { ListenerDrain } from '../transport/drain.ts';
import type { AsyncClient } from '../upstream/async.ts';
import type { ClusterLookup } from '../upstream/cluster-ref.ts';

export interface LocalInfo {
  readonly nodeId: string;
  readonly nodeCluster: string;
  readonly zone: string;
  /** As the bootstrap has it; absent where it has none. */
  readonly node?: Node;
  /** `--local-address-ip-version`: which of our own addresses goes into x-forwarded-for; v4 unless told. */
  readonly ipVersion?: 'v4' | 'v6';
}

/** Shared by the whole event loop. */
export interface ServerContext {
  /** What is named through it may go with its listener. */
  readonly store: StatsRoot;
  readonly clusters: ClusterLookup;
  readonly localInfo: LocalInfo;
  /** The config uses v2 names: where 1.16 and 1.40 differ in what a client sees, answer as 1.16. */
  readonly envoy16: boolean;
  /** Hosts of this cluster have moved: whoever finds them looks again. */
  readonly refreshCluster: (name: string) => void;
  /** The bootstrap's secrets and those that files bring: for SdsSecretConfig. Loaded when it is first asked for. */
  readonly secrets: () => Promise<Secrets>;
  /** Makes requests of our own: one client an event loop. */
  readonly asyncClient: () => AsyncClient;
  /** The bootstrap's `tracing`: of connection managers that name no provider. */
  readonly defaultTracer?: TracingHttp | undefined;
  /** Build another extension by type URL; throws ConfigError when there is none. */
  loadExtension(typeUrl: string, empty?: boolean): Promise<ExtensionModule>;
}

/** What a module named in extensions.ts exports: the kind decides what `create` returns. */
export interface ExtensionModule {
  /** May return a promise: the regex engine and the like are loaded on demand. */
  create(config: unknown, ctx: FactoryContext): unknown;
}

/** Tells what is built for a listener that a part of its configuration has changed. */
export interface RouteUpdates {
  /**
   * Called with each configuration that takes the place of the one called `name`: `prepare` compiles it, throws what is wrong with it, and
   * returns what puts it in place.
   */
  onRoutes(name: string, prepare: (config: RouteConfiguration) => Promise<() => void>): void;
}

export interface FactoryContext extends ServerContext {
  /** `listener.<address>.` of the listener this filter chain belongs to. */
  readonly listenerScopePrefix: string;
  readonly listenerName: string;
  /** The listener's traffic_direction; undefined where it has none. */
  readonly outbound?: boolean | undefined;
  /** '' where the chain has none. */
  readonly filterChainName: string;
  /** `metadata` of the listener and of the chain, for formats. */
  readonly listenerMetadata?: Metadata;
  readonly filterChainMetadata?: Metadata;
  /** The listener's per_connection_buffer_limit_bytes. */
  readonly bufferLimitBytes: number;
  /** Whether its connections are to end: asked with each answer. */
  readonly drain: ListenerDrain;
  /** Absent: routes stay as they were built. */
  readonly routeUpdates?: RouteUpdates;
}

/** A terminal network filter: takes the connection over by setting its handler. */
export interface NetworkFilterFactory {
  readonly terminal?: true;
  /** Nothing is read before it has met the connection. */
  readonly readsLater?: true;
  /** Of a connection that filters before it closed too: its handler is told so right after. */
  onConnection(conn: Connection): void;
}
