/**
 * The beginnings of a buffer by their length, each made when first asked for and kept: reads and writes of the same few lengths come
 * again and again, and an object for each costs more than the memory of these.
 */
export class PrefixViews {
  private readonly buffer: Buffer;
  private readonly longest: number;
  private readonly views: (Buffer | undefined)[];

  /** Views of more than `longest` bytes are not kept. */
  constructor(buffer: Buffer, longest: number) {
    this.buffer = buffer;
    this.longest = longest;
    this.views = new Array(longest + 1).fill(undefined);
  }

  /** The first `n` bytes. */
  first(n: number): Buffer {
    if (n > this.longest) return this.buffer.subarray(0, n);
    const known = this.views[n];
    if (known !== undefined) return known;
    const made = this.buffer.subarray(0, n);
    this.views[n] = made;
    return made;
  }
}
