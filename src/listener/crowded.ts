/**
 * per_connection_buffer_high_watermark_timeout: a connection whose peer does not take what is queued for it is closed after a while. Mirrors the timer
 * of source/common/network/connection_impl.cc. Loaded for listeners that have it.
 */
import { logger } from '../log/logger.ts';
import type { Connection } from '../transport/connection.ts';
import { Timer } from '../transport/timers.ts';

const log = logger('connection');

/** In Envoy's words (LocalCloseReasonValues). */
const REASON = 'buffer_high_watermark_timeout_reached';

export function closesCrowded(ms: number): (c: Connection, above: boolean) => void {
  const timers = new Map<Connection, Timer>();
  return (c, above) => {
    const timer = timers.get(c);
    if (!above) {
      timer?.cancel();
      timers.delete(c);
      return;
    }
    if (timer !== undefined) return;
    const fresh = new Timer(() => {
      if (log.debugOn) log.debug(`[C${c.id}] buffer high watermark timeout reached`);
      c.close('noFlush', REASON);
    });
    timers.set(c, fresh);
    fresh.arm(ms);
  };
}
