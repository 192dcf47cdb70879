/** The wire of a context whose secrets are not there yet: fails as soon as there is a connection (NotReadySslSocket, source/common/tls/ssl_socket.cc). */
import type { Address } from '../transport/address.ts';
import { RAW_BUFFER } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';

const REASON = 'TLS_error: Secret is not supplied by SDS';

class NotReadyWire implements Wire, WireOwner {
  readonly takesLent: boolean = false;
  readonly keepsWrites: boolean = false;
  readonly secure: boolean = true;
  readonly ready: boolean = false;
  readonly security = null;
  raw!: Wire;
  private owner: WireOwner;
  private closed = false;

  constructor(owner: WireOwner) {
    this.owner = owner;
  }

  readonly fail = (): void => {
    if (this.closed) return;
    this.close();
    this.owner.wireFailed(REASON);
  };

  wireConnected(): void {
    this.fail();
  }
  wireFailed(code: string): void {
    if (this.closed) return;
    this.closed = true;
    this.owner.wireFailed(code);
  }
  wireData(): void {}
  wireEnd(): void {}
  wireWritten(): void {}
  wireShutdownDone(): void {}

  handOver(owner: WireOwner): void {
    this.owner = owner;
  }
  readStart(): void {}
  readStop(): void {}
  /** Nothing is sent, and nothing is ever completed: the end comes first. */
  writeBuffer(): boolean {
    return false;
  }
  writeMany(): boolean {
    return false;
  }
  unwritten(): number {
    return 0;
  }
  shutdown(): void {}
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.raw.close();
  }
  reset(): void {
    if (this.closed) return;
    this.closed = true;
    this.raw.reset();
  }
  setKeepAlive(): void {}
  remoteAddress(): Address {
    return this.raw.remoteAddress();
  }
  localAddress(): Address {
    return this.raw.localAddress();
  }
}

export function acceptNotReady(raw: Wire, owner: WireOwner): Wire {
  const wire = new NotReadyWire(owner);
  wire.raw = raw;
  raw.handOver(wire, null);
  setImmediate(wire.fail);
  return wire;
}

export function connectNotReady(address: Address, owner: WireOwner): Wire {
  const wire = new NotReadyWire(owner);
  wire.raw = RAW_BUFFER.connect(address, wire, null);
  return wire;
}
