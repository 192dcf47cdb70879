import type { DrainSequence } from './drain.ts';

/** What a connection tells its owner. Role of Envoy's Network::ReadFilter + ConnectionCallbacks. */
export interface ConnectionHandler {
  /** Only for outgoing connections. */
  onConnected(): void;
  /**
   * The chunk belongs to the receiver: slices may be kept, nobody writes into it again. Unless the receiver has set
   * Connection.takesLent; then platform/lent.ts says how long a chunk is valid.
   */
  onData(chunk: Buffer): void;
  /** The peer sent FIN. Our side can still write. */
  onEnd(): void;
  /** Exactly once, and the last call. `local`: we closed it. `error`: '' or the errno text (`ECONNREFUSED`, `connect timeout` …). */
  onClose(local: boolean, error: string): void;
  /** More than the buffer limit is queued to be written / it fell to half of it. */
  onAboveWriteBuffer(): void;
  onBelowWriteBuffer(): void;
  /** Bytes that came and that a filter before this one has kept from it: told right before `onClose`. */
  onUnread?(bytes: number): void;
  /** The transport's handshake with a client that came to us is over, where it has one. */
  onHandshake?(): void;
  /** The listener drains: who can end the connection by itself does so in time. At most once. */
  onDrain?(sequence: DrainSequence): void;
}
