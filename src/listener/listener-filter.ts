/**
 * Looks at a socket before a filter chain is chosen for it: what protocol it speaks, for whom it is, where it really comes from.
 * Role of Envoy's Network::ListenerFilter (envoy/network/filter.h). What it finds out it writes into `socket.info`.
 */
import type { Address } from '../transport/address.ts';
import type { SocketInfo } from '../transport/socket-info.ts';

export interface PeekedSocket {
  readonly info: SocketInfo;
  /** As the kernel says. */
  readonly remoteAddress: Address;
  readonly localAddress: Address;
  /** Takes the first `n` bytes out of the stream: whoever comes next does not see them. */
  drain(n: number): void;
}

/** `more`: bytes are missing; `done`: the next one's turn; `close`: nothing good can come of it. */
export type ListenerFilterVerdict = 'more' | 'done' | 'close';

export interface ListenerFilter {
  /** Bytes it has to see at most; with as many as that it must not answer `more`. 0 = it needs none, and `onData` is called with none. */
  readonly maxBytes: number;
  /** `data`: all that was read and not drained so far, at least one byte more than at the call before. Nothing of it may be kept. */
  onData(data: Buffer, socket: PeekedSocket): ListenerFilterVerdict;
}

/** One a listener, made from its config. */
export interface ListenerFilterFactory {
  readonly name: string;
  /** Per socket; null where its predicate says that the socket is none of its business. */
  create(socket: PeekedSocket): ListenerFilter | null;
}
