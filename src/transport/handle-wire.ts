/** A wire on libuv's stream handles (handles.ts), without the stream objects that `net` puts on top. */
import { writeSync, writevSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { heldMemory } from '../platform/held-memory.ts';
import { BULK_BYTES, beginLoan, copyOf, endLoan, LENT_BYTES, landing, spoilLent } from '../platform/lent.ts';
import { PrefixViews } from '../platform/prefix-views.ts';
import { Address, BoundAddress, plainIp } from './address.ts';
import { type HandleOwner, type Handles, handles, type Req, type ServerHandle, type StreamHandle } from './handles.ts';
import type { TransportSecurity, Wire, WireOwner } from './wire.ts';

const UV_EOF = -4095;
const UV_EAFNOSUPPORT = -97;

/** Made and used only where the probe of handles.ts found them. */
const { stream, tcp, pipe } = handles ?? ({} as Handles);

/**
 * Every read lands in one buffer; what is not lent (platform/lent.ts) is copied to where it can stay. Letting libuv allocate
 * 64 KiB per read and shrink it costs more than the copy, and leaves the collector with an ArrayBuffer per read. These are its views.
 */
const landed = new PrefixViews(landing, LENT_BYTES);

/** The beginning of it, for whoever shall bring little: where memory is short, and where a head is waited for whose body has nowhere to go. */
const sparing = landing.subarray(0, 8 * 1024);
/** A change of the buffer costs the handle some bytes for as long as it lives: after this many it stays with the small one. */
const MAX_CHANGES = 1000;

/** All wires, in a list of their own links: when memory gets short the very next reads must bring less. */
let first: HandleWire | null = null;
heldMemory.onExceeded = () => {
  for (let w = first; w !== null; w = w.next) w.chooseBuffer();
};

/** A request object whose write completed at once was never attached to anything: it serves again. */
let spareWrite: Req | null = null;

export class HandleWire implements Wire, HandleOwner {
  readonly keepsWrites: boolean = false;
  private handle: StreamHandle | null;
  private owner: WireOwner;
  private reading = false;
  /** Read by the owner before this one, not yet given to this one. */
  private unread: Buffer | null = null;
  /** Reads bring little because the owner wants it so, and because of either that or held memory. */
  private wantsLittle = false;
  private bringsLittle = false;
  private changes = 0;
  next: HandleWire | null;
  private prev: HandleWire | null = null;
  private remote: Address | null = null;
  private local: Address | null = null;
  private readonly path: string;

  constructor(handle: StreamHandle, owner: WireOwner, path: string) {
    this.handle = handle;
    this.owner = owner;
    this.path = path;
    this.next = first;
    if (first !== null) first.prev = this;
    first = this;
    handle.owner = this;
    handle.onread = onRead;
    this.bringsLittle = heldMemory.level > 0;
    handle.useUserBuffer(this.bringsLittle ? sparing : landing);
  }

  handOver(owner: WireOwner, unread: Buffer | null): void {
    this.owner = owner;
    this.unread = unread;
  }

  readStart(): void {
    if (this.reading || this.handle === null) return;
    this.reading = true;
    if (this.unread !== null) setImmediate(giveUnread, this);
    else this.handle.readStart();
  }

  get ready(): boolean {
    return true;
  }
  get security(): TransportSecurity | null {
    return null;
  }

  giveUnread(): void {
    const { handle, unread } = this;
    if (handle === null || unread === null || !this.reading) return;
    this.unread = null;
    handle.readStart();
    this.owner.wireData(unread);
  }

  readStop(): void {
    if (!this.reading || this.handle === null) return;
    this.reading = false;
    this.handle.readStop();
  }

  readSparingly(on: boolean): void {
    this.wantsLittle = on;
    this.chooseBuffer();
  }

  /** By what the owner and the level of held memory want. */
  chooseBuffer(): void {
    const little = this.wantsLittle || heldMemory.level > 0;
    if (little === this.bringsLittle || this.handle === null || this.changes === MAX_CHANGES) return;
    // The last change is one to the small buffer.
    if (++this.changes === MAX_CHANGES && !little) return;
    this.bringsLittle = little;
    this.handle.useUserBuffer(little ? sparing : landing);
  }

  writeBuffer(data: Buffer): boolean {
    const req = this.writeReq();
    return this.sent(this.handle!.writeBuffer(req, data), req, data);
  }

  writeMany(chunks: Buffer[]): boolean {
    const req = this.writeReq();
    return this.sent(this.handle!.writev(req, chunks, true), req, chunks);
  }

  writeSome(chunks: Buffer[]): number {
    const fd = this.handle?.fd ?? -1;
    if (fd < 0) return 0;
    try {
      return chunks.length === 1 ? writeSync(fd, chunks[0]) : writevSync(fd, chunks);
    } catch {
      // Full, or broken: the write that follows says which.
      return 0;
    }
  }

  unwritten(): number {
    return this.handle?.writeQueueSize ?? 0;
  }

  private writeReq(): Req {
    const req = spareWrite ?? new stream.WriteWrap();
    spareWrite = null;
    return req;
  }

  private sent(status: number, req: Req, held: unknown): boolean {
    if (status !== 0) {
      this.failLater(status);
      return false;
    }
    if (stream.streamBaseState[stream.kLastWriteWasAsync] === 0) {
      spareWrite = req;
      return true;
    }
    req.oncomplete = onWritten;
    req.owner = this;
    req.held = held;
    return false;
  }

  /** Errors of a call are reported from a fresh stack, like those the loop finds. */
  private failLater(status: number): void {
    setImmediate(() => this.fail(status));
  }

  fail(status: number): void {
    if (this.handle === null) return;
    this.close();
    this.owner.wireFailed(getSystemErrorName(status));
  }

  /** As `fail`, in words. */
  refuse(why: string): void {
    if (this.handle === null) return;
    this.close();
    this.owner.wireFailed(why);
  }

  shutdown(): void {
    if (this.handle === null) return;
    const req = new stream.ShutdownWrap();
    req.oncomplete = onShutdown;
    req.owner = this;
    const status = this.handle.shutdown(req);
    // 1: nothing to wait for.
    if (status === 1) setImmediate(() => this.shutdownDone(0));
    else if (status !== 0) this.failLater(status);
  }

  shutdownDone(status: number): void {
    if (this.handle === null) return;
    // ENOTCONN: the peer reset meanwhile; the read side reports it.
    if (status === 0) this.owner.wireShutdownDone();
  }

  /** The handle is not ours any more. */
  private leave(): void {
    this.handle = null;
    if (this.prev !== null) this.prev.next = this.next;
    else first = this.next;
    if (this.next !== null) this.next.prev = this.prev;
    this.prev = null;
    this.next = null;
  }

  /** For a transport's own stream over it: reads and writes go through that one from then on. Null once closed. */
  get stream(): StreamHandle | null {
    return this.handle;
  }

  /** `done`: the handle is gone. */
  close(done?: () => void): void {
    const h = this.handle;
    if (h === null) return;
    // What listener filters have looked at is in the kernel yet under Envoy, which answers with RST then.
    if (this.unread !== null) {
      this.reset(done);
      return;
    }
    this.leave();
    this.reading = false;
    h.owner = undefined;
    h.close(done);
  }

  reset(done?: () => void): void {
    const h = this.handle;
    if (h === null) return;
    // Logs still name the peer.
    this.remoteAddress();
    this.localAddress();
    this.leave();
    this.reading = false;
    h.owner = undefined;
    if (h.reset === undefined || h.reset(done) !== 0) h.close(done);
  }

  setKeepAlive(enable: boolean, initialDelaySeconds: number): void {
    this.handle?.setKeepAlive?.(enable, initialDelaySeconds);
  }

  setTypeOfService(tos: number): void {
    this.handle?.setTypeOfService?.(tos);
  }

  remoteAddress(): Address {
    this.remote ??= this.name('getpeername');
    return this.remote;
  }

  localAddress(): Address {
    this.local ??= this.name('getsockname');
    return this.local;
  }

  private name(call: 'getpeername' | 'getsockname'): Address {
    if (this.path !== '') return new Address('', 0, this.path);
    const out: { address?: string; port?: number } = {};
    if (this.handle === null || this.handle[call]?.(out) !== 0) return new Address('0.0.0.0', 0);
    return new Address(plainIp(out.address ?? ''), out.port ?? 0);
  }

  connected(status: number): void {
    if (this.handle === null) return;
    if (status !== 0) this.fail(status);
    else this.owner.wireConnected();
  }

  received(): void {
    const n = stream.streamBaseState[stream.kReadBytesOrError];
    if (n > 0) {
      const owner = this.owner;
      if (this.bringsLittle !== heldMemory.level > 0) this.chooseBuffer();
      if (n <= LENT_BYTES && owner.takesLent) {
        owner.wireData(landed.first(n));
        if (spoilLent) landing.fill('!', 0, n);
      } else if (n >= BULK_BYTES && owner.takesBulk === true) {
        beginLoan();
        try {
          owner.wireData(landing.subarray(0, n));
        } finally {
          endLoan();
        }
        if (spoilLent) landing.fill('!', 0, n);
      } else {
        owner.wireData(copyOf(landing, 0, n));
      }
    } else if (n === UV_EOF) {
      this.readStop();
      this.owner.wireEnd();
    } else if (n < 0) {
      this.fail(n);
    }
  }

  written(status: number): void {
    if (this.handle === null) return;
    if (status !== 0) this.fail(status);
    else this.owner.wireWritten();
  }
}

function giveUnread(wire: HandleWire): void {
  wire.giveUnread();
}

// Callbacks of libuv: `this` is the handle or the request.
function onRead(this: StreamHandle): void {
  this.owner?.received();
}
function onWritten(this: Req, status: number): void {
  this.held = null;
  this.owner?.written(status);
}
function onShutdown(this: Req, status: number): void {
  this.owner?.shutdownDone(status);
}
function onConnect(this: Req, status: number): void {
  this.owner?.connected(status);
}

/** 0, or why not. An address of the other family leads nowhere. */
function bound(handle: StreamHandle & ServerHandle, { ip, local }: BoundAddress): number {
  const is6 = local.ip.includes(':');
  if (is6 !== ip.includes(':')) return UV_EAFNOSUPPORT;
  return is6 ? handle.bind6(local.ip, local.port, 0) : handle.bind(local.ip, local.port, 0);
}

/** Begin to connect; `owner.wireConnected` or `wireFailed` follows, never from within this call. */
export function connectHandle(address: Address, owner: WireOwner): HandleWire {
  const isPipe = address.path !== '';
  const handle = isPipe ? new pipe.Pipe(pipe.constants.SOCKET) : new tcp.TCP(tcp.constants.SOCKET);
  const wire = new HandleWire(handle, owner, isPipe ? address.path : '');
  const req = isPipe ? new pipe.PipeConnectWrap() : new tcp.TCPConnectWrap();
  req.oncomplete = onConnect;
  req.owner = wire;
  let status = 0;
  if (address instanceof BoundAddress) {
    status = bound(handle as StreamHandle & ServerHandle, address);
    if (status !== 0) {
      const code = getSystemErrorName(status);
      setImmediate(() => wire.refuse(address.failed(code)));
      return wire;
    }
  }
  if (isPipe) {
    status = handle.connect(req, address.systemPath) ?? 0;
  } else {
    status = address.ip.includes(':')
      ? handle.connect6!(req, address.ip, address.port)
      : handle.connect(req, address.ip, address.port);
    if (status === 0) handle.setNoDelay?.(true);
  }
  if (status !== 0) setImmediate(() => wire.fail(status));
  return wire;
}
