/**
 * All deadlines of a stream behind one timer: it is armed for the nearest and looks at all of them when it fires. A byte in either
 * direction only moves a number. Roles of the timers in Envoy's ConnectionManagerImpl::ActiveStream.
 */
import { clockMs, turnMs } from '../../platform/clock.ts';
import { Timer } from '../../transport/timers.ts';
import { GRPC_DEADLINE_EXCEEDED } from '../grpc.ts';
import type { LocalReply } from '../reply.ts';
import type { HttpStats } from '../stats.ts';
import { DOWNSTREAM_DURATION_TIMEOUT, REQUEST_TIMEOUT, STREAM_TIMEOUT } from './local-reply.ts';
import { DURATION_TIMEOUT, STREAM_IDLE_TIMEOUT } from './response-flags.ts';
import type { StreamInfo } from './stream-info.ts';
import type { StreamSettings } from './stream-settings.ts';

export const NOT_YET = 0;
export const DURATION = 1;
export const REQUEST_HEADERS = 2;
export const REQUEST = 3;
export const IDLE = 4;
export type Deadline = typeof NOT_YET | typeof DURATION | typeof REQUEST_HEADERS | typeof REQUEST | typeof IDLE;

export interface DeadlineOwner {
  onDeadline(): void;
}

/** Moments are whole ms since this one: a small integer needs no memory of its own. */
const EPOCH = Math.floor(clockMs());
const OFF = -1;

export class Deadlines extends Timer {
  protected readonly owner: DeadlineOwner;
  /** 0 = no idle timeout. */
  protected idleMs: number;
  protected idleAt: number;
  private headersBy: number;
  private requestBy: number;
  private durationBy: number;

  constructor(owner: DeadlineOwner, cfg: StreamSettings, now: number) {
    super(unused);
    this.owner = owner;
    this.idleMs = cfg.streamIdleTimeoutMs;
    this.idleAt = at(now, cfg.streamIdleTimeoutMs);
    this.headersBy = at(now, cfg.requestHeadersTimeoutMs);
    this.requestBy = at(now, cfg.requestTimeoutMs);
    this.durationBy = at(now, cfg.maxStreamDurationMs);
    this.start(now);
  }

  override expire(): void {
    this.owner.onDeadline();
  }

  protected start(now: number): void {
    let first = this.idleAt;
    if (this.headersBy >= 0 && (first < 0 || this.headersBy < first)) first = this.headersBy;
    if (this.requestBy >= 0 && (first < 0 || this.requestBy < first)) first = this.requestBy;
    if (this.durationBy >= 0 && (first < 0 || this.durationBy < first)) first = this.durationBy;
    if (first >= 0) this.arm(first - (now - EPOCH));
    else if (this.armed) super.cancel();
  }

  /** Any byte in either direction. */
  touch(): void {
    if (this.idleMs > 0) this.idleAt = at(turnMs(), this.idleMs);
  }
  headersDone(): void {
    this.headersBy = OFF;
  }
  requestDone(): void {
    this.requestBy = OFF;
  }
  /** The route's idle timeout, ms; 0 = none. */
  setIdle(ms: number): void {
    if (ms === this.idleMs) {
      this.touch();
      return;
    }
    this.idleMs = ms;
    const now = turnMs();
    this.idleAt = at(now, ms);
    this.start(now);
  }
  /** ms from `from` (turnMs()); 0 = none. */
  setDuration(from: number, ms: number): void {
    this.durationBy = at(from, ms);
    this.start(turnMs());
  }

  /** What has passed; when nothing has, the timer runs for what is next. */
  passed(): Deadline {
    const now = turnMs();
    const t = now - EPOCH;
    if (this.durationBy >= 0 && t >= this.durationBy) return DURATION;
    if (this.headersBy >= 0 && t >= this.headersBy) return REQUEST_HEADERS;
    if (this.requestBy >= 0 && t >= this.requestBy) return REQUEST;
    if (this.idleAt >= 0 && t >= this.idleAt) return IDLE;
    this.start(now);
    return NOT_YET;
  }
}

/** The answer to who was too slow; counted and flagged. */
export function deadlineReply(deadline: Deadline, status: number, info: StreamInfo, s: HttpStats): LocalReply {
  info.flags |= deadline === IDLE ? STREAM_IDLE_TIMEOUT : DURATION_TIMEOUT;
  switch (deadline) {
    case DURATION:
      s.rqMaxDurationReached.inc();
      return {
        status,
        body: DOWNSTREAM_DURATION_TIMEOUT,
        details: 'max_duration_timeout',
        grpcStatus: GRPC_DEADLINE_EXCEEDED,
      };
    case REQUEST_HEADERS:
      s.rqHeaderTimeout.inc();
      return { status, body: 'request header timeout', details: 'request_header_timeout' };
    case IDLE:
      s.rqIdleTimeout.inc();
      return { status, body: STREAM_TIMEOUT, details: 'stream_idle_timeout' };
    default:
      s.rqTimeout.inc();
      return { status, body: REQUEST_TIMEOUT, details: 'request_overall_timeout' };
  }
}

export const at = (now: number, ms: number): number => (ms > 0 ? Math.ceil(now - EPOCH + ms) : OFF);
function unused(): void {}
