/** What a connection says in place of a request to whoever formats, matches or logs: its StreamInfo (envoy/stream_info/stream_info.h). */
import { Headers } from '../../codec/headers.ts';
import type { FormatInfo, Try } from '../../format/format-context.ts';
import type { Address } from '../../transport/address.ts';
import type { Connection } from '../../transport/connection.ts';
import type { SocketInfo } from '../../transport/socket-info.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import { flagNames, longFlagNames } from './response-flags.ts';

export const NO_HEADERS = new Headers();

/** What a connection has and has not in place of a request; one with an upstream says more. */
export abstract class ConnectionFacts<C extends Connection | null = Connection> {
  readonly kind: 'connection' | 'session' = 'connection';
  readonly request = NO_HEADERS;
  readonly response = null;
  readonly responseTrailers = null;
  readonly requestEndMs = -1;
  readonly connection: C;
  readonly responseCode = 0;
  readonly route = null;
  readonly cluster: ClusterInfo | null = null;
  readonly upstream: Try | null = null;
  readonly tries: readonly Try[] | null = null;
  readonly attempts: number = 0;
  readonly virtualClusterName = '';
  readonly transportFailure: string = '';
  readonly timings: FormatInfo['timings'] = null;
  readonly meters: FormatInfo['meters'] = null;
  /** Bits of response-flags.ts. */
  abstract readonly flags: number;

  constructor(connection: C) {
    this.connection = connection;
  }

  get streamId(): string {
    return '';
  }
  get upstreamHost(): Host | null {
    return this.upstream?.host ?? null;
  }
  get flagNames(): string {
    return flagNames(this.flags);
  }
  get longFlagNames(): string {
    return longFlagNames(this.flags);
  }
  /** RESPONSE_CODE_DETAILS. */
  get details(): string {
    return this.connection?.socketInfo?.details ?? '';
  }
  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | undefined {
    return this.connection?.socketInfo?.metadata?.[namespace];
  }
  filterState(name: string): unknown {
    return this.connection?.socketInfo?.filterState?.get(name);
  }
}

/** Of a socket that is no connection: what is read of one by whoever formats or logs. */
export function standIn(
  id: number,
  socketInfo: SocketInfo | null,
  local: Address,
  remote: Address,
  directLocal = local,
  directRemote = remote,
): Connection {
  const known = {
    id,
    socketInfo,
    record: null,
    localAddress: local,
    remoteAddress: remote,
    directLocalAddress: directLocal,
    directRemoteAddress: directRemote,
    security: null,
    transportFailure: '',
    closeType: 'Normal',
    closeReason: '',
  } as const;
  return known as unknown as Connection;
}
