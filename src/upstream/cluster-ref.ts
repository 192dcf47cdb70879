/**
 * A name that stands for whatever cluster has it now. Routes and filters resolve the name once, when they are built, and read one
 * field per request; a cluster that is added, replaced or removed at run time swaps that field.
 */
import type { Cluster } from './cluster.ts';

export class ClusterRef {
  readonly name: string;
  /** Null while no cluster of this name is there. */
  current: Cluster | null;

  constructor(name: string) {
    this.name = name;
    this.current = null;
  }
}

/** What filters see of the clusters of their event loop. */
export interface ClusterLookup {
  /** What has this name now; for names that come with a request. */
  get(name: string): Cluster | undefined;
  /** For names of the configuration: resolved once, `current` is read per request. */
  ref(name: string): ClusterRef;
}

/** Names without a cluster that are kept before those nobody holds any more are let go. */
const MIN_SWEEP = 64;

/** All refs of one event loop, one per name. */
export class ClusterRefs implements ClusterLookup {
  private readonly live = new Map<string, ClusterRef>();
  /** Refs to clusters that are not there: kept as long as somebody holds them, so names in old route tables cost nothing. */
  private readonly absent = new Map<string, WeakRef<ClusterRef>>();
  private sweepAt = MIN_SWEEP;

  /** The same object for the same name as long as anybody holds it. Only for names of the configuration, never of a request. */
  ref(name: string): ClusterRef {
    const found = this.live.get(name) ?? this.absent.get(name)?.deref();
    if (found !== undefined) return found;
    const made = new ClusterRef(name);
    this.keepAbsent(made);
    return made;
  }

  /** From now on `name` means `cluster`. */
  set(name: string, cluster: Cluster): void {
    const ref = this.ref(name);
    ref.current = cluster;
    this.absent.delete(name);
    this.live.set(name, ref);
  }

  /** From now on `name` means no cluster. */
  clear(name: string): void {
    const ref = this.live.get(name);
    if (ref === undefined) return;
    ref.current = null;
    this.live.delete(name);
    this.keepAbsent(ref);
  }

  get(name: string): Cluster | undefined {
    return this.live.get(name)?.current ?? undefined;
  }

  private keepAbsent(ref: ClusterRef): void {
    this.absent.set(ref.name, new WeakRef(ref));
    if (this.absent.size < this.sweepAt) return;
    for (const [name, held] of this.absent) if (held.deref() === undefined) this.absent.delete(name);
    this.sweepAt = Math.max(MIN_SWEEP, 2 * this.absent.size);
  }

  /** For tests: names without a cluster that are still remembered. */
  get absentCount(): number {
    return this.absent.size;
  }
}
