/**
 * Compression and decompression piece by piece, at once and without the thread pool: Node's zlib handles, written to directly. Envoy compresses on
 * its worker threads in the same way (source/extensions/compression). A handle that has done its work is reset and kept for the next stream.
 */
import type { BrotliCompress, BrotliDecompress, Gunzip, Gzip, ZstdCompress, ZstdDecompress } from 'node:zlib';

type NodeStream = Gzip | Gunzip | BrotliCompress | BrotliDecompress | ZstdCompress | ZstdDecompress;

/** What stands behind every stream of node:zlib. */
interface Handle {
  onerror: (message: string, errno: number, code: string) => void;
  writeSync(
    flush: number,
    input: Buffer,
    at: number,
    length: number,
    out: Buffer,
    outAt: number,
    outLength: number,
  ): void;
  reset(): void;
  close(): void;
}

interface Inside {
  readonly _handle: Handle;
  /** Left after a write: room in `out`, and bytes of the input. */
  readonly _writeState: Uint32Array;
}

/** Handles that wait for another stream. */
const MAX_KEPT = 4;
const NOTHING = Buffer.alloc(0);

export class ZlibStream {
  private readonly handle: Handle;
  private readonly state: Uint32Array;
  private readonly out: Buffer;
  /** Of the library, such as Z_DATA_ERROR; '' while there is none. */
  error: string;

  constructor(stream: NodeStream, out: Buffer) {
    const { _handle, _writeState } = stream as unknown as Inside;
    this.handle = _handle;
    this.state = _writeState;
    this.out = out;
    this.error = '';
    _handle.onerror = (_message, _errno, code) => {
      this.error = code;
    };
  }

  /** What comes out of `data`; what came out before stays where `limit` bytes are passed. */
  write(data: Buffer, flush: number, limit = Number.POSITIVE_INFINITY): Buffer {
    const { handle, state, out } = this;
    const pieces: Buffer[] = [];
    let bytes = 0;
    let at = 0;
    while (this.error === '') {
      handle.writeSync(flush, data, at, data.length - at, out, 0, out.length);
      if (this.error !== '') break;
      const made = out.length - state[0];
      at = data.length - state[1];
      if (made > 0) {
        pieces.push(Buffer.from(out.subarray(0, made)));
        bytes += made;
      }
      // With room left all that could come has come.
      if (state[0] > 0 || bytes > limit) break;
    }
    this.passedLimit = bytes > limit;
    return pieces.length === 0 ? NOTHING : pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes);
  }
  /** Of the last write. */
  passedLimit = false;

  /** As new. */
  reset(): void {
    this.error = '';
    this.handle.reset();
  }
  close(): void {
    this.handle.close();
  }
}

/** One message on a stream of a pool, which gets it back. */
export abstract class ZlibMessage<Library extends { readonly pool: ZlibPool }> {
  protected readonly library: Library;
  /** Null once it is done. */
  protected stream: ZlibStream | null;

  constructor(library: Library) {
    this.library = library;
    this.stream = library.pool.take();
  }

  done(): void {
    if (this.stream !== null) this.library.pool.give(this.stream);
    this.stream = null;
  }
}

/** Streams of one configuration. */
export class ZlibPool {
  private readonly make: () => NodeStream;
  private readonly out: Buffer;
  private readonly kept: ZlibStream[];

  /** `chunk`: bytes of output at a time. */
  constructor(make: () => NodeStream, chunk: number) {
    this.make = make;
    this.out = Buffer.allocUnsafeSlow(chunk);
    this.kept = [];
  }

  take(): ZlibStream {
    return this.kept.pop() ?? new ZlibStream(this.make(), this.out);
  }

  give(stream: ZlibStream): void {
    if (this.kept.length >= MAX_KEPT) {
      stream.close();
      return;
    }
    stream.reset();
    if (stream.error === '') this.kept.push(stream);
    else stream.close();
  }
}
