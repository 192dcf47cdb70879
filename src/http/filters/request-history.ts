/** How many requests of the last seconds went well, by the second. Mirrors admission_control's ThreadLocalControllerImpl. */

/** ms that one row stands for. */
const GRANULARITY_MS = 1000;

interface Row {
  readonly atMs: number;
  requests: number;
  successes: number;
}

export class RequestHistory {
  private readonly windowMs: number;
  /** At most one a second of the window; the newest last. */
  private readonly rows: Row[] = [];
  requests = 0;
  successes = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  record(success: boolean, now: number): void {
    this.purge(now);
    let row = this.rows.at(-1);
    if (row === undefined || now - row.atMs >= GRANULARITY_MS) {
      this.rows.push((row = { atMs: now, requests: 0, successes: 0 }));
    }
    row.requests++;
    this.requests++;
    if (!success) return;
    row.successes++;
    this.successes++;
  }

  /** Forgets what is older than the window. */
  purge(now: number): void {
    let gone = 0;
    while (gone < this.rows.length && now - this.rows[gone].atMs >= this.windowMs) {
      this.requests -= this.rows[gone].requests;
      this.successes -= this.rows[gone].successes;
      gone++;
    }
    if (gone > 0) this.rows.splice(0, gone);
  }

  /** Whole requests a second, over what is remembered. */
  averageRps(now: number): number {
    if (this.rows.length === 0 || this.requests === 0) return 0;
    const seconds = Math.max(1, Math.floor((now - this.rows[0].atMs) / 1000));
    return Math.floor(this.requests / seconds);
  }
}
