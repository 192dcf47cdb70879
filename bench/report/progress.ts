/** A progress bar on a terminal's stderr; elsewhere one line per tenth. */

const WIDTH = 24;

export class Progress {
  private readonly total: number;
  private readonly out: NodeJS.WriteStream;
  private readonly began = performance.now();
  private done = -1;
  private label = '';
  private tenth = 0;

  constructor(total: number, out: NodeJS.WriteStream = process.stderr) {
    this.total = total;
    this.out = out;
  }

  /** The next timing begins. */
  step(label: string): void {
    this.done++;
    this.label = label;
    this.draw();
  }

  /** A line that stays, and (or) a label while something outside the count goes on. */
  say(line: string, label = this.label): void {
    this.clear();
    if (line !== '') this.out.write(`${line}\n`);
    this.label = label;
    this.draw();
  }

  end(): void {
    this.clear();
  }

  private clear(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[2K');
  }

  private draw(): void {
    const share = this.total === 0 ? 1 : Math.max(0, this.done) / this.total;
    if (!this.out.isTTY) {
      const tenth = Math.floor(share * 10);
      if (tenth <= this.tenth) return;
      this.tenth = tenth;
      this.out.write(`${tenth * 10} %, ${this.label}\n`);
      return;
    }
    const full = Math.round(share * WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
    const spent = (performance.now() - this.began) / 1000;
    const left = this.done > 2 ? `${clock((spent / this.done) * (this.total - this.done))} left` : '';
    const text = `${bar} ${String(Math.round(share * 100)).padStart(3)} % ${left}  ${this.label}`;
    this.out.write(`\r\x1b[2K${text.slice(0, Math.max(20, (this.out.columns || 80) - 1))}`);
  }
}

function clock(seconds: number): string {
  const s = Math.round(seconds);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}
