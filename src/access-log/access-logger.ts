/** What a log is for those who are logged: HTTP streams and TCP sessions. Role of AccessLog::Instance (envoy/access_log/access_log.h). */
import type { FormatContext, Occasion } from '../format/format-context.ts';

/** Told of what has begun, goes on or has ended; keeps nothing of it. */
export interface AccessLogger {
  log(c: FormatContext, o: Occasion): void;
}
