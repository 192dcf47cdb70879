/**
 * envoy.filters.udp.session.http_capsule: each datagram goes into a DATAGRAM capsule (RFC 9297) with the context of UDP payloads (RFC 9298), and what
 * comes back is taken out of such capsules. Mirrors source/extensions/filters/udp/udp_proxy/session_filters/http_capsule/http_capsule.cc. Capsules of
 * other types and contexts are passed over; after one that cannot be read nothing more is taken from that stream.
 */
import { logger } from '../../log/logger.ts';
import type { UdpSessionFilter, UdpSessionFilterCallbacks, UdpSessionFilterFactory } from '../session-filter.ts';

const log = logger('filter');

const DATAGRAM = 0;
const UDP_PAYLOAD = 0;
/** Bytes of a capsule that is not whole yet (QUICHE's kMaxCapsuleBufferSize). */
export const MAX_CAPSULE_BYTES = 1024 * 1024;

/** Of a variable-length integer (RFC 9000, section 16). */
const LARGEST_OF_1 = 63;
const LARGEST_OF_2 = 16383;

/** A capsule around `data`. */
export function capsuleOf(data: Buffer): Buffer {
  const n = data.length + 1;
  const size = n <= LARGEST_OF_1 ? 1 : n <= LARGEST_OF_2 ? 2 : 4;
  const out = Buffer.allocUnsafe(2 + size + data.length);
  out[0] = DATAGRAM;
  if (size === 1) out[1] = n;
  else if (size === 2) out.writeUInt16BE(0x4000 | n, 1);
  else out.writeUInt32BE(0x80000000 + n, 1);
  out[1 + size] = UDP_PAYLOAD;
  data.copy(out, 2 + size);
  return out;
}

/** -1 where bytes are missing; `bytes` of the last one read. */
class VarInt {
  bytes = 0;

  read(buf: Buffer, at: number): number {
    if (at >= buf.length) return -1;
    this.bytes = 1 << (buf[at] >> 6);
    if (at + this.bytes > buf.length) return -1;
    let value = buf[at] & 0x3f;
    for (let i = 1; i < this.bytes; i++) value = value * 256 + buf[at + i];
    return value;
  }
}

class HttpCapsule implements UdpSessionFilter {
  private readonly callbacks: UdpSessionFilterCallbacks;
  /** The beginning of a capsule. */
  private rest: Buffer | null = null;
  private broken = false;
  private readonly number = new VarInt();

  constructor(callbacks: UdpSessionFilterCallbacks) {
    this.callbacks = callbacks;
  }

  onData(data: Buffer): Buffer {
    return capsuleOf(data);
  }

  onWrite(data: Buffer): null {
    if (this.broken) return null;
    let buf = this.rest === null ? data : Buffer.concat([this.rest, data]);
    this.rest = null;
    while (buf.length > 0) {
      const used = this.capsule(buf);
      if (used === 0) break;
      if (this.broken) return null;
      buf = buf.subarray(used);
    }
    if (buf.length > MAX_CAPSULE_BYTES) this.fail('too long');
    else if (buf.length > 0) this.rest = buf;
    return null;
  }

  /** The first one: how long it is, 0 where it is not whole. */
  private capsule(buf: Buffer): number {
    const { number } = this;
    const type = number.read(buf, 0);
    if (type < 0) return 0;
    let at = number.bytes;
    const length = number.read(buf, at);
    if (length < 0) return 0;
    at += number.bytes;
    const end = at + length;
    if (end > buf.length) return 0;
    if (type === DATAGRAM) this.datagram(buf.subarray(at, end));
    return end;
  }

  private datagram(payload: Buffer): void {
    const context = this.number.read(payload, 0);
    if (context < 0) this.fail('no context');
    else if (context === UDP_PAYLOAD) this.callbacks.injectWrite(this, payload.subarray(this.number.bytes));
  }

  private fail(why: string): void {
    this.broken = true;
    if (log.debugOn) log.debug(`capsule parse failure: ${why}`);
  }
}

export function create(): UdpSessionFilterFactory {
  return { create: (callbacks) => new HttpCapsule(callbacks) };
}
