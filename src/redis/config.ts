/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy as far as it is supported, as src/config hands it over. */
import { readFileSync } from 'node:fs';

/** config.core.v3.DataSource. */
export interface DataSource {
  readonly filename?: string;
  readonly inlineBytes?: Buffer;
  readonly inlineString?: string;
  readonly environmentVariable?: string;
}

export interface PrefixRouteConfig {
  readonly prefix?: string;
  readonly removePrefix?: boolean;
  readonly cluster: string;
}

export interface RedisProxyConfig {
  readonly statPrefix: string;
  readonly settings: {
    /** ms. Required. */
    readonly opTimeout: number;
    readonly enableHashtagging?: boolean;
    /** Both only say how long Envoy may gather requests; here those of one event-loop turn are gathered, always. */
    readonly maxBufferSizeBeforeFlush?: number;
    readonly bufferFlushTimeout?: number;
    /** Adds cluster.<name>.redis_cluster.upstream_commands.<command>.*. */
    readonly enableCommandStats?: boolean;
  };
  readonly prefixRoutes?: {
    readonly routes?: readonly PrefixRouteConfig[];
    readonly caseInsensitive?: boolean;
    readonly catchAllRoute?: PrefixRouteConfig;
  };
  /** Command latency in µs instead of ms. */
  readonly latencyInMicros?: boolean;
  readonly downstreamAuthPassword?: DataSource;
  readonly downstreamAuthPasswords?: readonly DataSource[];
  readonly downstreamAuthUsername?: DataSource;
}

/** The bytes of a DataSource; empty when it is absent. Throws when the file or variable is missing. */
export function readDataSource(source: DataSource | undefined): Buffer {
  if (source === undefined) return Buffer.alloc(0);
  if (source.inlineString !== undefined) return Buffer.from(source.inlineString);
  if (source.inlineBytes !== undefined) return source.inlineBytes;
  if (source.filename !== undefined && source.filename !== '') return readFileSync(source.filename);
  if (source.environmentVariable !== undefined && source.environmentVariable !== '') {
    const value = process.env[source.environmentVariable];
    if (value === undefined) throw new Error(`Environment variable doesn't exist: ${source.environmentVariable}`);
    return Buffer.from(value);
  }
  return Buffer.alloc(0);
}
