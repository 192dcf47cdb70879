/** A codec's output on a plain Node socket: what is written in one turn of the event loop leaves in one write. */
import type { Socket } from 'node:net';
import type { CodecOutput } from '../../src/codec/http.ts';

export class TurnOutput implements CodecOutput {
  private readonly socket: Socket;
  private pieces: Buffer[] = [];
  private source: { flush(): void } | null = null;
  private asked = false;
  constructor(socket: Socket) {
    this.socket = socket;
  }
  write(data: Buffer): void {
    this.pieces.push(data);
    this.ask();
  }
  writeLatin1(text: string): void {
    this.write(Buffer.from(text, 'latin1'));
  }
  beforeFlush(source: { flush(): void }): void {
    this.source = source;
    this.ask();
  }
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }
  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    process.nextTick(flush, this);
  }
  flushNow(): void {
    this.asked = true;
    const source = this.source;
    this.source = null;
    source?.flush();
    const pieces = this.pieces;
    this.asked = false;
    if (pieces.length === 0) return;
    this.pieces = [];
    if (!this.socket.destroyed) this.socket.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
  }
}

function flush(output: TurnOutput): void {
  output.flushNow();
}
