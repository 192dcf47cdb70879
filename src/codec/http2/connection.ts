/**
 * What every frame does to an HTTP/2 connection, on either side: who may send it when, in what size, and what follows
 * (RFC 9113 section 6). The header blocks of requests and responses are the subclasses' part.
 */
import { copyOf, isBulkLent, LENT_BYTES } from '../../platform/lent.ts';
import type { CodecOutput } from '../http.ts';
import { BlockParts } from './block-parts.ts';
import {
  COMPRESSION_ERROR,
  FLAG_ACK,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FLAG_PADDED,
  FLAG_PRIORITY,
  FLOW_CONTROL_ERROR,
  FRAME_CONTINUATION,
  FRAME_GOAWAY,
  FRAME_HEADER_BYTES,
  FRAME_HEADERS,
  FRAME_PING,
  FRAME_PRIORITY,
  FRAME_PUSH_PROMISE,
  FRAME_RST_STREAM,
  FRAME_SETTINGS,
  FRAME_SIZE_ERROR,
  FRAME_WINDOW_UPDATE,
  MAX_WINDOW,
  NO_ERROR,
  PROTOCOL_ERROR,
  STREAM_CLOSED,
} from './constants.ts';
import { streamIdAt, uint32At } from './frame-reader.ts';
import { HeaderBlock } from './header-block.ts';
import type { Http2Options } from './options.ts';
import { PeerSettings } from './peer-settings.ts';
import { EMPTY_FLOOD, FLOW_CONTROL, Http2Session } from './session.ts';
import type { Http2CodecStats } from './stats.ts';
import { EMPTY, type Http2Stream } from './stream.ts';

export abstract class Http2Connection extends Http2Session {
  protected readonly block: HeaderBlock;
  /** The peer has acknowledged our SETTINGS: from then on our table size binds it. */
  private settingsAcked: boolean;
  /** Of the DATA frame being read: its stream (null: to be skipped) and whether it ends it. */
  private dataStream: Http2Stream | null;
  private dataEnd: boolean;
  private readonly parts: BlockParts;
  /** Of the header block being read: its frames' bytes. */
  protected blockBytes: number;

  constructor(out: CodecOutput, opts: Http2Options, stats: Http2CodecStats, isServer: boolean) {
    super(out, opts, stats, isServer);
    this.block = new HeaderBlock(opts, stats, isServer);
    this.settingsAcked = false;
    this.dataStream = null;
    this.dataEnd = false;
    this.parts = new BlockParts(opts.maxHeadersBytes);
    this.blockBytes = 0;
  }

  /** Decide what a header block is before it is decoded: one of BLOCK_*. */
  protected abstract beginHeaders(id: number): number;
  /** The block begun by `beginHeaders` is complete. */
  protected abstract endHeaders(id: number, endStream: boolean): void;
  protected abstract onPeerGoAway(lastId: number, code: number): void;
  protected abstract onPeerMaxStreams(max: number): void;

  // --- DATA --------------------------------------------------------------------------------------------------------

  protected dataHeader(buf: Buffer, pos: number, length: number): void {
    const id = streamIdAt(buf, pos);
    const flags = buf[pos + 4];
    if (id === 0) throw this.fail(PROTOCOL_ERROR, 'DATA on stream 0');
    let body = length;
    let pad = 0;
    if ((flags & FLAG_PADDED) !== 0) {
      if (length === 0) throw this.fail(FRAME_SIZE_ERROR, 'padded DATA without a pad length');
      pad = buf[pos + 9];
      body = length - 1 - pad;
      if (body < 0) throw this.fail(PROTOCOL_ERROR, 'padding longer than the frame');
    }
    const endStream = (flags & FLAG_END_STREAM) !== 0;
    if (body === 0 && !endStream) {
      if (this.guard.emptyFrame()) throw this.flooded('Too many consecutive frames with an empty payload', EMPTY_FLOOD);
    } else {
      this.guard.filledFrame();
    }
    this.recvWindow -= length;
    if (this.recvWindow < 0)
      throw this.fail(FLOW_CONTROL_ERROR, 'connection flow control window exceeded', FLOW_CONTROL);

    let stream = this.streams.get(id) ?? null;
    if (stream === null) {
      this.strayFrame(id, 'DATA');
    } else if (stream.remoteEnded) {
      throw this.fail(STREAM_CLOSED, 'DATA on a half-closed stream');
    } else {
      if (stream.meter !== null) stream.meter.receivedFrame(length);
      stream.recvWindow -= length;
      if (stream.recvWindow < 0)
        throw this.fail(FLOW_CONTROL_ERROR, 'stream flow control window exceeded', FLOW_CONTROL);
      if (!stream.headSeen) {
        this.messagingError(stream, 'DATA before HEADERS');
        stream = null;
      } else if (stream.bodyLeft >= 0) {
        stream.bodyLeft -= body;
        if (stream.bodyLeft < 0 || (endStream && stream.bodyLeft > 0)) {
          this.bodyMismatch(stream);
          stream = null;
        }
      }
    }
    this.dataStream = body === 0 ? null : stream;
    this.dataEnd = endStream;
    this.dataLeft = body;
    this.padLeft = pad;
    if (stream === null) {
      this.consume(null, length);
    } else {
      if (length > body) this.consume(stream, length - body);
      if (body === 0 && endStream) this.deliver(stream, EMPTY, true);
    }
  }

  protected dataPart(chunk: Buffer, pos: number, end: number): void {
    const stream = this.dataStream;
    if (stream === null) return;
    if (stream.closed) {
      // It ended while its frame was being read.
      this.consume(null, end - pos);
      return;
    }
    // An idle connection must not keep its last stream alive.
    if (this.dataLeft === 0) this.dataStream = null;
    // What is short and lent is copied once here.
    const data = end - pos > LENT_BYTES || !isBulkLent(chunk) ? chunk.subarray(pos, end) : copyOf(chunk, pos, end);
    this.deliver(stream, data, this.dataLeft === 0 && this.dataEnd);
  }

  private deliver(stream: Http2Stream, data: Buffer, end: boolean): void {
    if (end) stream.remoteEnded = true;
    stream.receive(data, end);
    if (end) this.maybeClose(stream);
  }

  // --- other frames ------------------------------------------------------------------------------------------------

  protected frame(buf: Buffer, pos: number, length: number, type: number, flags: number, id: number): void {
    this.checkHeader(length, type, id);
    switch (type) {
      case FRAME_HEADERS:
        this.headersFrame(buf, pos, length, flags, id);
        break;
      case FRAME_CONTINUATION:
        this.continuationFrame(buf, pos, length, flags);
        break;
      case FRAME_PRIORITY:
        if (id === 0) throw this.fail(PROTOCOL_ERROR, 'PRIORITY on stream 0');
        if (length !== 5) throw this.fail(FRAME_SIZE_ERROR, 'PRIORITY of a wrong size');
        if ((uint32At(buf, pos) & 0x7fffffff) === id) throw this.fail(PROTOCOL_ERROR, 'stream depends on itself');
        if (this.guard.priorityFrame()) throw this.flooded('Too many PRIORITY frames');
        break;
      case FRAME_RST_STREAM:
        this.rstStreamFrame(buf, pos, length, id);
        break;
      case FRAME_SETTINGS:
        this.settingsFrame(buf, pos, length, flags, id);
        break;
      case FRAME_PUSH_PROMISE:
        // A client may not push, and we tell servers not to (SETTINGS_ENABLE_PUSH 0).
        throw this.fail(PROTOCOL_ERROR, 'PUSH_PROMISE');
      case FRAME_PING:
        if (id !== 0) throw this.fail(PROTOCOL_ERROR, 'PING on a stream');
        if (length !== 8) throw this.fail(FRAME_SIZE_ERROR, 'PING of a wrong size');
        if ((flags & FLAG_ACK) !== 0) this.onPingAck?.();
        else this.writer.ping(true, buf, pos);
        break;
      case FRAME_GOAWAY:
        if (id !== 0) throw this.fail(PROTOCOL_ERROR, 'GOAWAY on a stream');
        if (length < 8) throw this.fail(FRAME_SIZE_ERROR, 'GOAWAY of a wrong size');
        this.onPeerGoAway(uint32At(buf, pos) & 0x7fffffff, uint32At(buf, pos + 4));
        break;
      case FRAME_WINDOW_UPDATE:
        this.windowUpdateFrame(buf, pos, length, id);
        break;
      default:
        // Unknown frames are ignored, RFC 9113 section 5.5.
        break;
    }
  }

  private headersFrame(buf: Buffer, pos: number, length: number, flags: number, id: number): void {
    if (id === 0) throw this.fail(PROTOCOL_ERROR, 'HEADERS on stream 0');
    this.blockBytes = FRAME_HEADER_BYTES + length;
    let end = pos + length;
    if ((flags & (FLAG_PADDED | FLAG_PRIORITY)) !== 0) {
      if ((flags & FLAG_PADDED) !== 0) {
        if (length === 0) throw this.fail(FRAME_SIZE_ERROR, 'padded HEADERS without a pad length');
        end -= buf[pos++];
      }
      if ((flags & FLAG_PRIORITY) !== 0) {
        if (pos + 5 > end) throw this.fail(FRAME_SIZE_ERROR, 'HEADERS too short for its priority');
        if ((uint32At(buf, pos) & 0x7fffffff) === id) throw this.fail(PROTOCOL_ERROR, 'stream depends on itself');
        pos += 5;
      }
      if (pos > end) throw this.fail(PROTOCOL_ERROR, 'padding longer than the frame');
    }
    this.countBlockFrame(end - pos, (flags & FLAG_END_STREAM) !== 0);
    if ((flags & FLAG_END_HEADERS) !== 0) {
      this.headerBlock(buf, pos, end, id, (flags & FLAG_END_STREAM) !== 0);
      return;
    }
    this.blockStream = id;
    this.parts.begin(id, (flags & FLAG_END_STREAM) !== 0);
    this.keepBlock(buf, pos, end);
  }

  private continuationFrame(buf: Buffer, pos: number, length: number, flags: number): void {
    if (this.blockStream === 0) throw this.fail(PROTOCOL_ERROR, 'CONTINUATION without HEADERS');
    this.blockBytes += FRAME_HEADER_BYTES + length;
    this.countBlockFrame(length, false);
    this.keepBlock(buf, pos, pos + length);
    if ((flags & FLAG_END_HEADERS) === 0) return;
    const id = this.parts.streamId;
    const whole = this.parts.take();
    this.blockStream = 0;
    this.headerBlock(whole, 0, whole.length, id, this.parts.endStream);
  }

  private countBlockFrame(bytes: number, endStream: boolean): void {
    if (bytes > 0 || endStream) this.guard.filledFrame();
    else if (this.guard.emptyFrame()) {
      throw this.flooded('Too many consecutive frames with an empty payload', EMPTY_FLOOD);
    }
  }

  private keepBlock(buf: Buffer, pos: number, end: number): void {
    if (!this.parts.add(buf, pos, end)) throw this.flooded('Too many CONTINUATION frames');
  }

  private headerBlock(buf: Buffer, pos: number, end: number, id: number, endStream: boolean): void {
    const mode = this.beginHeaders(id);
    this.block.begin(mode);
    if (!this.hpackIn.decode(buf, pos, end, this.block)) {
      throw this.fail(COMPRESSION_ERROR, 'header compression error');
    }
    this.block.finish();
    this.endHeaders(id, endStream);
    this.block.release();
  }

  private rstStreamFrame(buf: Buffer, pos: number, length: number, id: number): void {
    if (id === 0) throw this.fail(PROTOCOL_ERROR, 'RST_STREAM on stream 0');
    if (length !== 4) throw this.fail(FRAME_SIZE_ERROR, 'RST_STREAM of a wrong size');
    if (this.isIdle(id)) throw this.fail(PROTOCOL_ERROR, 'RST_STREAM on an idle stream');
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (stream.meter !== null) stream.meter.receivedFrame(4);
    this.stats.rxReset.inc();
    if (this.isServer && this.guard.reset()) throw this.flooded('Too many RST_STREAM frames');
    this.remoteReset(stream, uint32At(buf, pos) >>> 0);
  }

  private windowUpdateFrame(buf: Buffer, pos: number, length: number, id: number): void {
    if (length !== 4) throw this.fail(FRAME_SIZE_ERROR, 'WINDOW_UPDATE of a wrong size');
    const increment = uint32At(buf, pos) & 0x7fffffff;
    if (this.guard.windowUpdateFrame()) {
      throw this.flooded('Too many WINDOW_UPDATE frames');
    }
    if (increment === 0) throw this.fail(PROTOCOL_ERROR, 'WINDOW_UPDATE by zero', FLOW_CONTROL);
    if (id === 0) {
      this.sendWindow += increment;
      if (this.sendWindow > MAX_WINDOW) throw this.fail(FLOW_CONTROL_ERROR, 'connection window above 2^31-1');
      this.pumpBlocked();
      return;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      if (this.isIdle(id)) throw this.fail(PROTOCOL_ERROR, 'WINDOW_UPDATE on an idle stream');
      return;
    }
    if (stream.meter !== null) stream.meter.receivedFrame(4);
    stream.sendWindow += increment;
    if (stream.sendWindow > MAX_WINDOW) {
      // RFC 9113 section 6.9.1 wants a stream error here.
      this.peerFault(stream, FLOW_CONTROL_ERROR, 'remote reset', FLOW_CONTROL);
      return;
    }
    stream.windowGrew();
  }

  private settingsFrame(buf: Buffer, pos: number, length: number, flags: number, id: number): void {
    if (id !== 0) throw this.fail(PROTOCOL_ERROR, 'SETTINGS on a stream');
    if ((flags & FLAG_ACK) !== 0) {
      if (length !== 0) throw this.fail(FRAME_SIZE_ERROR, 'SETTINGS acknowledgement with a payload');
      if (!this.sawSettings) throw this.fail(PROTOCOL_ERROR, 'connection preface without SETTINGS');
      if (!this.settingsAcked) {
        this.settingsAcked = true;
        this.hpackIn.setLimit(this.opts.hpackTableSize, true);
      }
      return;
    }
    if (length % 6 !== 0) throw this.fail(FRAME_SIZE_ERROR, 'SETTINGS of a wrong size');
    this.sawSettings = true;
    const settings = new PeerSettings();
    const error = settings.read(buf, pos, pos + length, !this.isServer);
    if (error !== NO_ERROR) throw this.fail(error, 'SETTINGS value out of range');
    if (settings.maxFrameSize >= 0) this.writer.maxFrameSize = settings.maxFrameSize;
    if (settings.tableSize >= 0) {
      this.hpackOut.setPeerLimit(settings.lowestTableSize);
      this.hpackOut.setPeerLimit(settings.tableSize);
    }
    this.writer.settingsAck();
    const window = settings.initialWindow;
    if (window >= 0 && window !== this.peerInitialWindow) this.changeInitialWindow(window);
    if (settings.maxConcurrentStreams >= 0) this.onPeerMaxStreams(settings.maxConcurrentStreams);
  }
}
