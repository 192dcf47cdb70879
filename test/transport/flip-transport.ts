/** A transport for tests: a one-byte handshake, then every byte is changed on the way (XOR), in both directions. */
import type { Address } from '../../src/transport/address.ts';
import { RAW_BUFFER, type TransportFactory } from '../../src/transport/transport-factory.ts';
import type { TransportSecurity, Wire, WireOwner } from '../../src/transport/wire.ts';

export const FLIP = 0x5a;
/** What each side says first; the server's answer to it ends the handshake. */
export const HELLO = Buffer.from([0x7e]);

export function flip(data: Buffer): Buffer {
  const out = Buffer.allocUnsafe(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[i] ^ FLIP;
  return out;
}

class FlipWire implements Wire, WireOwner {
  readonly keepsWrites = false;
  readonly takesLent = false;
  ready = false;
  security: TransportSecurity | null = null;
  raw!: Wire;
  private owner: WireOwner;
  private readonly server: boolean;
  private wantsRead = false;
  /** Held until the handshake is over. */
  private waiting: Buffer[] = [];
  private wantsEnd = false;

  constructor(owner: WireOwner, server: boolean) {
    this.owner = owner;
    this.server = server;
  }

  // --- the socket's side
  wireConnected(): void {
    this.raw.writeBuffer(HELLO);
    this.raw.readStart();
  }
  wireData(chunk: Buffer): void {
    let data = chunk;
    if (!this.ready) {
      if (data[0] !== HELLO[0]) {
        this.raw.close();
        this.owner.wireFailed('EPROTO');
        return;
      }
      data = data.subarray(1);
      if (this.server) this.raw.writeBuffer(HELLO);
      this.ready = true;
      this.security = { alpn: 'h2', serverName: 'flip' };
      if (!this.server) this.owner.wireConnected();
      this.flushWaiting();
      if (!this.wantsRead) this.raw.readStop();
    }
    if (data.length > 0) this.owner.wireData(flip(data));
  }
  wireEnd(): void {
    if (this.ready) this.owner.wireEnd();
    else {
      this.raw.close();
      this.owner.wireFailed('ECONNRESET');
    }
  }
  wireWritten(): void {
    if (this.ready && this.waiting.length === 0) this.owner.wireWritten();
  }
  wireShutdownDone(): void {
    this.owner.wireShutdownDone();
  }
  wireFailed(code: string): void {
    this.owner.wireFailed(code);
  }

  // --- the connection's side
  private flushWaiting(): void {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length > 0 && this.raw.writeBuffer(Buffer.concat(waiting))) this.owner.wireWritten();
    if (this.wantsEnd) this.raw.shutdown();
  }
  handOver(owner: WireOwner): void {
    this.owner = owner;
  }
  readStart(): void {
    this.wantsRead = true;
    this.raw.readStart();
  }
  readStop(): void {
    this.wantsRead = false;
    if (this.ready) this.raw.readStop();
  }
  writeBuffer(data: Buffer): boolean {
    if (this.ready) return this.raw.writeBuffer(flip(data));
    this.waiting.push(flip(data));
    return false;
  }
  writeMany(chunks: Buffer[]): boolean {
    return this.writeBuffer(Buffer.concat(chunks));
  }
  unwritten(): number {
    return this.raw.unwritten();
  }
  shutdown(): void {
    if (this.ready) this.raw.shutdown();
    else this.wantsEnd = true;
  }
  close(): void {
    this.raw.close();
  }
  reset(): void {
    this.raw.reset();
  }
  setKeepAlive(enable: boolean, seconds: number): void {
    this.raw.setKeepAlive(enable, seconds);
  }
  remoteAddress(): Address {
    return this.raw.remoteAddress();
  }
  localAddress(): Address {
    return this.raw.localAddress();
  }
}

export const FLIP_TRANSPORT: TransportFactory = {
  name: 'test.flip',
  secure: true,
  accept(raw, unread, owner) {
    const wire = new FlipWire(owner, true);
    wire.raw = raw;
    raw.handOver(wire, unread);
    return wire;
  },
  connect(address, owner, options) {
    const wire = new FlipWire(owner, false);
    wire.raw = RAW_BUFFER.connect(address, wire, options);
    return wire;
  },
};
