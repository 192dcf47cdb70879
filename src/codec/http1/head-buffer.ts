/** Gathers a head (or a trailer section) that arrives in pieces. The usual message never comes here: it is parsed where it was read. */

/** A first piece is rarely far from complete. */
const FIRST_BYTES = 2048;

export class HeadBuffer {
  bytes: Buffer | null;
  length: number;

  constructor() {
    this.bytes = null;
    this.length = 0;
  }

  /** The caller bounds what it appends. */
  append(chunk: Buffer, start: number, end: number): void {
    const need = this.length + end - start;
    let bytes = this.bytes;
    if (bytes === null || bytes.length < need) {
      let size = bytes === null ? FIRST_BYTES : bytes.length * 2;
      while (size < need) size *= 2;
      const wider = Buffer.allocUnsafeSlow(size);
      if (bytes !== null) wider.set(bytes.subarray(0, this.length));
      bytes = wider;
      this.bytes = wider;
    }
    bytes.set(chunk.subarray(start, end), this.length);
    this.length = need;
  }

  clear(): void {
    this.bytes = null;
    this.length = 0;
  }
}
