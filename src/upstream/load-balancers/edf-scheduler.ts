/**
 * Earliest-deadline-first schedule: weighted round robin with fractional weights. A pick takes the entry with the earliest
 * deadline and puts it back at now + 1/weight; equal deadlines leave in the order they were put in.
 * Mirrors source/common/upstream/edf_scheduler.h.
 */
export class EdfScheduler<T> {
  private now = 0;
  private order = 0;
  // A binary heap in three parallel arrays: no entry object per pick.
  private readonly deadlines: number[] = [];
  private readonly orders: number[] = [];
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  /** `weight` must be above 0. */
  add(item: T, weight: number): void {
    this.push(this.now + 1 / weight, this.order++, item);
  }

  /** The next entry, put back with the weight it has now. Null when empty. */
  pick(weightOf: (item: T) => number): T | null {
    if (this.items.length === 0) return null;
    const item = this.items[0];
    this.now = this.deadlines[0];
    // Replace the root instead of pop and push: one sift, same order.
    this.siftDown(this.now + 1 / weightOf(item), this.order++, item);
    return item;
  }

  private push(deadline: number, order: number, item: T): void {
    let i = this.items.length;
    this.deadlines.push(deadline);
    this.orders.push(order);
    this.items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.deadlines[parent] <= deadline) break; // a later arrival never overtakes an equal one
      this.move(parent, i);
      i = parent;
    }
    this.set(i, deadline, order, item);
  }

  private siftDown(deadline: number, order: number, item: T): void {
    const n = this.items.length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && this.before(child + 1, child)) child++;
      const d = this.deadlines[child];
      if (d > deadline || (d === deadline && this.orders[child] > order)) break;
      this.move(child, i);
      i = child;
    }
    this.set(i, deadline, order, item);
  }

  private before(a: number, b: number): boolean {
    const da = this.deadlines[a];
    const db = this.deadlines[b];
    return da < db || (da === db && this.orders[a] < this.orders[b]);
  }

  private move(from: number, to: number): void {
    this.set(to, this.deadlines[from], this.orders[from], this.items[from]);
  }

  private set(i: number, deadline: number, order: number, item: T): void {
    this.deadlines[i] = deadline;
    this.orders[i] = order;
    this.items[i] = item;
  }
}
