/**
 * One listening socket and the filter chain behind it. Role of Envoy's ListenerImpl + ActiveTcpListener
 * (source/server/listener_impl.cc, source/server/active_tcp_listener.cc).
 */
import { chmodSync } from 'node:fs';
import type { NetworkFilterFactory } from '../extension/context.ts';
import { logger } from '../log/logger.ts';
import { turnMs } from '../platform/clock.ts';
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';
import { Address } from '../transport/address.ts';
import { Connection, DEFAULT_BUFFER_LIMIT } from '../transport/connection.ts';
import { makeServerSocket, type ServerSocket, type ServerSocketOwner } from '../transport/server-socket.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';

const log = logger('conn_handler');

/**
 * Listener.tcp_backlog_size: when absent, Envoy asks for net.core.somaxconn (1.16: for 128). Linux takes every larger number
 * for that, so the file need not be read.
 */
const DEFAULT_BACKLOG = 0x7fffffff;

export interface ListenerMessage {
  name?: string;
  address?: {
    socketAddress?: { address?: string; portValue?: number; ipv4Compat?: boolean };
    pipe?: { path?: string; mode?: number };
  };
  filterChains?: { filters?: { name?: string; typedConfig?: { typeUrl: string; value: unknown } }[] }[];
  perConnectionBufferLimitBytes?: number;
  statPrefix?: string;
  tcpBacklogSize?: number;
  trafficDirection?: string;
}

/** `listener.<address>.` */
class ListenerStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxLengthMs: Histogram;
  readonly workerTotal: Counter;
  readonly workerActive: Gauge;

  /** `worker` -1: the admin's, which belongs to no worker. */
  constructor(scope: Scope, worker: number) {
    this.cxTotal = scope.counter('downstream_cx_total');
    this.cxActive = scope.gauge('downstream_cx_active');
    this.cxDestroy = scope.counter('downstream_cx_destroy');
    this.cxLengthMs = scope.histogram('downstream_cx_length_ms', 'ms');
    scope.counter('downstream_cx_overflow');
    scope.counter('downstream_pre_cx_timeout');
    scope.gauge('downstream_pre_cx_active');
    scope.counter('no_filter_chain_match');
    scope.counter('downstream_global_cx_overflow');
    // No overload manager, listener filters or discovered extensions: names only. How many connections one readiness event brings
    // is not known above libuv.
    for (const name of UNUSED_COUNTERS) scope.counter(name);
    if (worker >= 0) for (const name of EXTENSION_COUNTERS) scope.counter(name);
    scope.histogram('connections_accepted_per_socket_event', 'none');
    const thread = worker < 0 ? 'main_thread' : `worker_${worker}`;
    this.workerTotal = scope.counter(`${thread}.downstream_cx_total`);
    this.workerActive = scope.gauge(`${thread}.downstream_cx_active`);
  }
}

// biome-ignore format: a word list
const UNUSED_COUNTERS: readonly string[] = [
  'downstream_cx_overload_reject', 'downstream_cx_transport_socket_connect_timeout', 'downstream_listener_filter_error',
  'downstream_listener_filter_remote_close',
];
// biome-ignore format: a word list
const EXTENSION_COUNTERS: readonly string[] = ['extension_config_missing', 'network_extension_config_missing'];

/** A connection before its filter has taken it. */
const IDLE: ConnectionHandler = {
  onConnected() {},
  onData() {},
  onEnd() {},
  onClose() {},
  onAboveWriteBuffer() {},
  onBelowWriteBuffer() {},
};

export function listenerAddress(message: ListenerMessage): Address {
  const pipe = message.address?.pipe?.path;
  if (pipe !== undefined) return new Address('', 0, pipe);
  const s = message.address?.socketAddress;
  return new Address(s?.address ?? '', s?.portValue ?? 0);
}

/** `listener.<this>.`: the address with ':' as '_', or stat_prefix. */
export function listenerStatName(message: ListenerMessage): string {
  if (message.statPrefix) return message.statPrefix;
  return listenerAddress(message).text.replaceAll(':', '_');
}

export class Listener implements ServerSocketOwner {
  readonly name: string;
  readonly message: ListenerMessage;
  readonly bufferLimitBytes: number;
  /** As configured; `boundAddress` knows the port the kernel chose for port 0. */
  readonly address: Address;
  private readonly stats: ListenerStats;
  private readonly socket: ServerSocket;
  private filter: NetworkFilterFactory | null = null;
  private bound: Address | null = null;
  private readonly connections = new Set<Connection>();

  constructor(message: ListenerMessage, root: Scope, worker: number) {
    this.message = message;
    this.address = listenerAddress(message);
    this.name = message.name ?? '';
    if (this.pipeMode > 0 && this.address.isAbstract) throw new Error('Cannot set mode for Abstract AF_UNIX sockets');
    this.bufferLimitBytes = message.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT;
    this.stats = new ListenerStats(root.scope(`listener.${listenerStatName(message)}.`), worker);
    this.socket = makeServerSocket(this);
  }

  setFilter(filter: NetworkFilterFactory): void {
    this.filter = filter;
  }

  /** Permission bits of a Unix socket; 0 = as the umask makes them. */
  private get pipeMode(): number {
    return this.message.address?.pipe?.mode ?? 0;
  }
  get boundAddress(): Address {
    return this.bound ?? this.address;
  }
  get active(): number {
    return this.connections.size;
  }

  /**
   * Bind and listen; rejects with the system's error (`EADDRINUSE` …). `reusePort`: several workers share the port.
   * `port`: instead of the configured one, where that is 0 and another worker has bound already.
   */
  async listen(reusePort: boolean, port = this.address.port): Promise<void> {
    const address = this.address;
    // An IPv6 socket takes IPv4 only when it is asked to (SocketAddress.ipv4_compat).
    const ipv6Only = address.ip.includes(':') && this.message.address?.socketAddress?.ipv4Compat !== true;
    const backlog = this.message.tcpBacklogSize ?? DEFAULT_BACKLOG;
    const bound = await this.socket.listen({ address, port, backlog, reusePort, ipv6Only });
    if (this.pipeMode > 0) chmodSync(address.path, this.pipeMode);
    this.bound = address.path === '' ? new Address(address.ip, bound) : address;
  }

  /** Out of descriptors and the like: the listener stays, the connection is lost. Said once a second at most: a peer can cause it. */
  acceptFailed(code: string): void {
    const now = turnMs();
    if (now - this.lastAcceptError < 1000) return;
    this.lastAcceptError = now;
    log.error(`listener ${this.name}: accept failed: ${code}`);
  }
  private lastAcceptError = Number.NEGATIVE_INFINITY;

  accepted(make: (owner: WireOwner) => Wire): void {
    const c = new Connection(IDLE, this.bufferLimitBytes);
    const wire = make(c);
    c.lifetime = this;
    this.connections.add(c);
    const s = this.stats;
    s.cxTotal.inc();
    s.cxActive.inc();
    s.workerTotal.inc();
    s.workerActive.inc();
    c.attach(wire, false);
    if (log.debugOn) log.debug(`[C${c.id}] new connection from ${c.remoteAddress.text}`);
    if (this.filter === null) c.close('noFlush');
    else this.filter.onConnection(c);
  }

  connectionClosed(c: Connection): void {
    this.connections.delete(c);
    const s = this.stats;
    s.cxActive.dec();
    s.cxDestroy.inc();
    s.workerActive.dec();
    s.cxLengthMs.record(turnMs() - c.startMs);
    if (log.debugOn) log.debug(`[C${c.id}] connection closed`);
  }

  /** Stop accepting; connections stay. */
  stop(): void {
    this.socket.close();
  }

  /** Close everything now. */
  destroy(): void {
    this.socket.close();
    for (const c of [...this.connections]) c.close('noFlush');
  }
}
