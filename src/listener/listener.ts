/**
 * One listening socket, the listener filters and the filter chains behind it. Role of Envoy's ListenerImpl + ActiveTcpListener
 * (source/server/listener_impl.cc, source/server/active_tcp_listener.cc).
 */

import { chmodSync } from 'node:fs';
import { refuse } from '../config/refusal.ts';
import type { Listener as ListenerMessage } from '../config/schema/types.ts';
import type { FactoryContext, NetworkFilterFactory } from '../extension/context.ts';
import { logger } from '../log/logger.ts';
import { turnMs } from '../platform/clock.ts';
import type { Scope } from '../stats/store.ts';
import type { Tenant } from '../stats/tenant.ts';
import { Address } from '../transport/address.ts';
import { Connection, DEFAULT_BUFFER_LIMIT } from '../transport/connection.ts';
import { type DrainSequence, ListenerDrain } from '../transport/drain.ts';
import { NOBODY } from '../transport/nobody.ts';
import { type OverloadGate, overload } from '../transport/overload.ts';
import { makeServerSocket, type ServerSocket, type ServerSocketOwner } from '../transport/server-socket.ts';
import type { SocketInfo } from '../transport/socket-info.ts';
import { Timer } from '../transport/timers.ts';
import { RAW_BUFFER } from '../transport/transport-factory.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import { AcceptedSocket, type AcceptedSocketOwner } from './accepted-socket.ts';
import { buildChains, buildListenerFilters } from './chain-builder.ts';
import { ConnectionLimits } from './connection-limits.ts';
import type { ConnectionLogs } from './connection-log.ts';
import { FilterChain, type FilterChains, oneChain } from './filter-chain.ts';
import { listenerAddress } from './listener-address.ts';
import type { ListenerFilterFactory } from './listener-filter.ts';
import { ListenerRoutes } from './listener-routes.ts';
import { ListenerStats } from './listener-stats.ts';
import type { MoreSockets } from './more-sockets.ts';

const log = logger('conn_handler');

/**
 * Listener.tcp_backlog_size: when absent, Envoy asks for net.core.somaxconn (1.16: for 128). Linux takes every larger number
 * for that, so the file need not be read.
 */
const DEFAULT_BACKLOG = 0x7fffffff;

const NO_FILTERS: readonly ListenerFilterFactory[] = [];

/** A connection before its filter has taken it. */
const IDLE: ConnectionHandler = {
  onConnected() {},
  onData() {},
  onEnd() {},
  onClose() {},
  onAboveWriteBuffer() {},
  onBelowWriteBuffer() {},
};

/** `listener.<this>.`: the address with ':' as '_', or stat_prefix. */
export function listenerStatName(message: ListenerMessage): string {
  if (message.statPrefix) return message.statPrefix;
  const text =
    message.internalListener === undefined ? listenerAddress(message).text : `envoy_internal_${message.name}`;
  return text.replaceAll(':', '_');
}

/** ms; Listener.listener_filters_timeout when absent. */
const DEFAULT_LISTENER_FILTERS_TIMEOUT_MS = 15_000;

/** Takes and closes: until it is given chains, and what a configured chain without filters does. */
const CLOSES = oneChain(new FilterChain('', null));

export class Listener implements ServerSocketOwner, AcceptedSocketOwner {
  readonly name: string;
  /** What it is known by among the listeners: its name, or its place where it has none. */
  key: string;
  readonly message: ListenerMessage;
  readonly bufferLimitBytes: number;
  /** As configured; `boundAddress` knows the port the kernel chose for port 0. */
  readonly address: Address;
  readonly stats: ListenerStats;
  private readonly limits: ConnectionLimits;
  /** Null without an overload manager's actions. */
  private readonly gate: OverloadGate | null;
  readonly listenerFiltersTimeoutMs: number;
  readonly continueOnListenerFiltersTimeout: boolean;
  listenerFilters: readonly ListenerFilterFactory[] = NO_FILTERS;
  /** access_log; null for none. */
  logs: ConnectionLogs | null = null;
  /** Where its connection managers hear of other routes. */
  readonly routes = new ListenerRoutes();
  /** Has the statistics that go with it; null: they stay. */
  tenant: Tenant | null = null;
  /** In a worker: the port that the main thread got for a listener that came later. */
  assignedPort: number | undefined = undefined;
  /** Sockets of additional_addresses; null for none. */
  more: MoreSockets | null = null;
  /** Takes an internal listener's name from it; null for any other. */
  stopInternally: (() => void) | null = null;
  /** What is done to each socket that was accepted; null for nothing. */
  beforeTake: ((make: (owner: WireOwner) => Wire) => (owner: WireOwner) => Wire) | null = null;
  private chains: FilterChains = CLOSES;
  /** The chain of every connection, where neither listener filters nor a transport nor a choice stand before it. */
  private direct: FilterChain | null = CLOSES.only;
  /** Null once another listener has it. */
  protected socket: ServerSocket | null;
  readonly makeSocket: typeof makeServerSocket;
  private bound: Address | null = null;
  private readonly connections = new Set<Connection>();
  readonly drain: ListenerDrain;
  /** Of connections that have too much queued: per_connection_buffer_high_watermark_timeout; absent where there is none. */
  crowded?: (c: Connection, above: boolean) => void;
  private onEmpty: (() => void) | null = null;
  /** Sockets that listener filters look at. */
  private readonly inspecting = new Set<AcceptedSocket>();

  constructor(message: ListenerMessage, root: Scope, worker: number, makeSocket = makeServerSocket) {
    this.message = message;
    this.address = listenerAddress(message);
    this.name = message.name ?? '';
    this.key = this.name;
    if (this.pipeMode > 0 && this.address.isAbstract)
      refuse(message.address?.pipe ?? message, 'mode', 'Cannot set mode for Abstract AF_UNIX sockets');
    this.bufferLimitBytes = message.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT;
    this.listenerFiltersTimeoutMs = message.listenerFiltersTimeout ?? DEFAULT_LISTENER_FILTERS_TIMEOUT_MS;
    this.continueOnListenerFiltersTimeout = message.continueOnListenerFiltersTimeout ?? false;
    this.stats = new ListenerStats(root.scope(`listener.${listenerStatName(message)}.`), worker);
    // The admin's connections are nobody's load: whoever has to look at a full proxy gets in.
    this.limits = new ConnectionLimits(this.name, worker < 0 || message.ignoreGlobalConnLimit === true, this.stats);
    const { state } = overload;
    const spared = message.bypassOverloadManager === true || worker < 0 || state === null;
    this.gate = spared ? null : state.gate(this, this.stats.cxOverloadReject, this.backlog);
    this.drain = new ListenerDrain(message.drainType === 'MODIFY_ONLY');
    this.makeSocket = makeSocket;
    this.socket = makeSocket(this);
  }

  /** Its filter chains and listener filters. */
  async buildFilters(ctx: FactoryContext): Promise<void> {
    this.setChains(await buildChains(this.message, ctx), await buildListenerFilters(this.message, ctx));
  }

  /** One terminal filter for every connection, on the bare socket. */
  setFilter(filter: NetworkFilterFactory): void {
    this.setChains(oneChain(new FilterChain('', filter)));
  }

  /** For connections from now on. */
  setChains(chains: FilterChains, listenerFilters: readonly ListenerFilterFactory[] = NO_FILTERS): void {
    this.chains = chains;
    this.listenerFilters = listenerFilters;
    const { only } = chains;
    this.direct = listenerFilters.length === 0 && only?.transport === RAW_BUFFER ? only : null;
  }

  /** Permission bits of a Unix socket; 0 = as the umask makes them. */
  private get pipeMode(): number {
    return this.message.address?.pipe?.mode ?? 0;
  }
  /** An IPv6 socket takes IPv4 only when it is asked to (SocketAddress.ipv4_compat). */
  private get ipv6Only(): boolean {
    return this.address.ip.includes(':') && this.message.address?.socketAddress?.ipv4Compat !== true;
  }
  private get backlog(): number {
    return this.message.tcpBacklogSize ?? DEFAULT_BACKLOG;
  }
  get boundAddress(): Address {
    return this.bound ?? this.address;
  }
  /** By what event loops find the port that another one got. */
  get ports(): [string, number][] {
    return [[this.key, this.boundAddress.port], ...(this.more?.ports(this.key) ?? [])];
  }
  get active(): number {
    return this.connections.size;
  }

  /**
   * Bind and listen; rejects with the system's error (`EADDRINUSE` …). `reusePort`: several workers share the port.
   * `port`: instead of the configured one, where that is 0 and another worker has bound already.
   */
  async listen(reusePort: boolean, port = this.address.port, ports?: ReadonlyMap<string, number>): Promise<void> {
    const address = this.address;
    const { ipv6Only, backlog } = this;
    const socket = this.socket as ServerSocket;
    const bound = await socket.listen({ address, port, backlog, reusePort, ipv6Only });
    if (this.pipeMode > 0) chmodSync(address.path, this.pipeMode);
    this.bound = address.path === '' ? new Address(address.ip, bound) : address;
    await this.more?.listen(reusePort, backlog, this.key, ports);
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
    this.take(this.beforeTake === null ? make : this.beforeTake(make));
  }

  /** A socket of whichever address. */
  take(make: (owner: WireOwner) => Wire): void {
    if (this.gate?.keeps(make) === true) return;
    if (!this.limits.enter()) {
      make(NOBODY).close();
      return;
    }
    if (this.direct !== null) {
      const c = this.connection(this.direct);
      this.opened(c, make(c), this.direct);
      return;
    }
    const socket = new AcceptedSocket(make, this);
    if (this.logs !== null) socket.rememberAddresses();
    this.inspecting.add(socket);
    socket.start();
  }

  inspected(socket: AcceptedSocket, raw: Wire, info: SocketInfo, unread: Buffer | null): void {
    this.inspecting.delete(socket);
    // What no listener filter has recognised (ActiveTcpSocket::newConnection).
    if (info.transportProtocol === '') info.transportProtocol = 'raw_buffer';
    const chain = this.chains.find(raw, info);
    if (chain === null) {
      this.stats.noFilterChainMatch.inc();
      if (log.debugOn) log.debug(`closing connection from ${raw.remoteAddress().text}: no matching filter chain found`);
      this.logs?.lost(socket, info, socket.startMs, true);
      // Envoy has looked at the bytes and left them in the kernel, which answers with RST then.
      if (unread === null) raw.close();
      else raw.reset();
      this.limits.leave();
      return;
    }
    const c = this.connection(chain);
    c.socketInfo = info;
    this.opened(c, chain.transport.accept(raw, unread, c), chain);
  }

  private connection(chain: FilterChain): Connection {
    const { logs, bufferLimitBytes } = this;
    return logs === null ? new Connection(IDLE, bufferLimitBytes) : logs.connection(IDLE, bufferLimitBytes, chain.name);
  }

  gone(socket: AcceptedSocket): void {
    this.inspecting.delete(socket);
    this.limits.leave();
    this.logs?.lost(socket, socket.info, socket.startMs, false);
    if (this.onEmpty !== null) this.checkEmpty();
  }

  private opened(c: Connection, wire: Wire, chain: FilterChain): void {
    c.lifetime = this;
    this.connections.add(c);
    const s = this.stats;
    s.cxTotal.inc();
    s.cxActive.inc();
    s.workerTotal.inc();
    s.workerActive.inc();
    c.attach(wire, false);
    if (log.debugOn) log.debug(`[C${c.id}] new connection from ${c.remoteAddress.text}`);
    if (chain.transportConnectTimeoutMs > 0) this.limitHandshake(c, chain.transportConnectTimeoutMs);
    chain.take(c, this.bufferLimitBytes);
    const { sequence } = this.drain;
    if (sequence !== null && !c.closed) c.handler.onDrain?.(sequence);
  }

  /** Its connections are to end in the course of this; it goes on accepting until it is stopped. */
  startDrain(sequence: DrainSequence): void {
    if (!this.drain.begin(sequence)) return;
    for (const c of [...this.connections]) if (!c.closed) c.handler.onDrain?.(sequence);
  }

  /** transport_socket_connect_timeout: a peer that does not finish its handshake is closed. */
  private limitHandshake(c: Connection, ms: number): void {
    this.handshakes ??= new Map();
    const late = (): void => {
      this.handshakes?.delete(c);
      if (c.closed || c.transportReady) return;
      this.stats.transportConnectTimeout.inc();
      c.close('noFlush');
    };
    const timer = overload.state === null ? new Timer(late) : overload.state.timer('TRANSPORT_SOCKET_CONNECT', late);
    this.handshakes.set(c, timer);
    timer.arm(ms);
  }
  /** What times them; null until a chain limits them. */
  private handshakes: Map<Connection, Timer> | null = null;

  connectionClosed(c: Connection): void {
    this.connections.delete(c);
    if (this.handshakes !== null) {
      this.handshakes.get(c)?.cancel();
      this.handshakes.delete(c);
    }
    this.crowded?.(c, false);
    this.limits.leave();
    if (this.onEmpty !== null) this.checkEmpty();
    const s = this.stats;
    s.cxActive.dec();
    s.cxDestroy.inc();
    s.workerActive.dec();
    s.cxLengthMs.record(turnMs() - c.startMs);
    if (log.debugOn) log.debug(`[C${c.id}] connection closed`);
    this.logs?.closed(c);
  }

  /** Stop accepting; connections stay. */
  stop(): void {
    this.gate?.close();
    this.socket?.close();
    this.more?.close();
    this.stopInternally?.();
  }

  /** The same address asked for in the same way, so that one may go on with the other's socket. */
  sharesSocketWith(other: Listener): boolean {
    return (
      this.bound !== null &&
      this.constructor === other.constructor &&
      this.address.text === other.address.text &&
      this.pipeMode === other.pipeMode &&
      this.ipv6Only === other.ipv6Only &&
      this.backlog === other.backlog &&
      this.more?.key === other.more?.key
    );
  }

  /** Connections that `before`'s socket gets are ours from now on. */
  takeSocket(before: Listener): void {
    const { socket, bound } = before;
    if (socket === null) return;
    before.socket = null;
    socket.owner = this;
    this.socket = socket;
    this.bound = bound;
    if (before.more !== null) this.more?.take(before.more, this);
  }

  /** Once, when no connection is left; at once where there is none. */
  whenEmpty(then: () => void): void {
    this.onEmpty = then;
    this.checkEmpty();
  }

  private checkEmpty(): void {
    if (this.connections.size > 0 || this.inspecting.size > 0) return;
    const then = this.onEmpty;
    this.onEmpty = null;
    then?.();
  }

  /** Close everything now. */
  destroy(): void {
    this.stop();
    for (const a of [...this.inspecting]) a.close();
    for (const c of [...this.connections]) c.close('noFlush');
    this.tenant?.dispose();
  }
}
