/**
 * Clients that ask and give up at once, over and over, cost much and lose nothing (CVE-2023-44487): when too many requests of a connection
 * end so, it is closed. Mirrors ConnectionManagerImpl::maybeDrainDueToPrematureResets.
 */
import { turnMs } from '../../platform/clock.ts';
import type { StreamInfo } from '../stream/stream-info.ts';

/** Runtime keys overload.premature_reset_total_stream_count and …_min_stream_lifetime_seconds; whole seconds above 1 count as long. */
const PREMATURE_RESET_COUNT = 500;
const PREMATURE_LIFETIME_MS = 2000;

export class PrematureResets {
  private closed = 0;
  private premature = 0;
  private told = false;

  /** True, once, when this request was one too many. */
  tooMany(info: StreamInfo): boolean {
    const closed = ++this.closed;
    if (info.responseCode !== 0 || turnMs() - info.startMs >= PREMATURE_LIFETIME_MS) return false;
    const premature = ++this.premature;
    if (this.told || premature * 2 < Math.max(closed, PREMATURE_RESET_COUNT)) return false;
    this.told = true;
    return true;
  }
}
