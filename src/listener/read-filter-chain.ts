/**
 * One connection on its way through the filters before the terminal one. Once none of them wants to see more, the connection's handler is
 * the terminal filter's own and nothing of this is left in the bytes' way. Mirrors source/common/network/filter_manager_impl.cc.
 */
import type { NetworkFilterFactory } from '../extension/context.ts';
import { own } from '../platform/lent.ts';
import type { Connection } from '../transport/connection.ts';
import type { DrainSequence } from '../transport/drain.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import { ConnectionInfo } from './connection-info.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory } from './network-filter.ts';

export class ReadFilterChain implements ConnectionHandler, ReadFilterCallbacks {
  readonly connection: Connection;
  private readonly filters: readonly ReadFilter[];
  /** Those that want to see data, by their place; null once they are done. */
  private readonly watching: (ReadFilter | null)[];
  private readonly terminal: NetworkFilterFactory;
  private readonly limit: number;
  /** The terminal filter's handler, null until every filter has seen the new connection. */
  private inner: ConnectionHandler | null = null;
  /** Filters that have met the connection. */
  private met = 0;
  /** The filter that holds the connection up, -1 for none. */
  private stoppedAt = -1;
  private held: Buffer | null = null;
  private heldEnd = false;
  /** The terminal filter does not want anything read before it is there. */
  private waiting = false;
  /** Too much is held: nothing is read until it goes on. */
  private paused = false;
  private drain: DrainSequence | null = null;
  private facts: ConnectionInfo | null = null;
  /** Bytes that are shown to filters now. */
  private shown = 0;

  constructor(
    connection: Connection,
    factories: readonly ReadFilterFactory[],
    terminal: NetworkFilterFactory,
    bufferLimitBytes: number,
  ) {
    this.connection = connection;
    this.terminal = terminal;
    this.limit = bufferLimitBytes;
    connection.handler = this;
    // A socket that is gone does not tell them any more.
    connection.directRemoteAddress;
    connection.directLocalAddress;
    this.filters = factories.map((f) => f.create(this));
    this.watching = this.filters.map((f) => (f.onData === undefined ? null : f));
  }

  get info(): ConnectionInfo {
    this.facts ??= new ConnectionInfo(this.connection);
    return this.facts;
  }

  /** Every filter that has not yet meets the connection, the terminal one last. False when one holds it up or closed it. */
  open(): boolean {
    while (this.met < this.filters.length) if (!this.meet()) return false;
    return this.openTerminal();
  }

  /** The next one's turn. */
  private meet(): boolean {
    const i = this.met++;
    const verdict = this.filters[i].onNewConnection?.();
    if (!this.connection.open) return false;
    if (verdict !== 'stop') return true;
    this.stoppedAt = i;
    if (this.terminal.readsLater === true && !this.waiting) {
      this.waiting = true;
      this.connection.readDisable(true);
    }
    return false;
  }

  private openTerminal(): boolean {
    this.terminal.onConnection(this.connection);
    if (this.waiting) {
      this.waiting = false;
      this.connection.readDisable(false);
    }
    if (!this.connection.open) return false;
    this.inner = this.connection.handler;
    this.connection.handler = this;
    if (this.drain !== null) this.inner.onDrain?.(this.drain);
    this.leave();
    return true;
  }

  /** Nobody is left who wants to see bytes before the terminal filter does. */
  private leave(): void {
    if (this.inner === null || this.held !== null || this.heldEnd) return;
    // A filter that wants to know of the end stays in between.
    for (let i = 0; i < this.filters.length; i++) {
      if (this.watching[i] !== null || this.filters[i].onClose !== undefined) return;
      if (this.filters[i].onHandshake !== undefined && !this.connection.transportReady) return;
    }
    this.connection.handler = this.inner;
  }

  continueReading(filter: ReadFilter): void {
    const at = this.stoppedAt;
    if (at < 0 || this.filters[at] !== filter || !this.connection.open) return;
    this.stoppedAt = -1;
    // Who is behind meets the connection first. The bytes begin where they were stopped.
    if (this.inner === null && this.held === null && !this.heldEnd) {
      this.open();
      return;
    }
    const data = this.held ?? EMPTY;
    this.held = null;
    const end = this.heldEnd;
    this.heldEnd = false;
    if (this.paused) {
      this.paused = false;
      this.connection.readDisable(false);
    }
    this.pass(at + 1, data, end);
    this.leave();
  }

  /** From one filter to the next, each of which meets the connection before its first byte. */
  private pass(from: number, chunk: Buffer, end: boolean): void {
    let data = chunk;
    this.shown = data.length;
    for (let i = from; i < this.filters.length; i++) {
      if (i >= this.met && !this.meet() && !this.connection.open) return;
      if (i === this.stoppedAt && this.held !== null) {
        // It is shown all that is held for it.
        data = Buffer.concat([this.held, data]);
        this.held = null;
        this.shown = data.length;
      }
      const f = this.watching[i];
      if (f === null) {
        // It said stop when it met the connection, and does not look at bytes.
        if (i !== this.stoppedAt) continue;
        this.hold(data, end);
        return;
      }
      const verdict = (f.onData as NonNullable<ReadFilter['onData']>)(data, end);
      if (!this.connection.open) return;
      if (verdict === 'stop') {
        this.stoppedAt = i;
        this.hold(data, end);
        return;
      }
      if (i === this.stoppedAt) this.stoppedAt = -1;
      if (verdict === 'done') this.watching[i] = null;
    }
    if (this.inner === null && !this.openTerminal()) return;
    const inner = this.inner as unknown as ConnectionHandler;
    this.shown = 0;
    if (data.length > 0) inner.onData(data);
    if (end && this.connection.open) inner.onEnd();
  }

  private hold(data: Buffer, end: boolean): void {
    this.shown = 0;
    const kept = own(data, 0, data.length);
    this.held = this.held === null ? kept : Buffer.concat([this.held, kept]);
    this.heldEnd = this.heldEnd || end;
    if (!this.paused && this.limit > 0 && this.held.length > this.limit) {
      this.paused = true;
      this.connection.readDisable(true);
    }
  }

  onConnected(): void {}

  onData(chunk: Buffer): void {
    this.pass(0, chunk, false);
    this.leave();
  }

  onEnd(): void {
    this.pass(0, EMPTY, true);
    this.leave();
  }

  onClose(local: boolean, error: string): void {
    for (const f of this.filters) f.onClose?.();
    const unread = this.shown + (this.held === null ? 0 : this.held.length);
    if (this.inner === null) {
      this.terminal.onConnection(this.connection);
      const { handler } = this.connection;
      if (handler === this) return;
      this.inner = handler;
    }
    if (unread > 0) this.inner.onUnread?.(unread);
    this.inner.onClose(local, error);
  }
  onHandshake(): void {
    for (const f of this.filters) f.onHandshake?.();
    this.inner?.onHandshake?.();
    this.leave();
  }
  /** Kept until the terminal filter is there. */
  onDrain(sequence: DrainSequence): void {
    this.drain = sequence;
    this.inner?.onDrain?.(sequence);
  }
  onAboveWriteBuffer(): void {
    this.inner?.onAboveWriteBuffer();
  }
  onBelowWriteBuffer(): void {
    this.inner?.onBelowWriteBuffer();
  }
}

const EMPTY = Buffer.alloc(0);
