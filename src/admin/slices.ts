/**
 * Admin work in slices, so that requests are served in between: however many pages are asked for at once and however large they are, one
 * turn of the event loop spends SLICE_MS on them. Envoy does it with the chunks of its streaming handlers (source/server/admin/admin.h
 * Admin::Request); there the workers have threads of their own.
 */
import { clockMs } from '../platform/clock.ts';
import { TextWriter } from '../platform/text-writer.ts';

/** ms. Under a limit of 20m CPU a turn with a slice in it ends in the period after next at the latest. */
export const SLICE_MS = 1;

/**
 * An admin page that writes itself. It yields often, each time after less than a slice of work: null, or what it has to wait for.
 */
export type PageBody = (out: TextWriter) => Iterator<null | Promise<unknown>, void>;

export interface PageSink {
  /** Some of the page; false: no more for now, until `resume`. */
  data(chunk: Buffer): boolean;
  end(): void;
  failed(error: unknown): void;
}

/** One page on its way out. */
export class SlicedWork {
  private readonly out = new TextWriter();
  private readonly steps: Iterator<null | Promise<unknown>, void>;
  private readonly sink: PageSink;
  private over = false;
  /** The sink has enough for now. */
  private full = false;
  /** The page waits for something. */
  private awaits = false;
  private queued = false;

  constructor(body: PageBody, sink: PageSink) {
    this.steps = body(this.out);
    this.sink = sink;
    this.enqueue();
  }

  /** The sink takes more. */
  resume(): void {
    this.full = false;
    this.enqueue();
  }

  /** Nobody is there any more. */
  cancel(): void {
    this.over = true;
  }

  private get runs(): boolean {
    return !this.over && !this.full && !this.awaits;
  }

  private enqueue(): void {
    if (this.queued || !this.runs) return;
    this.queued = true;
    queue.add(this);
  }

  /** Until `deadline`, or until there is nothing that can be done now. */
  run(deadline: number): void {
    this.queued = false;
    try {
      while (this.runs) {
        const next = this.steps.next();
        if (next.done === true) {
          this.end();
          return;
        }
        if (next.value !== null) this.await(next.value);
        if (this.out.parts.length > 0) this.hand();
        if (clockMs() >= deadline) break;
      }
    } catch (e) {
      this.fail(e);
    }
    this.enqueue();
  }

  private end(): void {
    this.over = true;
    this.out.flush();
    this.hand();
    this.sink.end();
  }

  private hand(): void {
    for (const part of this.out.parts) this.full = !this.sink.data(part);
    this.out.parts.length = 0;
  }

  private await(value: Promise<unknown>): void {
    this.awaits = true;
    value.then(
      () => {
        this.awaits = false;
        this.enqueue();
      },
      (e: unknown) => this.fail(e),
    );
  }

  private fail(e: unknown): void {
    if (this.over) return;
    this.over = true;
    this.sink.failed(e);
  }
}

/** Those that want to run, one slice a turn for all together. */
class SliceQueue {
  private readonly waiting: SlicedWork[] = [];
  private scheduled = false;

  add(work: SlicedWork): void {
    this.waiting.push(work);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    const deadline = clockMs() + SLICE_MS;
    do {
      (this.waiting.shift() as SlicedWork).run(deadline);
    } while (this.waiting.length > 0 && clockMs() < deadline);
    this.scheduled = this.waiting.length > 0;
    if (this.scheduled) setImmediate(this.turn);
  };
}

const queue = new SliceQueue();
