/**
 * The bytes this event loop holds for its peers: what waits to be written, for window, for a reader, for a connection. A connection's
 * own limit bounds what one peer can make us hold; this bounds all of them together, by shrinking every such limit while more than the
 * budget is held, so that whoever feeds a slow peer is paused earlier. Only what feeds a peer that has something queued is ever paused,
 * as without a budget: nothing can wait for itself. Role of Envoy's overload manager (envoy.resource_monitors.fixed_heap), built in.
 */

/** Bytes one connection or stream may have queued while more than the budget is held; a read more may be on its way. */
export const TIGHT_LIMIT = 32 * 1024;
/** The same above `CRITICAL` budgets. */
export const CRITICAL_LIMIT = 4 * 1024;
const CRITICAL = 2;
/** A level is left at this share of what led to it, so that it does not flap. */
const LEAVE_AT = 3 / 4;

/** Within the budget: limits are as configured. */
export const RELAXED = 0;
export const TIGHT = 1;
export const OVERFULL = 2;

/** Where it is counted; the names are ours, Envoy has none for it. */
export interface HeldStats {
  /** Bytes. */
  readonly held: { set(bytes: number): void; add(bytes: number): void };
  readonly budget: { set(bytes: number): void };
  /** Times the budget was exceeded. */
  readonly exceeded: { inc(): void };
  /** Streams and connections that were given up for it. */
  readonly givenUp: { inc(): void };
}

export class HeldMemory {
  /** Held now. */
  bytes: number;
  /**
   * Of that, what came in and can neither go on nor be refused: bytes sent on a window given earlier whose reader is paused, requests that
   * are not whole. Where it alone exceeds the budget, whoever adds to it is given up.
   */
  private parked: number;
  level: 0 | 1 | 2;
  private limit: number;
  private stats: HeldStats | null;
  /** Called when the budget is exceeded. */
  onExceeded: () => void;

  constructor() {
    this.bytes = 0;
    this.parked = 0;
    this.level = RELAXED;
    this.limit = Number.POSITIVE_INFINITY;
    this.stats = null;
    this.onExceeded = () => {};
  }

  /** One place at a time: an event loop has one store. */
  countIn(stats: HeldStats): void {
    this.stats = stats;
    stats.held.set(this.bytes);
    if (this.limit !== Number.POSITIVE_INFINITY) stats.budget.set(this.limit);
  }

  /** Bytes; Infinity (before it is set) means that only each connection's own limit holds. */
  get budget(): number {
    return this.limit;
  }
  set budget(bytes: number) {
    this.limit = bytes;
    this.stats?.budget.set(bytes);
    this.add(0);
  }

  /** `n` bytes more are held; negative: less. */
  add(n: number): void {
    this.bytes += n;
    if (this.stats !== null) this.stats.held.add(n);
    if (this.bytes > this.limit) this.rise();
    else if (this.level !== RELAXED) this.fall();
  }

  /** The same for what is parked. True: too much is, the owner of these gives up what it holds. */
  park(n: number): boolean {
    this.parked += n;
    this.add(n);
    return n > 0 && this.parked > this.limit;
  }

  private rise(): void {
    if (this.level === RELAXED) {
      this.level = TIGHT;
      this.stats?.exceeded.inc();
      this.onExceeded();
    }
    if (this.bytes > this.limit * CRITICAL) this.level = OVERFULL;
    else if (this.level === OVERFULL) this.fall();
  }

  private fall(): void {
    if (this.level === OVERFULL && this.bytes <= this.limit * CRITICAL * LEAVE_AT) this.level = TIGHT;
    if (this.level === TIGHT && this.bytes <= this.limit * LEAVE_AT) this.level = RELAXED;
  }

  /** Somebody gives up what it holds, here and now, because there is too much of it. */
  countGivenUp(): void {
    this.stats?.givenUp.inc();
  }

  /** What a limit of `configured` bytes (0 = none) means now; 0 = none. */
  of(configured: number): number {
    if (this.level === RELAXED) return configured;
    const most = this.level === TIGHT ? TIGHT_LIMIT : CRITICAL_LIMIT;
    return configured > 0 && configured < most ? configured : most;
  }
}

/** Of this event loop. */
export const heldMemory: HeldMemory = new HeldMemory();
