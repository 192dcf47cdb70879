/** Checks that are requests: one connection with a codec, used again where that is wanted, and one answer at a time. */
import type { StreamDecoder } from '../../codec/http.ts';
import { CheckSession } from '../../upstream/health/check-session.ts';
import { CheckClient, type CheckClientOwner } from './check-client.ts';

export const USER_AGENT = 'Envoy/HC';

export abstract class RequestSession<Answer extends StreamDecoder> extends CheckSession implements CheckClientOwner {
  protected client: CheckClient | null = null;
  /** Null while nothing is awaited. */
  protected answer: Answer | null = null;
  /** The connection may serve for the next check. */
  protected reuse = true;

  protected abstract get http2(): boolean;
  protected abstract makeAnswer(): Answer;
  protected abstract request(client: CheckClient, answer: Answer): void;
  /** There will be no answer. */
  abstract lost(answer: Answer): void;

  protected check(): void {
    const { client } = this;
    const answer = this.makeAnswer();
    this.answer = answer;
    if (client !== null && client.codec !== null) {
      this.request(client, answer);
      return;
    }
    client?.drop();
    this.reuse = this.checker.reusesConnection;
    this.client = new CheckClient(this.host, this.http2, this);
  }

  onClientReady(client: CheckClient): void {
    if (this.client === client && this.answer !== null) this.request(client, this.answer);
  }

  onClientGoAway(client: CheckClient, graceful: boolean): void {
    if (this.client !== client) return;
    const { answer } = this;
    // A host that shuts down may still answer this one.
    if (answer !== null && graceful) {
      this.reuse = false;
      return;
    }
    // The codec is still at work on it.
    this.client = null;
    if (answer !== null) this.lost(answer);
    this.release(client);
  }

  onClientGone(client: CheckClient): void {
    if (this.client !== client) return;
    this.client = null;
    // It was never there: nobody else tells of the check.
    if (this.answer !== null) this.lost(this.answer);
  }

  protected close(): void {
    this.answer = null;
    this.dropClient();
  }

  protected dropClient(): void {
    const { client } = this;
    this.client = null;
    client?.drop();
  }

  /** Ends the connection that an answer came by, where it is not kept: later, as the codec is still at work on it. */
  protected release(client: CheckClient | null): void {
    if (client !== null && this.client !== client) setImmediate(() => client.drop());
  }
}
