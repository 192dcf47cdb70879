/** A wire on a plain `net.Socket` (or a TLS socket): documented Node API only. See wire.ts for when it is used. */
import type * as net from 'node:net';
import { Address, BoundAddress, plainIp } from './address.ts';
import type { TransportSecurity, Wire, WireOwner } from './wire.ts';

/** Loaded when it is used: with its streams 2 ms of CPU, which a start on handles does not have. */
export const nodeNet = (): typeof net => process.getBuiltinModule('node:net');

export class NetWire implements Wire {
  readonly keepsWrites: boolean = true;
  private readonly socket: net.Socket;
  private readonly path: string;
  /** Where it comes from a local address that was asked for. */
  bound: BoundAddress | null = null;
  private owner: WireOwner | null;
  private remote: Address | null = null;
  private local: Address | null = null;
  private reading = false;
  private unread: Buffer | null = null;

  constructor(socket: net.Socket, owner: WireOwner, path: string) {
    this.socket = socket;
    this.owner = owner;
    this.path = path;
    socket.pause();
    socket.on('data', (chunk: Buffer) => this.owner?.wireData(chunk));
    socket.on('end', () => this.owner?.wireEnd());
    socket.on('error', (e: NodeJS.ErrnoException) => {
      const o = this.owner;
      this.owner = null;
      this.socket.destroy();
      const code = e.code ?? e.message;
      o?.wireFailed(e.syscall === 'bind' && this.bound !== null ? this.bound.failed(code) : code);
    });
    socket.on('connect', () => this.owner?.wireConnected());
    socket.on('finish', () => this.owner?.wireShutdownDone());
    if (!this.reading) socket.pause();
  }

  /** For a transport's own socket over it. */
  get plainSocket(): net.Socket {
    return this.socket;
  }

  handOver(owner: WireOwner, unread: Buffer | null): void {
    this.owner = owner;
    this.unread = unread;
  }

  readStart(): void {
    this.reading = true;
    if (this.unread !== null) setImmediate(this.giveUnread);
    else this.socket.resume();
  }

  private readonly giveUnread = (): void => {
    const { unread } = this;
    if (unread === null || !this.reading || this.owner === null) return;
    this.unread = null;
    this.socket.resume();
    this.owner.wireData(unread);
  };
  get ready(): boolean {
    return true;
  }
  get security(): TransportSecurity | null {
    return null;
  }

  readStop(): void {
    this.reading = false;
    this.socket.pause();
  }

  writeBuffer(data: Buffer): boolean {
    this.socket.write(data, this.written);
    return false;
  }
  writeMany(chunks: Buffer[]): boolean {
    this.socket.cork();
    for (let i = 0; i < chunks.length - 1; i++) this.socket.write(chunks[i]);
    this.socket.write(chunks[chunks.length - 1], this.written);
    this.socket.uncork();
    return false;
  }
  private readonly written = (error?: Error | null): void => {
    if (!error) this.owner?.wireWritten();
  };

  shutdown(): void {
    this.socket.end();
  }
  unwritten(): number {
    // What net.Socket itself holds, and what is with its handle.
    const handle = (this.socket as unknown as { _handle: { writeQueueSize?: number } | null })._handle;
    return this.socket.writableLength + (handle?.writeQueueSize ?? 0);
  }

  close(): void {
    this.owner = null;
    if (this.unread === null) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
  reset(): void {
    this.owner = null;
    this.socket.resetAndDestroy();
  }
  setKeepAlive(enable: boolean, initialDelaySeconds: number): void {
    this.socket.setKeepAlive(enable, initialDelaySeconds * 1000);
  }
  setTypeOfService(tos: number): void {
    this.socket.setTypeOfService(tos);
  }

  remoteAddress(): Address {
    this.remote ??= this.make(this.socket.remoteAddress, this.socket.remotePort);
    return this.remote;
  }
  localAddress(): Address {
    this.local ??= this.make(this.socket.localAddress, this.socket.localPort);
    return this.local;
  }
  private make(ip: string | undefined, port: number | undefined): Address {
    if (this.path !== '') return new Address('', 0, this.path);
    return new Address(plainIp(ip ?? '0.0.0.0'), port ?? 0);
  }
}

/** A socket on its way there. */
export function connectSocket(address: Address): net.Socket {
  const path = address.systemPath;
  const { connect } = nodeNet();
  return path !== ''
    ? connect({ path, allowHalfOpen: true })
    : connect({
        host: address.ip,
        port: address.port,
        allowHalfOpen: true,
        noDelay: true,
        autoSelectFamily: false,
        ...(address instanceof BoundAddress && { localAddress: address.local.ip, localPort: address.local.port }),
      });
}

export function connectNet(address: Address, owner: WireOwner): NetWire {
  const wire = new NetWire(connectSocket(address), owner, address.path);
  if (address instanceof BoundAddress) wire.bound = address;
  return wire;
}
