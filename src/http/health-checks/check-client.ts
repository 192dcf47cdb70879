/** The connection of one host's HTTP or gRPC checks: a codec for one request at a time, which no pool and no circuit breaker knows of. */
import type { ClientCodec, StreamEncoder } from '../../codec/http.ts';
import type { Host } from '../../upstream/host.ts';
import { codecsOf } from '../../upstream/pools/client-codecs.ts';
import { CodecClient, type LostReason } from '../../upstream/pools/codec-client.ts';

/** Whose checks it makes. */
export interface CheckClientOwner {
  /** A request may go out now: `client.codec` is there. */
  onClientReady(client: CheckClient): void;
  /** The host takes no more requests after those it has; not `graceful`: something is wrong there. */
  onClientGoAway(client: CheckClient, graceful: boolean): void;
  /** Nothing more comes from it. What ran has been told before. */
  onClientGone(client: CheckClient): void;
}

export class CheckClient extends CodecClient {
  private readonly owner: CheckClientOwner;
  private readonly http2: boolean;
  encoder: StreamEncoder | null = null;

  constructor(host: Host, http2: boolean, owner: CheckClientOwner) {
    super(host, null, true);
    this.owner = owner;
    this.http2 = http2;
  }

  protected makeCodec(): ClientCodec {
    const codecs = codecsOf(this.host.cluster);
    return this.http2 ? codecs.http2(this.connection, this) : codecs.http1(this.connection, this);
  }
  protected onReady(): void {
    this.owner.onClientReady(this);
  }
  protected onStreamOver(): void {
    this.encoder = null;
  }
  protected onBroken(_reason: LostReason, defect: boolean): void {
    if (!defect) this.host.cluster.stats.upstreamCxProtocolError.inc();
  }
  protected onGone(): void {
    this.loseStreams('connection termination');
    this.owner.onClientGone(this);
  }
  onGoAway(graceful: boolean): void {
    this.owner.onClientGoAway(this, graceful);
  }
  onMaxStreamsChanged(): void {}

  /** Nobody is told. */
  drop(): void {
    this.connection.close('noFlush');
  }
}
