/**
 * A connection in memory, by what wires use of libuv's handles (src/transport/handles.ts): what is written to one end is read from the other
 * in a later turn. A write is always taken whole, and at once.
 */
import { landing } from '../../platform/lent.ts';
import { HandleWire } from '../../transport/handle-wire.ts';
import { type HandleOwner, knownHandles, type Req, type StreamHandle } from '../../transport/handles.ts';
import type { WireOwner } from '../../transport/wire.ts';

const UV_EOF = -4095;

class MemoryHandle {
  owner: HandleOwner | undefined = undefined;
  onread: () => void = () => {};
  peer: MemoryHandle | null = null;
  private inbox: Uint8Array[] = [];
  private reading = false;
  private scheduled = false;
  private closed = false;
  /** The other end is closed. */
  private ended = false;

  useUserBuffer(): void {}
  readStart(): number {
    this.reading = true;
    this.schedule();
    return 0;
  }
  readStop(): number {
    this.reading = false;
    return 0;
  }

  private schedule(): void {
    if (this.scheduled || !this.reading || this.closed || (this.inbox.length === 0 && !this.ended)) return;
    this.scheduled = true;
    setImmediate(deliver, this);
  }
  deliver(): void {
    this.scheduled = false;
    if (!this.reading || this.closed) return;
    const data = this.inbox.shift();
    const { streamBaseState, kReadBytesOrError } = knownHandles().stream;
    if (data === undefined) {
      this.reading = false;
      streamBaseState[kReadBytesOrError] = UV_EOF;
    } else {
      landing.set(data);
      streamBaseState[kReadBytesOrError] = data.length;
    }
    this.onread();
    this.schedule();
  }

  writeBuffer(req: Req, data: Uint8Array): number {
    return this.writev(req, [data]);
  }
  writev(_req: Req, chunks: Uint8Array[]): number {
    const { streamBaseState, kLastWriteWasAsync } = knownHandles().stream;
    streamBaseState[kLastWriteWasAsync] = 0;
    const { peer } = this;
    if (peer !== null && !peer.closed) {
      peer.inbox.push(Buffer.concat(chunks));
      peer.schedule();
    }
    return 0;
  }
  /** 1: there is nothing to wait for. */
  shutdown(): number {
    return 1;
  }
  close(done?: () => void): void {
    this.closed = true;
    this.inbox = [];
    const { peer } = this;
    if (peer !== null) {
      peer.ended = true;
      peer.schedule();
    }
    if (done !== undefined) setImmediate(done);
  }
  setNoDelay(): number {
    return 0;
  }
  setKeepAlive(): number {
    return 0;
  }
}

function deliver(handle: MemoryHandle): void {
  handle.deliver();
}

/** Makes one end's wire; may be called once. */
export type End = (owner: WireOwner) => HandleWire;

/** Both ends of a new connection. `path`: what they say their address is. */
export function memoryConnection(path: string): [End, End] {
  const a = new MemoryHandle();
  const b = new MemoryHandle();
  a.peer = b;
  b.peer = a;
  const end =
    (handle: MemoryHandle): End =>
    (owner) =>
      new HandleWire(handle as unknown as StreamHandle, owner, path);
  return [end(a), end(b)];
}
