import type { Headers } from '../codec/headers.ts';

/** An answer that the proxy gives itself, before it is made a message (stream/local-reply.ts). */
export interface LocalReply {
  readonly status: number;
  /** Text, not wire text. */
  readonly body: string;
  /** Instead of `body`, where it is not text. */
  readonly bytes?: Buffer;
  /** Of the body, whatever the route's headers say; absent: theirs, or text/plain. */
  readonly contentType?: string;
  /** RESPONSE_CODE_DETAILS. */
  readonly details: string;
  /** Name, value, name, value … added before content-length, as Envoy's modify_headers does. */
  readonly headers?: readonly string[];
  /** `headers` take the place of the route's of the same names. */
  readonly replaces?: true;
  /** `headers` come before what the route adds: an answer that is the route's own. */
  readonly headersFirst?: true;
  /** Changes the head behind `headers`, before content-length is set. */
  readonly change?: (head: Headers) => void;
  /** For gRPC requests; default: by the HTTP status. */
  readonly grpcStatus?: number;
}
