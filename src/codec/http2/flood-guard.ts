/**
 * Counts what a peer can send cheaply and we must answer or remember: empty frames, PRIORITY, WINDOW_UPDATE and resets.
 * The first three are Envoy's ProtocolConstraints (source/common/http/http2/protocol_constraints.cc), the last nghttp2's
 * reset rate limit (CVE-2023-44487), which here also counts the resets a peer makes *us* send (CVE-2025-8671).
 */
import type { Http2Options } from './options.ts';
import type { Http2CodecStats } from './stats.ts';

/** WINDOW_UPDATE frames allowed before anything else happened (Envoy's formula begins at 5). */
const FREE_WINDOW_UPDATES = 5;

export class FloodGuard {
  private readonly opts: Http2Options;
  private readonly stats: Http2CodecStats;
  private empty: number;
  private priority: number;
  private windowUpdates: number;
  private resetTokens: number;
  private resetTime: number;
  /** Streams open now, and DATA frames sent so far; kept by the connection. */
  activeStreams: number;
  dataFramesSent: number;

  constructor(opts: Http2Options, stats: Http2CodecStats) {
    this.opts = opts;
    this.stats = stats;
    this.empty = 0;
    this.priority = 0;
    this.windowUpdates = 0;
    this.resetTokens = opts.streamResetBurst;
    this.resetTime = -1;
    this.activeStreams = 0;
    this.dataFramesSent = 0;
  }

  streamOpened(): void {
    this.activeStreams++;
  }

  streamClosed(): void {
    this.activeStreams--;
    this.priority = Math.max(0, this.priority - this.opts.maxInboundPriorityFramesPerStream);
    this.windowUpdates = Math.max(0, this.windowUpdates - 2);
  }

  /** A HEADERS, CONTINUATION or DATA frame that carried something, or ended the stream. */
  filledFrame(): void {
    this.empty = 0;
  }

  /** One that did not; true when there were too many in a row. */
  emptyFrame(): boolean {
    if (++this.empty <= this.opts.maxConsecutiveInboundFramesWithEmptyPayload) return false;
    this.stats.inboundEmptyFramesFlood.inc();
    return true;
  }

  priorityFrame(): boolean {
    if (++this.priority <= this.opts.maxInboundPriorityFramesPerStream * (1 + this.activeStreams)) return false;
    this.stats.inboundPriorityFramesFlood.inc();
    return true;
  }

  windowUpdateFrame(): boolean {
    const perData = this.opts.maxInboundWindowUpdateFramesPerDataFrameSent * this.dataFramesSent;
    if (++this.windowUpdates <= FREE_WINDOW_UPDATES + 2 * (this.activeStreams + perData)) return false;
    this.stats.inboundWindowUpdateFramesFlood.inc();
    return true;
  }

  /** A stream was reset by the peer or because of what the peer sent; true when the allowance is used up. */
  reset(): boolean {
    const now = this.opts.now();
    if (this.resetTime >= 0) {
      const regained = ((now - this.resetTime) * this.opts.streamResetRate) / 1000;
      this.resetTokens = Math.min(this.opts.streamResetBurst, this.resetTokens + regained);
    }
    this.resetTime = now;
    if (this.resetTokens < 1) return true;
    this.resetTokens--;
    return false;
  }
}
