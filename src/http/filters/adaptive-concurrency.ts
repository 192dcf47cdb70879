/**
 * envoy.filters.http.adaptive_concurrency: lets as many requests through at once as their times say is good. Mirrors
 * source/extensions/filters/http/adaptive_concurrency/adaptive_concurrency_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { AdaptiveConcurrency } from '../../config/schema/types.ts';
import { statusNumber } from '../../config/status-code.ts';
import { turnMs } from '../../platform/clock.ts';
import { runtimeFlag } from '../../runtime/runtime.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { GradientController } from './gradient-controller.ts';

/** Not one of those that are under way. */
const NOT_COUNTED = -1;

class AdaptiveConcurrencyFilter extends StreamFilter {
  private readonly controller: GradientController;
  private readonly status: number;
  private startMs = NOT_COUNTED;

  constructor(controller: GradientController, status: number) {
    super();
    this.controller = controller;
    this.status = status;
  }

  override decodeHeaders(): HeadersStatus {
    if (this.stream.info.healthCheck) return CONTINUE;
    const now = turnMs();
    if (this.controller.admit(now)) {
      this.startMs = now;
      return CONTINUE;
    }
    const { status } = this;
    this.stream.sendLocalReply({ status, body: 'reached concurrency limit', details: 'reached_concurrency_limit' });
    return STOP;
  }

  override encodeHeaders(_h: Headers, endStream: boolean): HeadersStatus {
    if (endStream) this.answered();
    return CONTINUE;
  }
  override encodeData(_data: Buffer, endStream: boolean): DataStatus {
    if (endStream) this.answered();
    return CONTINUE;
  }
  override encodeTrailers(): TrailersStatus {
    this.answered();
    return CONTINUE;
  }

  private answered(): void {
    const { startMs } = this;
    if (startMs === NOT_COUNTED) return;
    this.startMs = NOT_COUNTED;
    this.controller.done(startMs, turnMs());
  }

  override onDestroy(): void {
    if (this.startMs !== NOT_COUNTED) this.controller.cancel();
    this.startMs = NOT_COUNTED;
  }
}

class Passing extends StreamFilter {}

export function create(c: AdaptiveConcurrency, ctx: HttpFactoryContext): HttpFilterFactory {
  const scope = ctx.httpStats.scope.scope('adaptive_concurrency.gradient_controller.');
  const controller = new GradientController(c.gradientControllerConfig ?? {}, scope, turnMs());
  const code = statusNumber(c.concurrencyLimitExceededStatus?.code);
  const status = code < 400 ? 503 : code;
  const enabled = runtimeFlag(c.enabled, true);
  return {
    terminal: false,
    create: () => (enabled.value ? new AdaptiveConcurrencyFilter(controller, status) : new Passing()),
  };
}
