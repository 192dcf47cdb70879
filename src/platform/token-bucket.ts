/** A bucket that fills all the time, not in steps. Mirrors Envoy's AtomicTokenBucketImpl (source/common/common/token_bucket_impl.cc). */
import { turnMs } from './clock.ts';

export class TokenBucket {
  readonly maxTokens: number;
  /** Tokens a ms. */
  readonly rate: number;
  private tokens: number;
  private filledMs: number;

  /** Full at first. */
  constructor(maxTokens: number, tokensPerFill: number, fillIntervalMs: number) {
    this.maxTokens = maxTokens;
    this.rate = tokensPerFill / fillIntervalMs;
    this.tokens = maxTokens;
    this.filledMs = turnMs();
  }

  /** False, and nothing is taken, where there are not as many. */
  take(n = 1): boolean {
    this.fill();
    if (this.tokens < n) return false;
    this.tokens -= n;
    return true;
  }

  /** Whole tokens that are left. */
  get remaining(): number {
    this.fill();
    return Math.floor(this.tokens);
  }

  /** Whole seconds, rounded up, until there are `n` tokens. */
  secondsUntil(n: number): number {
    this.fill();
    return this.tokens >= n ? 0 : Math.ceil((n - this.tokens) / this.rate / 1000);
  }

  private fill(): void {
    const now = turnMs();
    this.tokens = Math.min(this.maxTokens, this.tokens + (now - this.filledMs) * this.rate);
    this.filledMs = now;
  }
}
