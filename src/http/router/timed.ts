/**
 * What takes too long: the answer, one try, the stream to the host. Role of the timers of Router::Filter (source/common/router/router.cc);
 * those of one try are try-limits.ts.
 */
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import type { Counter } from '../../stats/store.ts';
import { Timer } from '../../transport/timers.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { ClusterStats } from '../../upstream/cluster-stats.ts';
import { LOCAL_ORIGIN_TIMEOUT } from '../../upstream/outlier/host-monitor.ts';
import { UPSTREAM_DURATION_REACHED, UPSTREAM_REQUEST_TIMEOUT } from '../stream/local-reply.ts';
import { logIds } from '../stream/log-ids.ts';
import { UPSTREAM_MAX_STREAM_DURATION_REACHED, UPSTREAM_REQUEST_TIMEOUT_FLAG } from '../stream/response-flags.ts';
import type { Attempt } from './attempt.ts';
import { ALT_RESPONSE, REQUEST_ENDED, RESPONSE_STARTED } from './forwarding.ts';
import type { Resend } from './resend.ts';
import { Retrying } from './retrying.ts';
import type { TryOwner } from './try-limits.ts';

const log = logger('router');

class ResponseTimer extends Timer {
  private readonly router: Timed;
  constructor(router: Timed) {
    super(unused);
    this.router = router;
  }
  override expire(): void {
    this.router.onTime(RESPONSE, null);
  }
}
function unused(): void {}

/** What can be over. */
const RESPONSE = 0;
const PER_TRY = 1;
const PER_TRY_IDLE = 2;
const DURATION = 3;
const BACK_OFF = 4;

export abstract class Timed extends Retrying implements TryOwner {
  abstract onDefect(error: unknown): void;

  protected onRequestEnd(): void {
    this.state |= REQUEST_ENDED;
    this.requestEndMs = this.stream.info.requestEndMs;
    if (this.timeoutMs > 0 && this.timer === null && !this.destroyed) {
      const timer = new ResponseTimer(this);
      this.timer = timer;
      timer.arm(this.timeoutMs);
    }
    const { timings, upstream } = this.stream.info;
    if (timings !== null && upstream !== null) timings.upstreamTxLast = turnMs();
    this.attempt?.onRequestEnd();
  }

  onBackOffEnd(): void {
    this.onTime(BACK_OFF, null);
  }

  onPerTryTimeout(attempt: Attempt): void {
    this.onTime(PER_TRY, attempt);
  }
  onPerTryIdleTimeout(attempt: Attempt): void {
    this.onTime(PER_TRY_IDLE, attempt);
  }
  onTryDuration(attempt: Attempt): void {
    this.onTime(DURATION, attempt);
  }

  /** All timers come here. */
  onTime(what: number, attempt: Attempt | null): void {
    if (this.destroyed) return;
    if (log.debugOn && what !== BACK_OFF) {
      log.debug(
        `${logIds(this.stream.connection, this.stream.info)} upstream timeout: ${TIMES[what]}, ${told(attempt ?? this.attempt)}`,
      );
    }
    try {
      const { stats } = this.cluster as ClusterInfo;
      switch (what) {
        case RESPONSE:
          this.responseTimedOut(stats);
          break;
        case PER_TRY:
          this.tryTimedOut(stats.upstreamRqPerTryTimeout, 'upstream_per_try_timeout', attempt as Attempt);
          break;
        case PER_TRY_IDLE:
          this.tryTimedOut(
            stats.scope.counter('upstream_rq_per_try_idle_timeout'),
            'upstream_per_try_idle_timeout',
            attempt as Attempt,
          );
          break;
        case BACK_OFF:
          if (this.resend?.pending) this.tryAgain(this.resend);
          break;
        default:
          this.lastedTooLong(attempt as Attempt);
      }
    } catch (e) {
      this.onDefect(e);
    }
  }

  private responseTimedOut(stats: ClusterStats): void {
    const running = this.resend === null ? [] : this.resend.takeOthers().slice();
    if (this.attempt !== null) running.push(this.attempt);
    this.attempt = null;
    for (const attempt of running) {
      stats.upstreamRqTimeout.inc();
      this.virtual?.rqTimeout.inc();
      attempt.reset();
      attempt.host.stats.rqTimeout++;
      if (attempt.answered) continue;
      // One that was too slow before has been told of then.
      if (!attempt.hedged) attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
      this.countLate(attempt);
    }
    this.answerLate('response_timeout');
  }

  private tryTimedOut(counter: Counter, details: string, attempt: Attempt): void {
    const { resend } = this;
    if (resend?.hedge) {
      this.tryBeside(resend, attempt);
      return;
    }
    counter.inc();
    this.drop(attempt);
    attempt.reset();
    attempt.host.stats.rqTimeout++;
    attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    if (this.retriesReset('local reset', attempt, true)) return;
    if ((this.state & RESPONSE_STARTED) !== 0) this.countCutOff(attempt);
    else this.countLate(attempt);
    this.answerLate(details);
  }

  /** hedge_on_per_try_timeout: the late try goes on, another one is made. */
  private tryBeside(resend: Resend, attempt: Attempt): void {
    attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    if (resend.retry === null || (this.state & RESPONSE_STARTED) !== 0) return;
    const verdict = resend.retry.onHedge();
    if (verdict !== 'yes') {
      this.noteVerdict(verdict);
      return;
    }
    attempt.markHedged();
    resend.schedule(true);
  }

  private get lateStatus(): number {
    return (this.state & ALT_RESPONSE) !== 0 ? 204 : 504;
  }

  private countLate(attempt: Attempt): void {
    this.charge?.count(this.lateStatus, this.internal, false);
    attempt.host.stats.rqError++;
  }

  private answerLate(details: string): void {
    const { stream } = this;
    stream.info.flags |= UPSTREAM_REQUEST_TIMEOUT_FLAG;
    this.cleanUp();
    if ((this.state & RESPONSE_STARTED) !== 0) {
      stream.info.details = details;
      stream.reset('local reset');
      return;
    }
    const status = this.lateStatus;
    this.reply({ status, body: status === 204 ? '' : UPSTREAM_REQUEST_TIMEOUT, details });
  }

  /** The stream to the host has lasted as long as the caller allowed. */
  private lastedTooLong(attempt: Attempt): void {
    const { stream } = this;
    attempt.host.cluster.stats.scope.counter('upstream_rq_max_duration_reached').inc();
    this.drop(attempt);
    attempt.reset();
    if (this.retriesReset('local reset', attempt, false)) return;
    stream.info.flags |= UPSTREAM_MAX_STREAM_DURATION_REACHED;
    this.cleanUp();
    this.resetAttempt();
    // Once the answer has begun, this ends it.
    this.reply({
      status: (this.state & REQUEST_ENDED) !== 0 ? 504 : 408,
      body: UPSTREAM_DURATION_REACHED,
      details: 'upstream_max_stream_duration_reached',
    });
  }
}

/** What was too long, for the log. */
const TIMES: Readonly<Record<number, string>> = {
  [RESPONSE]: 'response',
  [PER_TRY]: 'per try',
  [PER_TRY_IDLE]: 'per try, idle',
  [DURATION]: 'max stream duration',
};

function told(attempt: Attempt | null): string {
  if (attempt === null) return 'no host';
  const { connection } = attempt;
  return `host ${attempt.host.address.text}, ${connection === null ? 'not connected' : `upstream connection [C${connection.id}]`}`;
}
