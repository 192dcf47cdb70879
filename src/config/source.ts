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

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  position(offset: number): Position {
    const at = Math.min(Math.max(offset, 0), this.text.length);
    const start = at === 0 ? 0 : this.text.lastIndexOf('\n', at - 1) + 1;
    let end = this.text.indexOf('\n', at);
    if (end < 0) end = this.text.length;
    let line = 1;
    for (let i = this.text.indexOf('\n'); i >= 0 && i < start; i = this.text.indexOf('\n', i + 1)) line++;
    return { line, column: at - start + 1, text: this.text.slice(start, end).replace(/\r$/, '') };
  }
}
