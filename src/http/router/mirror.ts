/**
 * Copies of a request to other clusters, whose answers nobody waits for. Each is a request of our own with its own timers and breakers; one
 * that hangs, fails or has no cluster harms nobody. Role of Envoy's ShadowWriterImpl and of the streaming shadows in Router::Filter.
 */
import type { Headers } from '../../codec/headers.ts';
import { logger } from '../../log/logger.ts';
import type { AsyncCallbacks, AsyncClient, AsyncOptions, AsyncStream } from '../../upstream/async.ts';
import type { MirrorPolicy } from '../route/mirror-policy.ts';
import type { StreamInfo } from '../stream/stream-info.ts';

const log = logger('router');

/** One copy, while its request is being sent. */
class Mirror implements AsyncCallbacks {
  stream: AsyncStream | null = null;
  /** Times that the copy has to wait for its host. */
  private paused = 0;
  /** Bytes that came meanwhile. */
  private ahead = 0;
  /** It is given up, as its host is too slow: its client does not wait for it. */
  behind(bytes: number, limit: number): boolean {
    if (this.paused === 0) return false;
    this.ahead += bytes;
    return this.ahead > limit;
  }
  onHeaders(): void {}
  onData(): void {}
  onTrailers(): void {}
  onReset(): void {}
  onPause(pause: boolean): void {
    this.paused += pause ? 1 : -1;
    if (this.paused === 0) this.ahead = 0;
  }
}

export interface MirrorLimits {
  /** ms; 0 = for ever. */
  readonly timeoutMs: number;
  /** Bytes. */
  readonly buffer: number;
}

/** Tells a copy of the trace that it belongs to. */
export interface MirrorTracer {
  /** What is to be called with its end; undefined for nothing. */
  traceMirror(policy: MirrorPolicy, head: Headers): AsyncOptions['onEnd'];
}

/** The copies of one request. */
export class Mirrors {
  private readonly copies: Mirror[];
  private readonly limit: number;

  private constructor(copies: Mirror[], limit: number) {
    this.copies = copies;
    this.limit = limit;
  }

  /** Null when nothing more is to be sent to any: no policy applies, or the head was all. */
  static start(
    policies: readonly MirrorPolicy[],
    client: AsyncClient,
    h: Headers,
    endStream: boolean,
    { timeoutMs, buffer }: MirrorLimits,
    info: StreamInfo,
    tracer: MirrorTracer,
  ): Mirrors | null {
    if (h.method === 'CONNECT') return null;
    const copies: Mirror[] = [];
    for (const policy of policies) {
      if (!policy.applies()) continue;
      const cluster = policy.cluster(h);
      if (cluster === null) {
        if (log.debugOn) log.debug('shadow cluster does not exist');
        continue;
      }
      const mirror = new Mirror();
      // 0 would be no limit.
      const copy = policy.copy(h, info);
      const onEnd = tracer.traceMirror(policy, copy);
      const options = { timeoutMs, bufferLimit: Math.max(1, buffer), onEnd };
      mirror.stream = client.start(cluster, copy, endStream, options, mirror);
      if (!endStream) copies.push(mirror);
    }
    return copies.length === 0 ? null : new Mirrors(copies, buffer);
  }

  /** The number of copies that were given up. */
  sendData(data: Buffer, endStream: boolean): number {
    let givenUp = 0;
    for (let i = this.copies.length - 1; i >= 0; i--) {
      const mirror = this.copies[i];
      const stream = mirror.stream as AsyncStream;
      stream.sendData(data, endStream);
      if (mirror.behind(data.length, this.limit)) {
        givenUp++;
        stream.cancel();
      }
      if (stream.over) this.copies.splice(i, 1);
    }
    return givenUp;
  }

  sendTrailers(trailers: Headers): void {
    for (const { stream } of this.copies) stream?.sendTrailers(trailers);
  }

  /** The request will not be whole. */
  cancel(): void {
    for (const { stream } of this.copies) stream?.cancel();
  }
}
