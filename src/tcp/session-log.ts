/**
 * What the access logs of a tcp_proxy are told of a session; made only where there is a log. Role of the connection's StreamInfo in
 * source/common/tcp_proxy/tcp_proxy.cc.
 */
import type { AccessLogger } from '../access-log/access-logger.ts';
import { BytesMeter } from '../codec/bytes-meter.ts';
import type { FormatContext, FormatInfo, LogType, Occasion, Timings, Try } from '../format/format-context.ts';
import { newRequestId } from '../http/request-id.ts';
import { ConnectionFacts } from '../http/stream/connection-facts.ts';
import { flagNames, longFlagNames, UPSTREAM_CONNECTION_FAILURE } from '../http/stream/response-flags.ts';
import { turnMs } from '../platform/clock.ts';
import { systemSentence } from '../platform/errno.ts';
import type { Connection } from '../transport/connection.ts';
import { BIND_FAILED, CONNECT_TIMEOUT } from '../transport/connection.ts';
import { Timer } from '../transport/timers.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';
import type { Host } from '../upstream/host.ts';

export interface SessionLogs {
  readonly loggers: readonly AccessLogger[];
  readonly onStart: boolean;
  readonly onConnected: boolean;
  /** 0 = none. */
  readonly intervalMs: number;
}

const occasion = (logType: LogType): Occasion => ({ logType, localReplyBody: '' });
const START = occasion('TcpConnectionStart');
const CONNECTED = occasion('TcpUpstreamConnected');
const PERIODIC = occasion('TcpPeriodic');
const END = occasion('TcpConnectionEnd');
/** Of sessions that only their listener logs. */
export const NO_LOGS: SessionLogs = { loggers: [], onStart: false, onConnected: false, intervalMs: 0 };

class SessionTimings implements Timings {
  poolReady = -1;
  readonly upstreamTxFirst = -1;
  readonly upstreamTxLast = -1;
  readonly upstreamRxFirst = -1;
  readonly upstreamRxLast = -1;
  readonly downstreamTxFirst = -1;
  readonly downstreamTxLast = -1;
}

export class SessionLog extends ConnectionFacts implements FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  override readonly kind = 'session';
  readonly protocol = null;
  readonly startMs: number;
  /** Of a session there is but one moment. */
  override readonly timings = new SessionTimings();
  /** Bytes pass as they are: those of the body are those on the wire. */
  override readonly meters = { down: new BytesMeter(), up: new BytesMeter() };
  override readonly tries: Try[] = [];
  flags = 0;
  override cluster: ClusterInfo | null = null;
  override upstream: Try | null = null;
  override attempts = 0;
  override transportFailure = '';
  private readonly logs: SessionLogs;
  private readonly timer: Timer | null;

  constructor(connection: Connection, logs: SessionLogs) {
    super(connection);
    this.logs = logs;
    this.startMs = connection.startMs;
    if (connection.record) connection.record.session = this;
    // A socket that is gone does not tell them any more.
    connection.directRemoteAddress;
    connection.directLocalAddress;
    this.timer = logs.intervalMs > 0 ? new Timer(() => this.periodic()) : null;
    this.timer?.arm(logs.intervalMs);
    if (logs.onStart) this.write(START);
  }

  private id = '';
  override get streamId(): string {
    if (this.id === '') this.id = newRequestId();
    return this.id;
  }
  override get flagNames(): string {
    return flagNames(this.flags, true);
  }
  override get longFlagNames(): string {
    return longFlagNames(this.flags, true);
  }
  get bytesReceived(): number {
    return this.meters.down.wireReceived;
  }
  get bytesSent(): number {
    return this.meters.down.wireSent;
  }
  /** From the client to the host. */
  received(bytes: number): void {
    this.meters.down.wireReceived += bytes;
    this.meters.up.wireSent += bytes;
  }
  /** From the client, and not passed on. */
  unread(bytes: number): void {
    this.meters.down.wireReceived += bytes;
  }
  sent(bytes: number): void {
    this.meters.up.wireReceived += bytes;
    this.meters.down.wireSent += bytes;
  }

  connected(host: Host, connection: Connection): void {
    this.upstream = { host, connection, protocol: null };
    this.timings.poolReady = turnMs();
    this.tries.push(this.upstream);
    connection.localAddress;
    connection.remoteAddress;
    if (this.logs.onConnected) this.write(CONNECTED);
  }

  /** `code`: an errno's, or CONNECT_TIMEOUT. */
  failed(host: Host, code: string): void {
    this.upstream = { host, connection: null, protocol: null };
    this.timings.poolReady = turnMs();
    this.tries.push(this.upstream);
    if (code.startsWith(BIND_FAILED)) {
      this.transportFailure = code;
      return;
    }
    this.flags |= UPSTREAM_CONNECTION_FAILURE;
    const known = code !== '' && code !== CONNECT_TIMEOUT;
    this.transportFailure = known ? `delayed connect error: ${systemSentence(code)}` : '';
  }

  /** Nobody to connect to. */
  gaveUp(flag: number): void {
    this.flags |= flag;
    this.timings.poolReady = turnMs();
  }

  end(): void {
    this.timer?.cancel();
    this.flags |= this.connection.socketInfo?.flags ?? 0;
    this.write(END);
  }

  private periodic(): void {
    this.write(PERIODIC);
    this.timer?.arm(this.logs.intervalMs);
  }

  private write(o: Occasion): void {
    for (const logger of this.logs.loggers) logger.log(this, o);
  }
}
