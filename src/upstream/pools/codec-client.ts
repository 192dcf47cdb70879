/**
 * One upstream connection and the codec on it: dispatches what arrives, reports what ends. It counts for nobody and belongs to no pool, so
 * health checks and tunnels have one of their own; a pool's is active-client.ts. Role of Envoy's CodecClient
 * (source/common/http/codec_client.cc).
 */
import {
  type ClientCallbacks,
  type ClientCodec,
  CodecError,
  type StreamDecoder,
  type StreamEncoder,
} from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import type { Connection } from '../../transport/connection.ts';
import type { TransportOptions } from '../../transport/transport-factory.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import type { Host } from '../host.ts';

const log = logger('client');

export type LostReason = 'protocol error' | 'local reset' | 'connection termination';

export abstract class CodecClient implements ConnectionHandler, ClientCallbacks {
  readonly host: Host;
  readonly connection: Connection;
  /** Null until connected. */
  codec: ClientCodec | null;
  /** Streams open now. */
  active: number;
  private remoteEnded: boolean;
  private over: boolean;

  /** Begins to connect; `onReady` or `onGone` follows, never from within this call. `toCheck`: for an active health check. */
  constructor(host: Host, transport: TransportOptions | null, toCheck = false) {
    this.host = host;
    this.codec = null;
    this.active = 0;
    this.remoteEnded = false;
    this.over = false;
    this.connection = toCheck ? host.connectToCheck(this) : host.connect(this, transport);
  }

  /** Connected, the transport's handshake included: which protocol is known now. */
  protected abstract makeCodec(): ClientCodec;
  protected abstract onReady(): void;
  /** A stream is over; `active` is counted down already. */
  protected abstract onStreamOver(codec: ClientCodec): void;
  /** The host breaks the protocol (or, `defect`, we do): what runs is lost, the connection is about to close. */
  protected abstract onBroken(reason: LostReason, defect: boolean): void;
  /** The connection was lost or closed, before or after it was ready. What ran is told after this. `error`: errno text or ''. */
  protected abstract onGone(remote: boolean, error: string): void;
  abstract onGoAway(graceful: boolean): void;
  abstract onMaxStreamsChanged(): void;

  newStream(decoder: StreamDecoder): StreamEncoder {
    this.active++;
    return (this.codec as ClientCodec).newStream(decoder);
  }

  /** What is queued is offered to the kernel once; a host that does not read is not waited for. */
  shut(): void {
    this.connection.flush();
    this.connection.close('noFlush');
  }

  /** Each stream that was open is told why it ended. */
  protected loseStreams(reason: LostReason): void {
    if (this.over) return;
    this.over = true;
    this.codec?.onConnectionClosed(reason, '');
    // A codec need not report the streams that went with the connection.
    while (this.active > 0) this.onStreamComplete();
  }

  // --- codec -------------------------------------------------------------------------------------------------------

  onStreamComplete(): void {
    this.active--;
    this.onStreamOver(this.codec as ClientCodec);
  }

  // --- connection --------------------------------------------------------------------------------------------------

  onConnected(): void {
    this.codec = this.makeCodec();
    this.onReady();
  }

  onData(chunk: Buffer): void {
    try {
      (this.codec as ClientCodec).dispatch(chunk);
    } catch (e) {
      this.dispatchFailed(e);
    }
  }

  onEnd(): void {
    this.remoteEnded = true;
    try {
      this.codec?.onEndOfInput();
    } catch (e) {
      this.dispatchFailed(e);
      return;
    }
    this.connection.close('noFlush');
  }

  /** For an answer over HTTP/1 a reset is an end like any other: it may have been whole (CodecClient::onEvent). HTTP/2 has no such end. */
  private endByReset(codec: ClientCodec): void {
    this.remoteEnded = true;
    try {
      codec.onEndOfInput();
    } catch (e) {
      this.dispatchFailed(e);
    }
  }

  private dispatchFailed(e: unknown): void {
    const defect = !(e instanceof CodecError);
    if (defect) {
      log.error(
        `[C${this.connection.id}] internal error, closing the upstream connection: ${e instanceof Error ? e.stack : String(e)}`,
      );
    } else if (log.debugOn) {
      log.debug(`[C${this.connection.id}] Error dispatching received data: ${e.message}`);
    }
    const reason = defect ? 'local reset' : 'protocol error';
    this.onBroken(reason, defect);
    this.loseStreams(reason);
    this.shut();
  }

  onClose(local: boolean, error: string): void {
    if (!local && !this.remoteEnded && this.active > 0 && this.codec !== null) this.endByReset(this.codec);
    this.onGone(this.remoteEnded || !local, error);
  }

  onAboveWriteBuffer(): void {
    this.codec?.onUnderlyingAboveWriteBuffer();
  }
  onBelowWriteBuffer(): void {
    this.codec?.onUnderlyingBelowWriteBuffer();
  }
}
