/**
 * A request that is forwarded: what the router holds of it, and what any part of the router does with that. The parts stand one on the other:
 * retrying.ts (another try, another target), timed.ts (what takes too long), router.ts (the way of the request and of its answer). One object,
 * as each of them is on every request's way.
 */
import type { Headers } from '../../codec/headers.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { ResponseCounts } from '../../upstream/response-stats.ts';
import type { LocalReply } from '../reply.ts';
import type { Forward } from '../route/forward.ts';
import type { VirtualCluster } from '../route/virtual-clusters.ts';
import { StreamFilter, type TerminalStream } from '../stream/filter.ts';
import type { Attempt } from './attempt.ts';
import type { Mirrors } from './mirror.ts';
import type { Resend } from './resend.ts';
import type { RouterSettings } from './router-settings.ts';
import type { TryTimes } from './try-limits.ts';

// Bits of `state`.
export const REQUEST_ENDED = 1;
export const RESPONSE_STARTED = 2;
/** The caller wants 204 in place of 504. */
export const ALT_RESPONSE = 4;
/** The caller is one of ours (x-envoy-internal). */
export const INTERNAL = 8;
/** The answering host is a canary. */
export const CANARY = 16;
export const DESTROYED = 32;

export abstract class Forwarding extends StreamFilter<TerminalStream> {
  protected readonly settings: RouterSettings;
  protected cluster: ClusterInfo | null;
  protected charge: ResponseCounts | null;
  /** What the request is, where that is counted. */
  virtual: VirtualCluster | null;
  protected attempt: Attempt | null;
  protected state: number;
  /** turnMs() when the client's last byte came; -1 before. */
  protected requestEndMs: number;
  /** ms; 0 = for ever. */
  protected timeoutMs: number;
  protected timer: { cancel(): void } | null;
  /** Null where nothing limits a try. */
  protected tryTimes: TryTimes | null;
  /** Copies of the request that want more of it; null for none. */
  protected mirrors: Mirrors | null;
  /** Made for a hash policy: values of set-cookie for the client; null for none. */
  protected cookies: readonly string[] | null;
  /** Null for a request that is sent once. */
  protected resend: Resend | null;

  constructor(settings: RouterSettings) {
    super();
    this.settings = settings;
    this.cluster = null;
    this.charge = null;
    this.virtual = null;
    this.attempt = null;
    this.state = 0;
    this.requestEndMs = -1;
    this.timeoutMs = 0;
    this.timer = null;
    this.tryTimes = null;
    this.mirrors = null;
    this.cookies = null;
    this.resend = null;
  }

  protected get destroyed(): boolean {
    return (this.state & DESTROYED) !== 0;
  }
  protected get internal(): boolean {
    return (this.state & INTERNAL) !== 0;
  }
  get bufferLimit(): number {
    return this.stream.bufferLimit;
  }

  /** To a host of `cluster`; without one the client is told. */
  protected abstract startAttempt(cluster: Cluster, h: Headers, endStream: boolean, route: Forward): void;
  protected abstract noHealthyHost(): void;

  /** An answer of our own, once there was a try to get another one. */
  protected reply(reply: LocalReply): void {
    const { resend, stream } = this;
    if (resend === null || resend.policies?.attemptCountInResponse !== true) {
      stream.sendLocalReply(reply);
      return;
    }
    const count = ['x-envoy-attempt-count', String(stream.info.attempts)];
    stream.sendLocalReply({ ...reply, headers: [...(reply.headers ?? []), ...count] });
  }

  /** No timer runs from here on, and nothing is kept. */
  protected cleanUp(): void {
    this.timer?.cancel();
    this.resend?.end();
  }

  protected resetAttempt(): void {
    const a = this.attempt;
    if (a === null) return;
    this.attempt = null;
    a.reset();
  }

  /** The attempt is none of ours any more. */
  protected drop(attempt: Attempt): void {
    if (this.attempt === attempt) this.attempt = null;
    else this.resend?.remove(attempt);
  }

  /** Its answer had begun. */
  protected countCutOff(attempt: Attempt): void {
    if (!attempt.grpcDeferred) return;
    attempt.host.stats.rqError++;
    this.settings.stats.rqResetAfterDownstreamResponseStarted.inc();
  }
}
