/**
 * A connection inside the process: two wires, what is written to one comes out of the other. Role of Envoy's user space IoHandle
 * (source/extensions/io_socket/user_space) and of the client connection factory of internal addresses. Loaded for internal listeners.
 *
 * A write is over when the other side has taken it, so that whoever does not read stops who writes. Nothing is told from within a call.
 */
import { Address } from './address.ts';
import { INTERNAL, internal } from './internal.ts';
import type { TransportSecurity, Wire, WireOwner } from './wire.ts';

const CLIENT = new Address('', 0, `${INTERNAL}internal_client_address/`);

/** Told of a connection to it: a listener. */
export interface InternalListener {
  accepted(make: (owner: WireOwner) => Wire): void;
}

/** By name. */
const listeners = new Map<string, InternalListener>();

/** Its name is `listener`'s from now on. */
export function listenInternally(name: string, listener: InternalListener): void {
  internal.connect = connectInternal;
  listeners.set(name, listener);
}

/** Nothing happens where somebody else has the name by now. */
export function stopInternally(name: string, listener: InternalListener): void {
  if (listeners.get(name) === listener) listeners.delete(name);
}

function connectInternal(address: Address, owner: WireOwner): Wire {
  const client = new InternalWire(CLIENT, address, owner);
  setImmediate(() => {
    if (client.closed) return;
    const name = address.path.slice(INTERNAL.length).split('/', 1)[0];
    const listener = listeners.get(name);
    if (listener === undefined) {
      client.fail('EINVAL');
      return;
    }
    let server: InternalWire | null = null;
    listener.accepted((accepting) => {
      server = new InternalWire(address, CLIENT, accepting);
      server.peer = client;
      client.peer = server;
      return server;
    });
    if (server !== null && !client.closed) owner.wireConnected();
  });
  return client;
}

export class InternalWire implements Wire {
  readonly keepsWrites = false;
  readonly copiesWrites = true;
  readonly ready = true;
  readonly security: TransportSecurity | null = null;
  peer: InternalWire | null = null;
  closed = false;
  private readonly local: Address;
  private readonly remote: Address;
  private owner: WireOwner;
  private reading = false;
  /** Of the owner before this one. */
  private unread: Buffer | null = null;
  /** Written by the peer: one write at a time. */
  private inbox: Buffer | null = null;
  private ended = false;
  private told = false;
  private scheduled = false;

  constructor(local: Address, remote: Address, owner: WireOwner) {
    this.local = local;
    this.remote = remote;
    this.owner = owner;
  }

  handOver(owner: WireOwner, unread: Buffer | null): void {
    this.owner = owner;
    this.unread = unread;
  }

  readStart(): void {
    this.reading = true;
    this.schedule();
  }
  readStop(): void {
    this.reading = false;
  }

  private schedule(): void {
    if (this.scheduled || !this.reading || this.closed) return;
    if (this.unread === null && this.inbox === null && !this.ended) return;
    this.scheduled = true;
    setImmediate(deliver, this);
  }

  deliver(): void {
    this.scheduled = false;
    if (!this.reading || this.closed) return;
    const { unread, inbox } = this;
    if (unread !== null) {
      this.unread = null;
      this.owner.wireData(unread);
    } else if (inbox !== null) {
      this.inbox = null;
      this.peer?.taken();
      this.owner.wireData(inbox);
    } else if (this.ended && !this.told) {
      this.told = true;
      this.owner.wireEnd();
      return;
    }
    if (!this.told) this.schedule();
  }

  /** The write that was in flight came out at the other side. */
  private taken(): void {
    if (!this.closed) this.owner.wireWritten();
  }

  writeBuffer(data: Buffer): boolean {
    const { peer } = this;
    if (peer === null || peer.closed) setImmediate(() => this.fail('EPIPE'));
    else {
      peer.inbox = Buffer.from(data);
      peer.schedule();
    }
    return false;
  }
  writeMany(chunks: Buffer[]): boolean {
    return this.writeBuffer(Buffer.concat(chunks));
  }
  unwritten(): number {
    return this.peer?.inbox?.length ?? 0;
  }

  shutdown(): void {
    this.endPeer();
    setImmediate(() => {
      if (!this.closed) this.owner.wireShutdownDone();
    });
  }

  private endPeer(): void {
    const { peer } = this;
    if (peer === null || peer.ended) return;
    peer.ended = true;
    peer.schedule();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // As a socket that is closed before all was read.
    if (this.inbox !== null) setImmediate(() => this.peer?.fail('ECONNRESET'));
    else this.endPeer();
    this.inbox = null;
    this.unread = null;
  }
  reset(): void {
    if (this.closed) return;
    this.closed = true;
    setImmediate(() => this.peer?.fail('ECONNRESET'));
  }

  fail(code: string): void {
    if (this.closed) return;
    this.close();
    this.owner.wireFailed(code);
  }

  setKeepAlive(): void {}
  remoteAddress(): Address {
    return this.remote;
  }
  localAddress(): Address {
    return this.local;
  }
}

function deliver(wire: InternalWire): void {
  wire.deliver();
}
