/**
 * What the filters of a connection learn and say about it before it is anybody's: metadata, response flags, why it was ended. Role of the
 * connection's StreamInfo for network filters (envoy/stream_info/stream_info.h).
 */
import { Headers } from '../codec/headers.ts';
import type { FormatContext, FormatInfo } from '../format/format-context.ts';
import { flagNames, longFlagNames } from '../http/stream/response-flags.ts';
import type { Connection } from '../transport/connection.ts';
import { SocketInfo } from '../transport/socket-info.ts';

export const NO_HEADERS = new Headers();

/** Made by the first of a connection's filters that wants one. */
export class ConnectionInfo implements FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  readonly kind = 'connection';
  readonly request = NO_HEADERS;
  readonly response = null;
  readonly responseTrailers = null;
  readonly protocol = null;
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
  readonly bytesReceived = 0;
  readonly bytesSent = 0;
  readonly timings = null;
  readonly meters = null;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  private get socket(): SocketInfo {
    this.connection.socketInfo ??= new SocketInfo();
    return this.connection.socketInfo;
  }

  get flags(): number {
    return this.connection.socketInfo?.flags ?? 0;
  }
  get startMs(): number {
    return this.connection.startMs;
  }
  get flagNames(): string {
    return flagNames(this.flags);
  }
  get longFlagNames(): string {
    return longFlagNames(this.flags);
  }

  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | undefined {
    return this.connection.socketInfo?.metadata?.[namespace];
  }
  /** Adds to what stands under `namespace`; a key that is there is replaced. */
  addMetadata(namespace: string, values: Record<string, unknown>): void {
    const { socket } = this;
    socket.metadata ??= {};
    socket.metadata[namespace] = { ...socket.metadata[namespace], ...values };
  }
  filterState(name: string): unknown {
    return this.connection.socketInfo?.filterState?.get(name);
  }
  shareState(name: string, value: unknown): void {
    const { socket } = this;
    socket.filterState ??= new Map();
    socket.filterState.set(name, value);
  }

  /** Bits of response-flags.ts, for the log of whoever the connection is closed before. */
  flag(flags: number): void {
    this.socket.flags |= flags;
    const { record } = this.connection;
    if (record !== null) record.flags |= flags;
  }

  get details(): string {
    return this.connection.socketInfo?.details ?? '';
  }
  /** RESPONSE_CODE_DETAILS. */
  explain(details: string): void {
    this.socket.details = details;
  }

  terminated(details: string): void {
    this.socket.terminationDetails = details;
  }
}
