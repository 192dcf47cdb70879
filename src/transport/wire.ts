/**
 * The thin layer between a `Connection` and the operating system. Two implementations:
 * `handle-wire.ts` talks to libuv's stream handles directly (no Readable/Writable machinery: about a quarter less CPU per
 * forwarded request, see docs/decisions/0004-stream-handles.md), `net-wire.ts` uses `net.Socket` only and serves TLS and any Node on
 * which the handles look different. A wire keeps at most one write in flight; coalescing is the connection's job.
 */
import type { Address } from './address.ts';
import type { TlsSession } from './tls-session.ts';

/** What a wire reports; implemented by Connection. */
export interface WireOwner {
  /** `wireData` may hand over a lent chunk (platform/lent.ts). */
  readonly takesLent: boolean;
  /** Absent or false: longer ones are the owner's. */
  readonly takesBulk?: boolean;
  wireConnected(): void;
  /** The handshake of a client that came to us is over. */
  wireReady?(): void;
  wireData(chunk: Buffer): void;
  /** The peer half-closed. */
  wireEnd(): void;
  /** The write that was in flight has been taken by the kernel. */
  wireWritten(): void;
  wireShutdownDone(): void;
  /** The socket failed (`ECONNRESET`, …). Nothing follows. */
  wireFailed(code: string): void;
}

/** What the transport's handshake agreed on; null on a wire that has none. */
export interface TransportSecurity {
  /** The application protocol (ALPN), '' for none. */
  readonly alpn: string;
  /** The name that the peer asked for (SNI), or that we asked for, '' for none. */
  readonly serverName: string;
  /** Absent where the transport is none of TLS. */
  readonly tls?: TlsSession;
}

export interface Wire {
  /** False while the transport's handshake is under way. */
  readonly ready: boolean;
  /** What goes over it cannot be read on the way. Absent: it can. */
  readonly secure?: boolean;
  /** Null until the handshake is over. */
  readonly security: TransportSecurity | null;
  /**
   * From now on `owner` is told. `unread`: bytes that the owner before read and did not use; they come first, once `readStart` was
   * called, never from within a call. Nothing may be in flight.
   */
  handOver(owner: WireOwner, unread: Buffer | null): void;
  readStart(): void;
  readStop(): void;
  /** Reads bring a few KiB at a time while `on`. A wire that cannot do without. */
  readSparingly?(on: boolean): void;
  /** What is written stays in use after the call even when all goes well: never hand over memory that is used again. */
  readonly keepsWrites: boolean;
  /** What was written is copied before the call returns: the memory is free while the write is in flight. */
  readonly copiesWrites?: boolean;
  /** True: the kernel took everything. False: in flight, `wireWritten` follows. */
  writeBuffer(data: Buffer): boolean;
  writeMany(chunks: Buffer[]): boolean;
  /**
   * How many bytes of these the kernel takes now; none of them stays in use. Only with no write in flight. 0 also where the socket
   * is broken: the next write says so. A wire that cannot do without.
   */
  writeSome?(chunks: Buffer[]): number;
  /** Bytes of the write in flight that the kernel has not taken yet. */
  unwritten(): number;
  /** FIN after what was written. */
  shutdown(): void;
  /** Release the socket at once. No callback follows. */
  close(): void;
  /** Close with RST instead of FIN. */
  reset(): void;
  setKeepAlive(enable: boolean, initialDelaySeconds: number): void;
  /** IP_TOS or IPV6_TCLASS; of sockets only. */
  setTypeOfService?(tos: number): void;
  remoteAddress(): Address;
  localAddress(): Address;
}
