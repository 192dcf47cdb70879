/**
 * A filter of a UDP session (session_filters): sees, holds or rewrites the datagrams of one sender, both ways. Roles of Envoy's UdpSessionReadFilter
 * and UdpSessionWriteFilter (envoy/network/filter.h).
 */
import type { UdpSessionLog } from './udp-log.ts';

export interface UdpSessionFilter {
  /** Once. `stop`: those behind it, and the choice of a host, wait for `goOn`. */
  onNewSession?(): 'continue' | 'stop';
  /** From the client: what goes on, perhaps another datagram; null: nothing does. `data` may be kept. */
  onData?(data: Buffer): Buffer | null;
  /** From where the session sends to; the last filter of the list is the first one here. */
  onWrite?(data: Buffer): Buffer | null;
  /** The session is over. */
  onSessionComplete?(): void;
}

export interface UdpSessionFilterCallbacks {
  /** What is known of the session, and what filters tell each other of it. */
  readonly facts: UdpSessionLog;
  /** After `stop`. False: there was nowhere to send to, and the session is over. */
  goOn(filter: UdpSessionFilter): boolean;
  /** To those behind this one. */
  injectRead(filter: UdpSessionFilter, data: Buffer): void;
  injectWrite(filter: UdpSessionFilter, data: Buffer): void;
}

/** What the `create` of a session filter's module returns. */
export interface UdpSessionFilterFactory {
  create(callbacks: UdpSessionFilterCallbacks): UdpSessionFilter;
}
