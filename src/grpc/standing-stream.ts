/**
 * A stream of messages to a service that is only told things: the first message says who tells them, and one that comes after the stream has
 * ended begins another. Role of Envoy's GrpcAccessLogger and GrpcMetricsStreamer towards their streams.
 */
import { refuse } from '../config/refusal.ts';
import type { ApiVersion } from '../config/schema/types.ts';
import type { GrpcCallbacks, GrpcCallOptions, GrpcStream } from './client.ts';
import type { GrpcServiceClient } from './service.ts';
import { WireWriter } from './wire-writer.ts';

/** `absent`: the cluster is not there. `full`: the service takes no more for now. */
export type StandingState = 'open' | 'full' | 'absent';

export class StandingStream implements GrpcCallbacks {
  private readonly service: GrpcServiceClient;
  private readonly method: string;
  private readonly identifier: Buffer;
  private readonly options: GrpcCallOptions;
  private readonly ended: (status: number) => void;
  private stream: GrpcStream | null = null;
  /** Counted: the service takes no more. */
  private paused = 0;
  private isNew = true;

  /** `identifier`: field 1 of a stream's first message. `ended`: with the status of gRPC. */
  constructor(
    service: GrpcServiceClient,
    method: string,
    identifier: Buffer,
    options: GrpcCallOptions,
    ended: (status: number) => void = () => {},
  ) {
    this.service = service;
    this.method = method;
    const w = new WireWriter();
    w.bytesField(1, identifier);
    this.identifier = w.finish();
    this.options = options;
    this.ended = ended;
  }

  /** Opens it where it is not open. */
  state(): StandingState {
    if (this.stream === null) {
      const { client } = this.service;
      if (client.target.cluster.current === null) return 'absent';
      this.paused = 0;
      this.isNew = true;
      this.stream = client.stream(this.method, this.options, this);
    }
    return this.paused > 0 ? 'full' : 'open';
  }

  /** Where it is `open`: a message without its identifier. */
  send(message: Buffer): void {
    const whole = this.isNew ? Buffer.concat([this.identifier, message]) : message;
    this.isNew = false;
    this.stream?.send(whole);
  }

  onMessage(): void {}
  onPause(pause: boolean): void {
    this.paused += pause ? 1 : -1;
  }
  /** Whatever the reason: the next message begins a stream. */
  onEnd(status: number): void {
    this.stream = null;
    this.paused = 0;
    this.ended(status);
  }

  close(): void {
    this.stream?.cancel();
  }
}

/** `v2`: of v2 configs that do not ask for v3; the messages are alike. */
export function methodOf(
  config: { readonly transportApiVersion?: ApiVersion },
  envoy16: boolean,
  v3: string,
  v2: string,
): string {
  const { transportApiVersion: version = 'AUTO' } = config;
  if (envoy16) return version === 'V3' ? v3 : v2;
  if (version === 'V2') {
    refuse(config, 'transport_api_version', 'V2 xDS transport protocol version is deprecated');
  }
  return v3;
}
