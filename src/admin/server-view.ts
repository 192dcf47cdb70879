/**
 * What the admin pages know of the server and may ask of it. The server implements it; tests use a fake. Everything is
 * read when a page is asked for, so nothing has to be kept up to date.
 */
import type { JsonObject, LazyJson } from '../config/lazy-json.ts';
import type { RuntimeDump } from '../runtime/control.ts';
import type { StatsReader } from '../stats/reader.ts';
import type { ServerState } from '../stats/server-stats.ts';
import type { TagRules } from '../stats/tags.ts';
import type { Address } from '../transport/address.ts';
import type { Cluster } from '../upstream/cluster.ts';
import type { HostStats } from '../upstream/host.ts';

export type { Json, JsonObject } from '../config/lazy-json.ts';

export interface ListenerView {
  readonly name: string;
  /** Where it listens, ports resolved; more than one with additional_addresses. */
  readonly localAddresses: readonly Address[];
}

/**
 * A piece of configuration in protobuf's JSON form: proto field names, unset fields absent, `@type` in Any values, secrets redacted.
 * Elements of lists may be lazy.
 */
export interface ConfigPiece {
  readonly message: JsonObject | LazyJson;
  /** ms since the epoch. */
  readonly lastUpdatedMs: number;
}

/** What /config_dump shows. Only the bootstrap must be given: the rest is taken from it when absent. */
export interface ConfigDumpView {
  readonly bootstrap: ConfigPiece & { readonly message: JsonObject };
  readonly staticClusters?: readonly ConfigPiece[];
  readonly staticListeners?: readonly ConfigPiece[];
  readonly staticRouteConfigs?: readonly ConfigPiece[];
  /** In the order of the dump; absent where there are none. */
  readonly secrets?: readonly SecretPiece[];
}

/** A secret that a file brought, or is to bring. */
export interface SecretPiece {
  readonly name: string;
  readonly versionInfo: string;
  readonly lastUpdatedMs: number;
  /** envoy.extensions.transport_sockets.tls.v3.Secret; null: not there yet. */
  readonly message: JsonObject | null;
}

/** How metrics are shown. */
export interface StatsView {
  readonly rules: TagRules;
  /** Where the buckets of a histogram end. */
  readonly edgesOf: (name: string) => readonly number[];
}

/** /runtime and /runtime_modify. */
export interface RuntimeView {
  readonly dump: RuntimeDump;
  /** False where no layer takes overrides; throws, with nothing changed, for values that cannot be taken. */
  modify(values: ReadonlyMap<string, string>): boolean;
}

export interface DrainRequest {
  readonly graceful: boolean;
  readonly inboundOnly: boolean;
  /** Drain connections, keep listening. */
  readonly skipExit: boolean;
}

export interface ServerView {
  /** DRAINING after failHealthcheck(true). */
  readonly state: ServerState;
  /** ms since the epoch. */
  readonly startTimeMs: number;
  /** `<commit>/<version>/<state>/<build>/<tls>`. */
  readonly version: string;
  readonly hotRestartVersion: string;
  /** envoy.admin.v3.CommandLineOptions in JSON, every field present. */
  readonly commandLineOptions: JsonObject;
  /** envoy.config.core.v3.Node in JSON. */
  readonly node: JsonObject;
  readonly stats: StatsReader;
  /** `stats_flush_on_admin` of the bootstrap: latch histograms whenever stats are read. */
  readonly statsFlushOnAdmin: boolean;
  /** Labels of every series of /stats/prometheus. */
  readonly statsTags: readonly { readonly name: string; readonly value: string }[];
  /** `stats_config`; null or absent for Envoy's defaults. */
  readonly statsSettings?: StatsView | null;
  /** In config order. */
  readonly clusters: Iterable<Cluster>;
  readonly listeners: readonly ListenerView[];
  /** Null without layers. */
  readonly runtime?: RuntimeView | null;
  configDump(): ConfigDumpView | Promise<ConfigDumpView>;
  /** Latch histograms now. */
  flushStats(): void;
  /** Stop the process with exit code 0, after the answer has been sent. */
  shutdown(): void;
  failHealthcheck(fail: boolean): void;
  drainListeners(how: DrainRequest): void;
  reopenLogs(): void;
  /** A level was changed here; `name` '' stands for all loggers. For other threads. */
  logLevelChanged?(name: string, level: number): void;
  /** Host numbers of the other threads, summed, by `<cluster>|<address>`; null when there are none. */
  gatherHosts?(): Promise<Readonly<Record<string, HostStats>>> | null;
}
