/**
 * Another try, another target: whether an answer or its absence is followed by one, and how it is made. Role of the parts of Router::Filter
 * (source/common/router/router.cc) that deal with its RetryState and with internal redirects.
 */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import { turnMs } from '../../platform/clock.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { InternalRedirects } from '../route/internal-redirect-policy.ts';
import { UPSTREAM_OVERFLOW, UPSTREAM_RETRY_LIMIT_EXCEEDED } from '../stream/response-flags.ts';
import type { Attempt } from './attempt.ts';
import { Forwarding, REQUEST_ENDED, RESPONSE_STARTED } from './forwarding.ts';
import { redirect } from './internal-redirect.ts';
import { tellTimeout } from './request-timeouts.ts';
import type { Resend } from './resend.ts';
import type { RetryVerdict } from './retry-state.ts';

export abstract class Retrying extends Forwarding {
  /** For another try. False: there was nothing but that to come, and the client is told. */
  protected keep(resend: Resend, data: Buffer): boolean {
    if (resend.keep(data)) return true;
    this.cluster?.stats.scope.counter('retry_or_shadow_abandoned').inc();
    resend.endRetries();
    if (this.attempt !== null) return true;
    this.cleanUp();
    this.reply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
    });
    return false;
  }

  /** Whether the client gets this answer. False: another try is made, or runs already, or the request goes elsewhere. */
  protected passes(resend: Resend, h: Headers, endStream: boolean, attempt: Attempt): boolean {
    const { retry, policies } = resend;
    const { host } = attempt;
    let couldNotRetry = false;
    if (retry !== null) {
      if (attempt.hedged) {
        couldNotRetry = retry.wouldRetry(h);
      } else {
        const verdict = retry.onHeaders(h);
        if (verdict === 'yes') {
          resend.schedule(false);
          host.stats.rqError++;
          host.cluster.responses.countRetry(h.status);
          this.drop(attempt);
          if (endStream && (this.state & REQUEST_ENDED) !== 0) attempt.finish();
          else attempt.reset();
          return false;
        }
        couldNotRetry = this.noteVerdict(verdict);
      }
    }
    const redirects = policies === null ? null : policies.redirects;
    if (
      redirects !== null &&
      redirects.statuses.includes(h.status) &&
      this.follow(redirects, resend, h, endStream, attempt)
    ) {
      return false;
    }
    if (couldNotRetry && resend.waitsForOthers(this.attempt)) {
      host.stats.rqError++;
      this.drop(attempt);
      attempt.reset();
      return false;
    }
    this.decideFor(attempt, resend);
    return true;
  }

  /** A redirect that is followed here: the request begins anew, with the same client and another target. */
  protected follow(
    redirects: InternalRedirects,
    resend: Resend,
    h: Headers,
    endStream: boolean,
    attempt: Attempt,
  ): boolean {
    const { stream } = this;
    const stats = (this.cluster as ClusterInfo).stats.scope;
    const ended = (this.state & REQUEST_ENDED) !== 0 && !resend.overflowed;
    const { body } = resend;
    const target = ended ? redirect(redirects, h, stream, this.settings.stats) : null;
    if (target === null || stream.recreate === undefined) {
      stats.counter('upstream_internal_redirect_failed_total').inc();
      return false;
    }
    stats.counter('upstream_internal_redirect_succeeded_total').inc();
    const kept = target.withoutBody ? [] : body.slice();
    this.drop(attempt);
    if (endStream) attempt.finish();
    else attempt.reset();
    this.cleanUp();
    stream.recreate(h, kept);
    return true;
  }

  /** It is this try that the client hears of. */
  protected decideFor(attempt: Attempt, resend: Resend): void {
    resend.endRetries();
    if (this.attempt !== attempt) {
      const other = this.attempt;
      resend.remove(attempt);
      this.attempt = attempt;
      other?.reset();
    }
    resend.resetOthers();
    this.stream.info.upstream = attempt;
  }

  /** True: there would have been another try. */
  protected noteVerdict(verdict: RetryVerdict): boolean {
    const { info } = this.stream;
    if (verdict === 'overflow') info.flags |= UPSTREAM_OVERFLOW;
    else if (verdict === 'limit exceeded') info.flags |= UPSTREAM_RETRY_LIMIT_EXCEEDED;
    else return false;
    return true;
  }

  /** Whether another try follows one that ended without an answer. */
  protected retriesReset(reason: ResetReason, attempt: Attempt, afterTimeout: boolean): boolean {
    const { resend } = this;
    if (resend === null || resend.retry === null || attempt.hedged || (this.state & RESPONSE_STARTED) !== 0)
      return false;
    const verdict = resend.retry.onReset(reason, attempt.sent);
    if (verdict !== 'yes') {
      this.noteVerdict(verdict);
      return false;
    }
    resend.schedule(afterTimeout);
    attempt.host.stats.rqError++;
    return true;
  }

  protected tryAgain(resend: Resend): void {
    resend.pending = false;
    resend.retry?.onRetry();
    const { headers: h, route, policies } = resend;
    // It may have been replaced, or have gone.
    const cluster = this.settings.clusters.get((this.cluster as ClusterInfo).name);
    const number = ++this.stream.info.attempts;
    if (cluster === undefined) {
      this.noHealthyHost();
      return;
    }
    this.cluster = cluster.info;
    this.stream.info.cluster = cluster.info;
    if (policies?.attemptCountInRequest) h.setUnchecked('x-envoy-attempt-count', String(number));
    if (policies?.timeoutRetryInRequest) {
      h.setUnchecked('x-envoy-is-timeout-retry', resend.afterTimeout ? 'true' : 'false');
    }
    const ended = (this.state & REQUEST_ENDED) !== 0;
    const passed = ended ? turnMs() - this.requestEndMs : 0;
    const perTryMs = resend.hedge || this.tryTimes === null ? 0 : this.tryTimes.perTryMs;
    tellTimeout(
      h,
      route,
      this.stream.grpcRequest,
      !this.settings.suppressEnvoyHeaders,
      perTryMs,
      this.timeoutMs,
      passed,
    );
    if (this.attempt !== null) resend.leave(this.attempt);
    this.attempt = null;
    this.startAttempt(cluster, h, ended && resend.headersOnly, route);
    const attempt = this.attempt as Attempt | null;
    if (attempt === null) return;
    const { body, trailers } = resend;
    for (let i = 0; i < body.length && !attempt.done; i++) {
      attempt.encodeData(body[i], ended && trailers === null && i === body.length - 1);
    }
    if (trailers !== null) attempt.encodeTrailers(trailers);
  }
}
