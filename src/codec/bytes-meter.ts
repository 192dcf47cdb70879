/**
 * Bytes of one stream on the wire, framing and heads included: what access logs may ask for. Kept only where one does. Role of
 * StreamInfo::BytesMeter (envoy/stream_info/stream_info.h), counted where Envoy's codecs count.
 */
import type { Headers } from './headers.ts';

/** What of an HTTP/1 line is neither name nor value, as Envoy counts those it reads: the colon and the line's end. */
const LINE_EXTRA = 3;
/** HTTP/2. */
const FRAME_HEADER_BYTES = 9;

export class BytesMeter {
  wireReceived = 0;
  wireSent = 0;
  /** HTTP/1: lines of heads and trailers, but for the first one. HTTP/2: frames of header blocks. */
  headerReceived = 0;
  headerSent = 0;
  /** HTTP/2: names and values before compression. HTTP/1: as above. */
  plainReceived = 0;
  plainSent = 0;

  /** HTTP/1: `fields` bytes of names and values in `count` lines. The wire is counted with the reads. */
  receivedLines(fields: number, count: number): void {
    const n = fields + LINE_EXTRA * count;
    this.headerReceived += n;
    this.plainReceived += n;
  }

  /** HTTP/1. Envoy has its own mind about which of the two counts trailers. */
  receivedTrailers(trailers: Headers): void {
    this.headerReceived += byteSize(trailers) + (LINE_EXTRA * trailers.list.length) / 2;
  }

  /** HTTP/1: a head but for its last two line ends. */
  sentHead(head: string): void {
    const line = head.indexOf('\n');
    const n = line < 0 ? 0 : head.length - line + 1;
    this.headerSent += n;
    this.plainSent += n;
    this.wireSent += head.length + 4;
  }

  /** HTTP/1: trailers, with the last chunk before them and the empty line behind. */
  sentTrailers(text: string): void {
    const n = text.length - 5;
    this.headerSent += n;
    this.plainSent += n;
    this.wireSent += text.length;
  }

  /** HTTP/2: a block in frames of `wire` bytes, frame headers included. */
  receivedBlock(wire: number, plain: number): void {
    this.wireReceived += wire;
    this.headerReceived += wire;
    this.plainReceived += plain;
  }
  sentBlock(wire: number, h: Headers): void {
    this.wireSent += wire;
    this.headerSent += wire;
    this.plainSent += byteSize(h);
  }

  /** HTTP/2: a frame of `payload` bytes that is no part of a header block. */
  receivedFrame(payload: number): void {
    this.wireReceived += FRAME_HEADER_BYTES + payload;
  }
  sentFrame(payload: number): void {
    this.wireSent += FRAME_HEADER_BYTES + payload;
  }
}

/** Names and values, pseudo-headers included. Mirrors HeaderMap::byteSize. */
export function byteSize(h: Headers | null): number {
  if (h === null) return 0;
  let n = 0;
  for (const text of h.list) n += text.length;
  if (h.method !== '') n += ':method'.length + h.method.length;
  if (h.path !== '') n += ':path'.length + h.path.length;
  if (h.authority !== '') n += ':authority'.length + h.authority.length;
  if (h.scheme !== '') n += ':scheme'.length + h.scheme.length;
  if (h.protocol !== '') n += ':protocol'.length + h.protocol.length;
  return h.status === 0 ? n : n + ':status'.length + 3;
}
