/** What formats and services are told of a client of redis_proxy. */
import type { FormatContext, FormatInfo } from '../format/format-context.ts';
import { ConnectionFacts } from '../http/stream/connection-facts.ts';

export class ClientFacts extends ConnectionFacts implements FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  readonly protocol = null;
  readonly bytesReceived = 0;
  readonly bytesSent = 0;

  get flags(): number {
    return this.connection.socketInfo?.flags ?? 0;
  }
  get startMs(): number {
    return this.connection.startMs;
  }
}
