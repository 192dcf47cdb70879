/**
 * Reads a SETTINGS frame's payload (RFC 9113 section 6.5.2). Only the last value of each setting counts: applying every entry of a
 * long list to every stream would be work a peer gets for free.
 */
import {
  FLOW_CONTROL_ERROR,
  MAX_FRAME_SIZE,
  MAX_FRAME_SIZE_LIMIT,
  MAX_WINDOW,
  NO_ERROR,
  PROTOCOL_ERROR,
  SETTINGS_ENABLE_CONNECT_PROTOCOL,
  SETTINGS_ENABLE_PUSH,
  SETTINGS_HEADER_TABLE_SIZE,
  SETTINGS_INITIAL_WINDOW_SIZE,
  SETTINGS_MAX_CONCURRENT_STREAMS,
  SETTINGS_MAX_FRAME_SIZE,
} from './constants.ts';

/** -1: not in the frame. */
export class PeerSettings {
  tableSize: number;
  /** The smallest of several table sizes: entries above it are gone whatever the last one says (RFC 7541 section 4.2). */
  lowestTableSize: number;
  maxConcurrentStreams: number;
  initialWindow: number;
  maxFrameSize: number;

  constructor() {
    this.tableSize = -1;
    this.lowestTableSize = -1;
    this.maxConcurrentStreams = -1;
    this.initialWindow = -1;
    this.maxFrameSize = -1;
  }

  /** Returns NO_ERROR, or the error code the connection must end with. */
  read(buf: Buffer, pos: number, end: number, fromServer: boolean): number {
    for (let at = pos; at < end; at += 6) {
      const value = buf.readUInt32BE(at + 2);
      switch ((buf[at] << 8) | buf[at + 1]) {
        case SETTINGS_HEADER_TABLE_SIZE:
          this.tableSize = value;
          if (this.lowestTableSize < 0 || value < this.lowestTableSize) this.lowestTableSize = value;
          break;
        case SETTINGS_ENABLE_PUSH:
          if (value > 1 || (fromServer && value === 1)) return PROTOCOL_ERROR;
          break;
        case SETTINGS_MAX_CONCURRENT_STREAMS:
          this.maxConcurrentStreams = value;
          break;
        case SETTINGS_INITIAL_WINDOW_SIZE:
          if (value > MAX_WINDOW) return FLOW_CONTROL_ERROR;
          this.initialWindow = value;
          break;
        case SETTINGS_MAX_FRAME_SIZE:
          if (value < MAX_FRAME_SIZE || value > MAX_FRAME_SIZE_LIMIT) return PROTOCOL_ERROR;
          this.maxFrameSize = value;
          break;
        case SETTINGS_ENABLE_CONNECT_PROTOCOL:
          if (value > 1) return PROTOCOL_ERROR;
          break;
        default:
          // Unknown settings are ignored, RFC 9113 section 6.5.2.
          break;
      }
    }
    return NO_ERROR;
  }
}
