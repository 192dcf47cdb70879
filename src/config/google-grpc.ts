/**
 * google_grpc, Envoy's second gRPC client, which has connections of its own beside the clusters: here its target becomes a cluster of the
 * bootstrap (HTTP/2, its name resolved as LOGICAL_DNS does, one for each target), and the service asks that one. What cannot be said of a
 * cluster is refused where the service is built.
 */
import type { Message, Origin } from './origin.ts';

/** Of gRPC's C++ library, where max_receive_message_length is not said. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Also gRPC's: its first try to connect. */
const CONNECT_TIMEOUT_MS = 20_000;
/** gRPC's name for no port is https. */
const DEFAULT_PORT = 443;
const SERVICE = 'envoy.config.core.v3.GrpcService';
const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export interface Target {
  /** What a call says as :authority. */
  readonly authority: string;
  readonly address: Message;
  readonly type: 'STATIC' | 'LOGICAL_DNS';
}

/** Undefined: of a scheme that clusters have no word for. */
export function targetOf(uri: string): Target | undefined {
  const unix = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(uri);
  if (unix !== null) return { authority: 'localhost', address: { pipe: { path: unix[1] } }, type: 'STATIC' };
  const name = uri.replace(/^(?:dns:(?:\/\/\/)?|ipv4:|ipv6:)/, '');
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/?#\s[\]]+))(?::(\d{1,5}))?$/.exec(name);
  if (found === null || Number(found[3] ?? 0) > 65_535) return undefined;
  const address = found[1] ?? found[2];
  const portValue = found[3] === undefined ? DEFAULT_PORT : Number(found[3]);
  const literal = found[1] !== undefined || /^\d+\.\d+\.\d+\.\d+$/.test(address);
  return {
    authority: name,
    address: { socketAddress: { address, portValue } },
    type: literal ? 'STATIC' : 'LOGICAL_DNS',
  };
}

/** Every google_grpc of `bootstrap` becomes an envoy_grpc; their clusters are added to it. */
export function askThroughClusters(bootstrap: Message, origins: ReadonlyMap<object, Origin>): void {
  const clusters = new Map<string, Message>();
  for (const [message, { type }] of origins) {
    const google = (message as Message)['googleGrpc'] as Message | undefined;
    if (type.name !== SERVICE || google === undefined) continue;
    const uri = String(google['targetUri'] ?? '');
    const target = targetOf(uri);
    if (target === undefined) continue;
    const name = `google_grpc ${uri}`;
    if (!clusters.has(name)) clusters.set(name, clusterOf(name, target));
    (message as Message)['envoyGrpc'] = {
      clusterName: name,
      authority: target.authority,
      maxReceiveMessageLength: MAX_MESSAGE_BYTES,
      skipEnvoyHeaders: true,
    };
    delete (message as Message)['googleGrpc'];
  }
  if (clusters.size === 0) return;
  const resources = (bootstrap['staticResources'] ??= {}) as Message;
  resources['clusters'] = [...((resources['clusters'] as Message[] | undefined) ?? []), ...clusters.values()];
}

function clusterOf(name: string, { address, type }: Target): Message {
  const explicitHttpConfig = { http2ProtocolOptions: {} };
  return {
    name,
    type,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Nobody's listener waits for it.
    waitForWarmOnInit: false,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
    typedExtensionProtocolOptions: new Map([[OPTIONS, { typeUrl: OPTIONS, value: { explicitHttpConfig } }]]),
  };
}
