/** One text a config was read from, and where in it an offset is. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units; tabs count one. */
  readonly column: number;
  /** The line's text, without its end. */
  readonly text: string;
}

export class Source {
  /** The file's path as the user wrote it, or `<config-yaml>`. */
  readonly name: string;
  readonly text: string;
  /** Keys given a second time in one mapping, by the offset of the later one; Envoy lets the last one win without a word. */
  readonly repeated = new Map<number, string>();
  /** Offsets of line beginnings, made when the first position is asked for. */
  #starts: number[] | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  position(offset: number): Position {
    const at = Math.min(Math.max(offset, 0), this.text.length);
    this.#starts ??= lineStarts(this.text);
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= at) low = middle;
      else high = middle;
    }
    const start = this.#starts[low];
    const end = low + 1 < this.#starts.length ? this.#starts[low + 1] - 1 : this.text.length;
    return { line: low + 1, column: at - start + 1, text: this.text.slice(start, end).replace(/\r$/, '') };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
