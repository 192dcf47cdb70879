/** UTF-8 bytes of much text that comes in small pieces: it is written where it is sent from, and nothing is joined. */

/** Bytes of a part; a text that may not fit is a part of its own. */
const PART = 16 * 1024;
/** UTF-8 bytes of a UTF-16 unit at most. */
const WIDEST = 3;

export class TextWriter {
  /** Full ones; who sends them takes them out. */
  readonly parts: Buffer[] = [];
  private part: Buffer | null = null;
  private at = 0;

  write(text: string): void {
    const room = text.length * WIDEST;
    if (this.part === null || this.at + room > this.part.length) {
      this.flush();
      if (room > PART) {
        this.parts.push(Buffer.from(text));
        return;
      }
      this.part = Buffer.allocUnsafe(PART);
    }
    this.at += this.part.write(text, this.at);
  }

  /** What was written is a part, too. */
  flush(): void {
    if (this.part === null || this.at === 0) return;
    this.parts.push(this.part.subarray(0, this.at));
    this.part = null;
    this.at = 0;
  }
}
