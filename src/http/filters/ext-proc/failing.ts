/** What goes wrong with a processor, and the end of it: whether the message passes without it, or is answered. */
import { Asking } from './asking.ts';
import { type Direction, IDLE } from './direction.ts';

const DEADLINE_EXCEEDED = 4;
const ABORTED = 10;
const GATEWAY_TIMEOUT = 504;

export abstract class Failing extends Asking {
  /** What has been given to a processor that answers with another body is lost without it. */
  protected get mayFail(): boolean {
    const { decode, encode } = this;
    return this.failureModeAllow && !isLost(decode) && !isLost(encode);
  }

  onClosed(): void {
    this.s.stats.serverHalfClosed.inc();
    if (!this.done) this.closedByPeer(ABORTED);
  }
  protected closedByPeer(status: number): void {
    this.s.stats.streamsClosed.inc();
    this.abandon(status);
  }

  onFailed(status: number, text: string): void {
    const { stats } = this.s;
    stats.streamsFailed.inc();
    if (this.done) return;
    if (this.mayFail) {
      this.closedByPeer(status);
      stats.failureModeAllowed.inc();
    } else {
      this.fail(status, `ext_proc_error_gRPC_error_${status}{${text}}`);
    }
  }

  onTimeout(): void {
    this.s.stats.messageTimeouts.inc();
    if (this.mayFail) this.letPass(DEADLINE_EXCEEDED);
    else this.fail(DEADLINE_EXCEEDED, 'ext_proc_error_per-message_timeout_exceeded', GATEWAY_TIMEOUT);
  }

  protected letPass(status: number): void {
    this.s.stats.failureModeAllowed.inc();
    this.close();
    this.abandon(status);
  }

  protected fail(status: number, details: string, code = this.s.statusOnError): void {
    this.done = true;
    this.finishCalls(status);
    this.close();
    this.stream.sendLocalReply({ status: code, body: '', details: withoutBlanks(details) });
  }

  protected abandon(status: number): void {
    this.done = true;
    if (status !== ABORTED) this.log?.set('failed_open', true);
    this.decode.abandon(status);
    this.encode.abandon(status);
  }
  protected finishCalls(status: number): void {
    this.decode.finish(status);
    this.encode.finish(status);
  }

  protected close(): void {
    this.done = true;
    if (this.side?.close() === true) this.s.stats.streamsClosed.inc();
  }

  recordCall(d: Direction, waited: number, ms: number, status: number): void {
    if (waited !== IDLE) this.log?.recordCall(d, waited, ms, status);
    this.noteStream();
  }

  protected noteStream(): void {
    const info = this.side?.info ?? null;
    if (info !== null) this.log?.recordStream(info);
  }
}

export const withoutBlanks = (details: string): string => details.replace(/[ \t\n\v\f\r]/g, '_');

const isLost = (d: Direction): boolean => d.bodyMode === 'FULL_DUPLEX_STREAMED' && d.bodyReceived;
