/**
 * What the filters of a connection learn and say about it before it is anybody's: metadata, response flags, why it was ended. Role of the
 * connection's StreamInfo for network filters (envoy/stream_info/stream_info.h).
 */
import type { FormatContext, FormatInfo } from '../format/format-context.ts';
import { ConnectionFacts } from '../http/stream/connection-facts.ts';
import { SocketInfo } from '../transport/socket-info.ts';

/** Made by the first of a connection's filters that wants one. */
export class ConnectionInfo extends ConnectionFacts implements FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  readonly protocol = null;
  readonly bytesReceived = 0;
  readonly bytesSent = 0;

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

  /** Adds to what stands under `namespace`; a key that is there is replaced. */
  addMetadata(namespace: string, values: Record<string, unknown>): void {
    this.socket.addMetadata(namespace, values);
  }
  shareState(name: string, value: unknown): void {
    this.socket.share(name, value);
  }

  /** Bits of response-flags.ts, for the log of whoever the connection is closed before. */
  flag(flags: number): void {
    this.socket.flags |= flags;
    const { record } = this.connection;
    if (record !== null) record.flags |= flags;
  }

  /** Sets `details`. */
  explain(details: string): void {
    this.socket.details = details;
  }

  terminated(details: string): void {
    this.socket.terminationDetails = details;
  }
}
