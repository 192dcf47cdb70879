/** A choice whose priority has been made already, by an aggregate cluster (AggregateLoadBalancerContext, source/extensions/clusters/aggregate/lb_context.h). */
import type { Headers } from '../../codec/headers.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../host.ts';
import type { LbMetadata, LoadBalancerContext } from './load-balancer.ts';

export class ChosenPriority implements LoadBalancerContext {
  readonly onlyPriority: number;
  readonly onlyDegraded: boolean;
  private readonly other: LoadBalancerContext | null;

  constructor(other: LoadBalancerContext | null, priority: number, degraded: boolean) {
    this.other = other;
    this.onlyPriority = priority;
    this.onlyDegraded = degraded;
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
  get metadata(): LbMetadata | null {
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
  another(host: Host): boolean {
    return this.other?.another?.(host) ?? false;
  }
  dynamicMetadata(namespace: string): LbMetadata | undefined {
    return this.other?.dynamicMetadata?.(namespace);
  }
}
