/** What a stream needs of the connection it came on. */
import type { Headers } from '../../codec/headers.ts';
import type { Protocol } from '../../codec/http.ts';
import type { Connection } from '../../transport/connection.ts';
import type { ActiveStream } from './active-stream.ts';
import type { StreamSettings } from './stream-settings.ts';

export interface StreamOwner {
  readonly cfg: StreamSettings;
  readonly connection: Connection;
  /** HTTP/1: of the request whose head came last. */
  readonly protocol: Protocol;
  /** The request's head is complete: its exact protocol version is known now. */
  onRequestHead(stream: ActiveStream): void;
  /** Names with an underscore: dropped; true when the request is to be refused for them. HTTP/1 only, the other codec does it itself. */
  refusesUnderscores(headers: Headers): boolean;
  /** The client, or a fault of its request, wants no further request on this connection. */
  endsHere(): void;
  /**
   * The head of an answer: says `connection: close` where the connection ends with it. `requestComplete`: the client has sent all.
   * `tunnel`: an upgrade or CONNECT is accepted.
   */
  onAnswer(headers: Headers, requestComplete: boolean, tunnel: boolean): void;
  /** The stream is over, all its filters are gone. */
  onStreamGone(stream: ActiveStream): void;
  /** Behind onStreamGone: the answer is with the codec. `early`: it was given while the request's head was looked at. `unframed`: the end of the connection ends it. */
  onAnswered(requestComplete: boolean, early: boolean, unframed: boolean): void;
  /** Behind onStreamGone: it was reset from here. `cutOff`: in the middle of its answer. */
  onStreamReset(cutOff: boolean): void;
}
