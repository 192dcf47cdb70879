/** The choice of a host for a stream where a filter has made it already (StreamDecoderFilterCallbacks::setUpstreamOverrideHost). */
import type { Headers } from '../../codec/headers.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../../upstream/host.ts';
import type { LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import type { OverrideHost } from '../stream/stream-info.ts';

export class ChosenHost implements LoadBalancerContext {
  readonly override: string;
  readonly strict: boolean;
  private readonly other: LoadBalancerContext | null;

  /** `other`: what counts where that host cannot be had. */
  constructor(other: LoadBalancerContext | null, chosen: OverrideHost) {
    this.other = other;
    this.override = chosen.address;
    this.strict = chosen.strict;
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
  get metadata(): ReadonlyMap<string, unknown> | null {
    return this.other?.metadata ?? null;
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
