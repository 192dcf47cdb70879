/**
 * The choice of a host for a stream where a filter has made it already (StreamDecoderFilterCallbacks::setUpstreamOverrideHost), or where route
 * and request ask for hosts by their metadata.
 */
import type { Headers } from '../../codec/headers.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../../upstream/host.ts';
import type { LbMetadata, LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import type { OverrideHost, StreamInfo } from '../stream/stream-info.ts';

/** What the choice may look at besides. */
export interface LbRequest {
  readonly headers: Headers;
  readonly info: StreamInfo;
  readonly connection: Connection | null;
}

export class ChosenHost implements LoadBalancerContext {
  readonly override: string | null;
  readonly strict: boolean;
  readonly metadata: LbMetadata | null;
  private readonly request: LbRequest | null;
  private readonly other: LoadBalancerContext | null;

  /** `other`: what counts where that host cannot be had. */
  /** `request`: null where nobody looks at it. */
  constructor(
    other: LoadBalancerContext | null,
    chosen: OverrideHost | null,
    metadata: LbMetadata | null,
    request: LbRequest | null,
  ) {
    this.request = request;
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
    return this.request?.headers ?? null;
  }
  get connection(): Connection | null {
    return this.request?.connection ?? null;
  }
  get tries(): number {
    return this.other?.tries ?? 0;
  }
  get leftOut(): ReadonlySet<number> | null {
    return this.other?.leftOut ?? null;
  }
  filterState(name: string): unknown {
    return this.request?.info.filterState(name);
  }
  setFilterState(name: string, value: unknown): void {
    this.request?.info.setFilterState(name, value);
  }
  addMetadata(namespace: string, values: LbMetadata): void {
    this.request?.info.addMetadata(namespace, values);
  }
  dynamicMetadata(namespace: string): LbMetadata | undefined {
    return this.request?.info.dynamicMetadata(namespace);
  }
  another(host: Host): boolean {
    return this.other?.another?.(host) ?? false;
  }
  nothingLeft(): void {
    this.other?.nothingLeft?.();
  }
}
