/**
 * The filters of a filter chain. The last one is terminal: it takes the connection over by setting its handler, and gets the bytes
 * directly. Those before it look at the connection and at its first bytes, and may hold it up. Role of Envoy's Network::ReadFilter.
 */
import type { Connection } from '../transport/connection.ts';
import type { ConnectionInfo } from './connection-info.ts';

/** `done`: as `continue`, and it does not want to see any more. */
export type ReadVerdict = 'continue' | 'stop' | 'done';

export interface ReadFilter {
  /**
   * Once, in the order of the chain, before any byte. `stop`: those behind it wait for `continueReading`, or until its `onData` lets bytes
   * pass, where it has one.
   */
  onNewConnection?(): Exclude<ReadVerdict, 'done'>;
  /** `stop`: the bytes are held, with those that follow, up to the connection's buffer limit; then nothing more is read. */
  onData?(data: Buffer, end: boolean): ReadVerdict;
  /** The transport's handshake is over. A filter that has it stays in between until then. */
  onHandshake?(): void;
  /** The connection is gone. */
  onClose?(): void;
}

export interface ReadFilterCallbacks {
  readonly connection: Connection;
  /** Made when it is first asked for. */
  readonly info: ConnectionInfo;
  /** After `stop`: those behind this filter go on with what was held. Never from within one of its calls. */
  continueReading(filter: ReadFilter): void;
}

/** Made once per filter chain. */
export interface ReadFilterFactory {
  readonly terminal: false;
  create(callbacks: ReadFilterCallbacks): ReadFilter;
}
