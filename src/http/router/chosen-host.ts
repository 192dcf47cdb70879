/**
 * The choice of a host for a stream where a filter has made it already (StreamDecoderFilterCallbacks::setUpstreamOverrideHost), or where route
 * and request ask for hosts by their metadata.
 */
import type { Headers } from '../../codec/headers.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../../upstream/host.ts';
import type { LbMetadata, LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import type { OverrideHost } from '../stream/stream-info.ts';

export class ChosenHost implements LoadBalancerContext {
  readonly override: string | null;
  readonly strict: boolean;
  readonly metadata: LbMetadata | null;
  private readonly other: LoadBalancerContext | null;

  /** `other`: what counts where that host cannot be had. */
  constructor(other: LoadBalancerContext | null, chosen: OverrideHost | null, metadata: LbMetadata | null) {
    this.other = other;
    this.override = chosen === null ? null : chosen.address;
    this.strict = chosen !== null && chosen.strict;
    this.metadata = metadata;
  }

  get hasHash(): boolean {
    return this.other?.hasHash ?? false;
  }
  get hashHi(): number {
    return this.other?.hashHi ?? 0;
  }
  get hashLo(): number {
    return this.other?.hashLo ?? 0;
  }
  get headers(): Headers | null {
    return this.other?.headers ?? null;
  }
  get connection(): Connection | null {
    return this.other?.connection ?? null;
  }
  get tries(): number {
    return this.other?.tries ?? 0;
  }
  get leftOut(): ReadonlySet<number> | null {
    return this.other?.leftOut ?? null;
  }
  another(host: Host): boolean {
    return this.other?.another?.(host) ?? false;
  }
  nothingLeft(): void {
    this.other?.nothingLeft?.();
  }
}
