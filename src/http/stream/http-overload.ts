/** What a connection manager does when the overload manager asks for it (ConnectionManagerImpl, source/common/http/conn_manager_impl.cc). */

import type { Counter } from '../../stats/store.ts';
import type { OverloadState } from '../../transport/overload.ts';
import type { HttpStats } from '../stats.ts';
import type { Refusal } from './request-checks.ts';

export class HttpOverload {
  readonly reply: Refusal;
  private readonly state: OverloadState;
  private readonly refused: Counter;
  private readonly ended: Counter;

  /** `appends`: append_local_overload. */
  constructor(state: OverloadState, stats: HttpStats, appends: boolean) {
    this.state = state;
    const headers = appends ? ['x-envoy-local-overloaded', 'true'] : [];
    this.reply = { status: 503, body: 'envoy overloaded', details: 'overload', ends: false, headers };
    this.refused = stats.scope.counter('downstream_rq_overload_close');
    this.ended = stats.scope.counter('downstream_cx_overload_disable_keepalive');
  }

  /** Counted. */
  refuses(): boolean {
    if (!this.state.refusesRequest()) return false;
    this.refused.inc();
    return true;
  }

  /** Counted: the answer is the last of its connection. */
  endsKeepAlive(): boolean {
    if (!this.state.endsKeepAlive()) return false;
    this.ended.inc();
    return true;
  }
}
