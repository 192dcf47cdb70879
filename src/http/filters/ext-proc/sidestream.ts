/**
 * The gRPC stream of one request to its processor. Mirrors ExternalProcessorStreamImpl: it is closed by a reset, also where all has been said.
 */
import type { Headers } from '../../../codec/headers.ts';
import {
  GRPC_OK,
  type GrpcCallbacks,
  type GrpcCallOptions,
  type GrpcClient,
  type GrpcStream,
} from '../../../grpc/client.ts';
import { Timer } from '../../../transport/timers.ts';
import type { AsyncOutcome } from '../../../upstream/async.ts';

export const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

export interface SidestreamListener {
  onMessage(message: Buffer): void;
  /** What is sent now has to wait / goes on. Calls come in pairs. */
  onCongested(congested: boolean): void;
  onClosed(): void;
  onFailed(status: number, text: string): void;
}

export class Sidestream implements GrpcCallbacks {
  private readonly call: GrpcStream;
  /** Null: whatever it says is of no interest. */
  private listener: SidestreamListener | null;
  private timer: Timer | null = null;
  /** Ended by either side. */
  private closed = false;
  private congested = 0;
  private inMessage = false;

  constructor(client: GrpcClient, options: GrpcCallOptions, listener: SidestreamListener) {
    this.listener = listener;
    this.call = client.stream(PROCESS, options, this);
  }

  send(message: Uint8Array): void {
    this.call.send(message);
  }

  /** Counted: its messages come too fast. */
  pause(pause: boolean): void {
    this.call.pause(pause);
  }

  /** RESPONSE_CODE_DETAILS of the processor's answer. */
  get details(): string {
    return this.call.info?.details ?? '';
  }
  get info(): AsyncOutcome | null {
    return this.call.info;
  }

  /** At once. False: it was already. Envoy's reset overtakes the end of the request where a message has just come. */
  close(): boolean {
    this.leave();
    if (this.closed) return false;
    this.closed = true;
    this.timer?.cancel();
    if (!this.inMessage) this.call.close();
    this.call.cancel();
    return true;
  }

  /** Its request is over, and what was sent is to arrive. `closed`: it has been closed here then. */
  closeLater(ms: number, closed: () => void): void {
    this.leave();
    if (this.closed) return;
    this.timer = new Timer(() => {
      if (this.close()) closed();
    });
    this.timer.arm(ms);
  }

  /** Whoever waits for it to drain waits no longer. */
  private leave(): void {
    const { listener } = this;
    this.listener = null;
    for (; this.congested > 0; this.congested--) listener?.onCongested(false);
  }

  // --- from the processor ------------------------------------------------------------------------------------------

  onMessage(message: Buffer): void {
    this.inMessage = true;
    this.listener?.onMessage(message);
    this.inMessage = false;
  }

  onPause(pause: boolean): void {
    if (this.listener === null) return;
    this.congested += pause ? 1 : -1;
    this.listener.onCongested(pause);
  }

  onEnd(status: number, text: string, trailers: Headers | null): void {
    this.closed = true;
    const said = trailers?.get('grpc-message') ?? text;
    this.timer?.cancel();
    const { listener } = this;
    this.leave();
    if (status === GRPC_OK) listener?.onClosed();
    else listener?.onFailed(status, said === '' ? this.details : `${said}{${this.details}}`);
  }
}
