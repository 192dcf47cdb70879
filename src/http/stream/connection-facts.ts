/** What a connection says in place of a request to whoever formats, matches or logs: its StreamInfo (envoy/stream_info/stream_info.h). */
import { Headers } from '../../codec/headers.ts';
import type { Connection } from '../../transport/connection.ts';
import { flagNames, longFlagNames } from './response-flags.ts';

export const NO_HEADERS = new Headers();

/** What a connection has and has not in place of a request. */
export abstract class ConnectionFacts {
  readonly kind = 'connection';
  readonly request = NO_HEADERS;
  readonly response = null;
  readonly responseTrailers = null;
  readonly streamId = '';
  readonly requestEndMs = -1;
  readonly connection: Connection;
  readonly responseCode = 0;
  readonly route = null;
  readonly cluster = null;
  readonly upstream = null;
  readonly upstreamHost = null;
  readonly tries = null;
  readonly attempts = 0;
  readonly virtualClusterName = '';
  readonly transportFailure = '';
  readonly timings = null;
  readonly meters = null;
  /** Bits of response-flags.ts. */
  abstract readonly flags: number;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get flagNames(): string {
    return flagNames(this.flags);
  }
  get longFlagNames(): string {
    return longFlagNames(this.flags);
  }
  /** RESPONSE_CODE_DETAILS. */
  get details(): string {
    return this.connection.socketInfo?.details ?? '';
  }
  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | undefined {
    return this.connection.socketInfo?.metadata?.[namespace];
  }
  filterState(name: string): unknown {
    return this.connection.socketInfo?.filterState?.get(name);
  }
}
