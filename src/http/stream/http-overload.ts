/** What a connection manager does when the overload manager asks for it (ConnectionManagerImpl, source/common/http/conn_manager_impl.cc). */

import { CodecError, type Protocol, type ServerCodec } from '../../codec/http.ts';
import type { Counter } from '../../stats/store.ts';
import type { LoadShedPoint, OverloadState, ReducedTimer } from '../../transport/overload.ts';
import type { HoldingStream, ScaledTimers } from '../../transport/scaled-timers.ts';
import type { Timer } from '../../transport/timers.ts';
import type { HttpStats } from '../stats.ts';
import { Deadlines } from './deadlines.ts';
import type { Refusal } from './request-checks.ts';
import { type HoldingOwner, ScaledDeadlines } from './scaled-deadlines.ts';
import type { StreamSettings } from './stream-settings.ts';

/** Of the answer to what HTTP/1 bytes were to be read. */
const ABORTED = 500;

export class HttpOverload {
  readonly reply: Refusal;
  private readonly state: OverloadState;
  private readonly refused: Counter;
  private readonly ended: Counter;
  private readonly streams: ScaledTimers<HoldingStream> | null;
  private readonly codecs: LoadShedPoint | null;
  private readonly heads: LoadShedPoint | null;
  private readonly aborts: LoadShedPoint | null;
  private readonly goAway: LoadShedPoint | null;
  private readonly goAwayAndClose: LoadShedPoint | null;
  /** HTTP/2: who has been told to go. */
  private readonly told = new WeakSet<ServerCodec>();

  /** `appends`: append_local_overload. */
  constructor(state: OverloadState, stats: HttpStats, appends: boolean) {
    this.state = state;
    this.streams = state.streams;
    const headers = appends ? ['x-envoy-local-overloaded', 'true'] : [];
    this.reply = { status: 503, body: 'envoy overloaded', details: 'overload', ends: false, headers };
    this.refused = stats.scope.counter('downstream_rq_overload_close');
    this.ended = stats.scope.counter('downstream_cx_overload_disable_keepalive');
    this.codecs = state.point('hcm_ondata_creating_codec');
    this.heads = state.point('http_connection_manager_decode_headers');
    this.aborts = state.point('http1_server_abort_dispatch');
    this.goAway = state.point('http2_server_go_away_on_dispatch');
    this.goAwayAndClose = state.point('http2_server_go_away_and_close_on_dispatch');
  }

  /** Counted. */
  refuses(): boolean {
    return (this.heads?.sheds() === true || this.state.refusesRequest()) && this.count();
  }

  /** Counted: the connection is closed before it has said a word. */
  refusesCodec(): boolean {
    return this.codecs?.sheds() === true && this.count();
  }

  private count(): true {
    this.refused.inc();
    return true;
  }

  /** HTTP/1: throws what is answered. HTTP/2: true when the connection is to be closed, and has been told. */
  beforeDispatch(codec: ServerCodec, protocol: Protocol): boolean {
    if (protocol !== 'HTTP/2') {
      if (this.aborts?.sheds() !== true) return false;
      this.count();
      throw new CodecError('overload', 'Aborting Server Dispatch', ABORTED, 'Internal Server Error');
    }
    const closes = this.goAwayAndClose?.sheds() === true;
    if (!closes && this.goAway?.sheds() !== true) return false;
    if (!this.told.has(codec)) {
      this.told.add(codec);
      codec.shutdownNotice();
    }
    if (closes) codec.goAway();
    return closes;
  }

  /** Counted: the answer is the last of its connection. */
  endsKeepAlive(): boolean {
    if (!this.state.endsKeepAlive()) return false;
    this.ended.inc();
    return true;
  }

  timer(kind: ReducedTimer, fire: () => void): Timer {
    return this.state.timer(kind, fire);
  }

  deadlines(owner: HoldingOwner, cfg: StreamSettings, now: number): Deadlines {
    const { streams } = this;
    return streams === null ? new Deadlines(owner, cfg, now) : new ScaledDeadlines(streams, owner, cfg, now);
  }
}
