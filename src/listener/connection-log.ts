/**
 * access_log of a listener: one line for each connection, when it is gone. Loaded where a listener has such logs; its connections then count
 * their bytes. Role of the connection's StreamInfo in source/common/listener_manager/active_stream_listener_base.cc (emitLogs).
 */
import type { AccessLogger } from '../access-log/access-logger.ts';
import type { FormatContext, FormatInfo } from '../format/format-context.ts';
import { NO_LOG } from '../format/format-context.ts';
import { ConnectionFacts, standIn } from '../http/stream/connection-facts.ts';
import { NO_ROUTE_FOUND } from '../http/stream/response-flags.ts';
import { turnMs } from '../platform/clock.ts';
import type { Address } from '../transport/address.ts';
import { Connection, type ConnectionRecord } from '../transport/connection.ts';
import type { SocketInfo } from '../transport/socket-info.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { Wire } from '../transport/wire.ts';

export interface SocketAddresses {
  readonly remoteAddress: Address;
  readonly localAddress: Address;
}

/** What all connections of a listener share. */
export class ConnectionLogs {
  private readonly loggers: readonly AccessLogger[];

  constructor(loggers: readonly AccessLogger[]) {
    this.loggers = loggers;
  }

  /** In place of a Connection that nobody logs. */
  connection(handler: ConnectionHandler, bufferLimitBytes: number, chainName: string): Connection {
    return new LoggedConnection(handler, bufferLimitBytes, chainName);
  }

  closed(c: Connection): void {
    const { record } = c;
    if (record === null) return;
    const own = record as ConnectionLog;
    this.write((record.session as (FormatContext & FormatInfo) | null) ?? own);
  }

  /** A socket that became no connection: no filter chain is meant for it, or listener filters gave it up. */
  lost(raw: SocketAddresses, info: SocketInfo, startMs: number, noChain: boolean): void {
    const { localAddress: local, remoteAddress: remote } = raw;
    const socket = standIn(0, info, info.localAddress ?? local, info.remoteAddress ?? remote, local, remote);
    const log = new ConnectionLog(socket, '', startMs);
    if (noChain) {
      log.flags = NO_ROUTE_FOUND;
      info.details = 'filter_chain_not_found';
    }
    this.write(log);
  }

  private write(c: FormatContext): void {
    for (const logger of this.loggers) logger.log(c, NO_LOG);
  }
}

class LoggedConnection extends Connection {
  private readonly log: ConnectionLog;

  constructor(handler: ConnectionHandler, bufferLimitBytes: number, chainName: string) {
    super(handler, bufferLimitBytes);
    this.log = new ConnectionLog(this, chainName, turnMs());
    this.record = this.log;
  }

  /** A socket that is gone does not tell its addresses any more. */
  override attach(wire: Wire, connecting: boolean): void {
    super.attach(wire, connecting);
    this.directRemoteAddress;
    this.directLocalAddress;
  }

  override wireData(chunk: Buffer): void {
    this.log.bytesReceived += chunk.length;
    super.wireData(chunk);
  }
  protected override queued(n: number): void {
    this.log.bytesSent += n;
    super.queued(n);
  }
}

/** Of a connection whose filter keeps no record of its own: what is known of HTTP's. */
class ConnectionLog extends ConnectionFacts implements FormatContext, FormatInfo, ConnectionRecord {
  readonly info: FormatInfo = this;
  readonly chainName: string;
  session: object | null = null;
  protocol: FormatInfo['protocol'] = null;
  readonly startMs: number;
  flags = 0;
  bytesReceived = 0;
  bytesSent = 0;

  constructor(connection: Connection, chainName: string, startMs: number) {
    super(connection);
    this.startMs = startMs;
    this.chainName = chainName;
  }
}
