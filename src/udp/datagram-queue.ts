/**
 * Datagrams that wait for an address, an answer or a tunnel (buffer_options): bounded in number and bytes, and what has no room is lost and counted.
 * Mirrors maybeBufferDatagram of Envoy's UDP tunnels and session filters.
 */
import { heldMemory } from '../platform/held-memory.ts';
import type { Counter } from '../stats/store.ts';

/** BufferOptions.max_buffered_datagrams. */
export const DEFAULT_MAX_BUFFERED_DATAGRAMS = 1024;
/** BufferOptions.max_buffered_bytes. */
export const DEFAULT_MAX_BUFFERED_BYTES = 16384;

export interface QueueLimits {
  readonly datagrams: number;
  readonly bytes: number;
}

interface BufferOptions {
  readonly maxBufferedDatagrams?: number;
  readonly maxBufferedBytes?: number;
}

/** Null without buffer_options: nothing is kept, and what comes too early is lost without a count. */
export function queueLimits(options: BufferOptions | undefined): QueueLimits | null {
  if (options === undefined) return null;
  const { maxBufferedDatagrams, maxBufferedBytes } = options;
  return {
    datagrams: maxBufferedDatagrams ?? DEFAULT_MAX_BUFFERED_DATAGRAMS,
    bytes: maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
  };
}

export class DatagramQueue {
  private readonly limits: QueueLimits | null;
  private readonly overflow: Counter;
  private list: Buffer[] = [];
  private bytes = 0;

  constructor(limits: QueueLimits | null, overflow: Counter) {
    this.limits = limits;
    this.overflow = overflow;
  }

  keep(data: Buffer): void {
    const { limits } = this;
    if (limits === null) return;
    if (this.list.length >= limits.datagrams || this.bytes + data.length > limits.bytes) {
      this.overflow.inc();
      return;
    }
    this.list.push(data);
    this.bytes += data.length;
    heldMemory.add(data.length);
  }

  /** All that waited; there is none of it any more. */
  take(): readonly Buffer[] {
    const { list } = this;
    heldMemory.add(-this.bytes);
    this.list = [];
    this.bytes = 0;
    return list;
  }
}
