/** The transports that clusters name, loaded before the clusters are built (Engine), and which of them a host gets (transport_socket_matches). */
import { within } from '../config/refusal.ts';
import type { Cluster as ClusterMessage, CoreHealthCheck, Metadata, TransportSocket } from '../config/schema/types.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Counter, Scope } from '../stats/store.ts';
import { RAW_BUFFER, type TransportFactory, type TransportOptions } from '../transport/transport-factory.ts';

const RAW_TYPE = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';
/** Of an endpoint's metadata: what `match` is compared with. */
const MATCH = 'envoy.transport_socket_match';

export interface UpstreamTransportContext {
  /** `cluster.<name>.` */
  readonly scope: Scope;
  /** Null unless `prepare` asked for them. */
  readonly secrets: Secrets | null;
  /** A transport that stands within another one. */
  make(socket: TransportSocket | undefined): TransportFactory;
}

/** What the module of a cluster's transport socket exports. */
export interface UpstreamTransportModule {
  /** Loads what `create` needs; what `secrets` resolves to it gets with its context. */
  prepare?(config: unknown, secrets: () => Promise<Secrets>): Promise<void>;
  create(config: unknown, ctx: UpstreamTransportContext): TransportFactory;
}

export class UpstreamTransports {
  private secrets: Secrets | null = null;
  private readonly modules = new Map<string, UpstreamTransportModule>();

  /** Loads what these clusters name. `load` throws for a type that is not there. */
  async prepare(
    configs: readonly ClusterMessage[],
    load: (typeUrl: string) => Promise<UpstreamTransportModule>,
    secrets: () => Promise<Secrets>,
  ): Promise<void> {
    for (const socket of configs.flatMap(socketsOf)) {
      const { typeUrl, value } = socket.typedConfig ?? { typeUrl: '', value: undefined };
      if (isRaw(socket)) continue;
      let module = this.modules.get(typeUrl);
      if (module === undefined) {
        module = await load(typeUrl);
        this.modules.set(typeUrl, module);
      }
      await module.prepare?.(value, async () => {
        this.secrets = await secrets();
        return this.secrets;
      });
    }
  }

  /** Everything that these name is loaded. */
  has(config: ClusterMessage): boolean {
    return socketsOf(config).every((s) => isRaw(s) || this.modules.has(s.typedConfig?.typeUrl ?? ''));
  }

  make(socket: TransportSocket | undefined, scope: Scope): TransportFactory {
    if (socket === undefined || isRaw(socket)) return RAW_BUFFER;
    const { name = '', typedConfig } = socket;
    const url = typedConfig?.typeUrl ?? '';
    const module = this.modules.get(url);
    return within(socket, () => {
      if (module === undefined) {
        throw new Error(`Didn't find a registered implementation for '${name}' with type URL: '${url}'`);
      }
      return module.create(typedConfig?.value, {
        scope,
        secrets: this.secrets,
        make: (within) => this.make(within, scope),
      });
    });
  }
}

function socketsOf(config: ClusterMessage): readonly TransportSocket[] {
  const all = [config.transportSocket, ...(config.transportSocketMatches ?? []).map((m) => m.transportSocket)];
  return all.flatMap(nested);
}

/** And those that stand within it. */
function nested(socket: TransportSocket | undefined): readonly TransportSocket[] {
  if (socket === undefined) return [];
  const inner = socket.typedConfig?.value as { readonly transportSocket?: TransportSocket } | undefined;
  return [socket, ...nested(inner?.transportSocket)];
}

const isRaw = (socket: TransportSocket): boolean => (socket.typedConfig?.typeUrl ?? RAW_TYPE) === RAW_TYPE;

/** One of Cluster.transport_socket_matches. */
export class TransportMatch {
  readonly transport: TransportFactory;
  readonly matched: Counter;
  private readonly wanted: readonly (readonly [string, unknown])[];

  constructor(transport: TransportFactory, match: Readonly<Record<string, unknown>>, matched: Counter) {
    this.transport = transport;
    this.matched = matched;
    this.wanted = Object.entries(match);
  }

  /** All of it is in the endpoint's metadata (MetadataMatcher: Config::Metadata::metadataLabelMatch). */
  matches(metadata: Metadata | undefined): boolean {
    if (this.wanted.length === 0) return true;
    const have = metadata?.filterMetadata?.get(MATCH) as Readonly<Record<string, unknown>> | undefined;
    return have !== undefined && this.wanted.every(([key, value]) => sameValue(have[key], value));
  }
}

/** What an active check asks of its connections' transport. */
export interface CheckTransport {
  /** Stands for the host's; undefined: the host's own. */
  readonly metadata: Metadata | undefined;
  readonly options: TransportOptions;
}

/** HealthCheck.transport_socket_match_criteria and tls_options; null for neither. */
export function checkTransport(config: CoreHealthCheck | undefined): CheckTransport | null {
  const criteria = config?.transportSocketMatchCriteria;
  const alpn = config?.tlsOptions?.alpnProtocols ?? [];
  if (criteria === undefined && alpn.length === 0) return null;
  const metadata = criteria && { filterMetadata: new Map([[MATCH, criteria]]) };
  return { metadata, options: alpn.length > 0 ? { alpn } : {} };
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && a !== null && JSON.stringify(a) === JSON.stringify(b));
}
