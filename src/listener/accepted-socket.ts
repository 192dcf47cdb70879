/**
 * An accepted socket while the listener filters look at its first bytes. Role of Envoy's ActiveTcpSocket
 * (source/common/listener_manager/active_tcp_socket.cc). A listener without listener filters makes none.
 */
import { turnMs } from '../platform/clock.ts';
import type { Address } from '../transport/address.ts';
import { SocketInfo } from '../transport/socket-info.ts';
import { Timer } from '../transport/timers.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import type { ListenerFilter, ListenerFilterFactory, PeekedSocket } from './listener-filter.ts';
import type { ListenerStats } from './listener-stats.ts';

export interface AcceptedSocketOwner {
  readonly stats: ListenerStats;
  readonly listenerFilters: readonly ListenerFilterFactory[];
  /** ms; 0 = no limit (Listener.listener_filters_timeout). */
  readonly listenerFiltersTimeoutMs: number;
  /** A socket whose filters were too slow becomes a connection all the same. */
  readonly continueOnListenerFiltersTimeout: boolean;
  /** All filters have looked. `unread`: what they have read and left. */
  inspected(socket: AcceptedSocket, raw: Wire, info: SocketInfo, unread: Buffer | null): void;
  /** The socket is gone before it became a connection. */
  gone(socket: AcceptedSocket): void;
}

export class AcceptedSocket implements WireOwner, PeekedSocket {
  readonly takesLent = false;
  readonly info = new SocketInfo();
  readonly startMs = turnMs();
  private readonly owner: AcceptedSocketOwner;
  private readonly raw: Wire;
  private read: Buffer | null = null;
  private next = 0;
  private filter: ListenerFilter | null = null;
  /** The bytes the current filter has seen. */
  private seen = 0;
  private over = false;
  private readonly timer: Timer | null;

  constructor(make: (owner: WireOwner) => Wire, owner: AcceptedSocketOwner) {
    this.owner = owner;
    this.raw = make(this);
    owner.stats.preCxActive.inc();
    const waits = owner.listenerFilters.length > 0 && owner.listenerFiltersTimeoutMs > 0;
    this.timer = waits ? new Timer(this.onTimeout) : null;
    this.timer?.arm(owner.listenerFiltersTimeoutMs);
  }

  /** Not in the constructor: the owner has to know the socket before it is told that it is gone. */
  start(): void {
    this.run();
  }

  /** A socket that is gone does not tell them any more. */
  rememberAddresses(): void {
    this.raw.remoteAddress();
    this.raw.localAddress();
  }

  get remoteAddress(): Address {
    return this.raw.remoteAddress();
  }
  get localAddress(): Address {
    return this.raw.localAddress();
  }

  drain(n: number): void {
    const read = this.read;
    if (read === null || n === 0) return;
    this.read = n < read.length ? read.subarray(n) : null;
    this.seen = 0;
  }

  private run(): void {
    const factories = this.owner.listenerFilters;
    for (;;) {
      if (this.filter === null) {
        if (this.next === factories.length) {
          this.inspected();
          return;
        }
        this.filter = factories[this.next++].create(this);
        this.seen = 0;
        if (this.filter === null) continue;
      }
      const data = this.read ?? EMPTY;
      if (this.filter.maxBytes > 0 && data.length <= this.seen) {
        this.raw.readStart();
        return;
      }
      this.seen = data.length;
      const verdict = this.filter.onData(data, this);
      if (verdict === 'close' || (verdict === 'more' && data.length >= this.filter.maxBytes)) {
        this.close();
        return;
      }
      if (verdict === 'done') this.filter = null;
    }
  }

  private inspected(): void {
    this.end();
    this.raw.readStop();
    this.owner.inspected(this, this.raw, this.info, this.read);
  }

  /** Drop the socket: a filter said so, or the listener goes away. */
  close(): void {
    if (this.over) return;
    this.end();
    // Envoy has looked at the bytes and left them in the kernel, which answers with RST then.
    if (this.read === null) this.raw.close();
    else this.raw.reset();
    this.owner.gone(this);
  }

  private end(): void {
    this.over = true;
    this.timer?.cancel();
    this.owner.stats.preCxActive.dec();
  }

  private readonly onTimeout = (): void => {
    this.owner.stats.preCxTimeout.inc();
    if (this.owner.continueOnListenerFiltersTimeout) this.inspected();
    else this.close();
  };

  wireData(chunk: Buffer): void {
    if (this.over) return;
    this.read = this.read === null ? chunk : Buffer.concat([this.read, chunk]);
    // What no filter asked for stays in the kernel until somebody does.
    this.raw.readStop();
    this.run();
  }

  wireEnd(): void {
    if (this.over) return;
    this.owner.stats.listenerFilterRemoteClose.inc();
    this.close();
  }

  wireFailed(): void {
    if (this.over) return;
    this.end();
    this.owner.stats.listenerFilterError.inc();
    this.owner.gone(this);
  }

  wireConnected(): void {}
  wireWritten(): void {}
  wireShutdownDone(): void {}
}

const EMPTY = Buffer.alloc(0);
