/**
 * Metrics of something that comes and goes: a cluster or a listener of the control plane. What is named through a tenant is seen until the
 * last tenant that names it is disposed of; what somebody names who stays (the bootstrap, another listener's `http.<prefix>.`) stays. Role of
 * the reference counts of Envoy's scopes (source/common/stats/thread_local_store.cc).
 *
 * Who still holds a metric may go on counting: its slots are of the tenant's own memory, and nobody else gets them.
 */
import type { MetricGrid } from './grid.ts';
import type { Roll } from './roll.ts';
import type { Arena, Counter, Directory, Gauge, Histogram, HistogramUnit, Scope, StatsRoot, Store } from './store.ts';

/** Slots of its chunks: a cluster has some 130. */
const CHUNK = 160;

export class Tenant implements StatsRoot {
  private readonly store: Store;
  private readonly arena: Arena;
  private readonly directories = new Set<Directory>();
  private disposed = false;

  constructor(store: Store) {
    this.store = store;
    this.arena = store.newArena(CHUNK);
  }

  counter(name: string): Counter {
    return this.holder(name).counter(last(name));
  }
  gauge(name: string): Gauge {
    return this.holder(name).gauge(last(name));
  }
  histogram(name: string, unit: HistogramUnit): Histogram {
    return this.holder(name).histogram(last(name), unit);
  }
  scope(prefix: string): Scope {
    return new TenantScope(this, prefix, this.directory(prefix));
  }
  tenant(): Tenant {
    return this.store.tenant();
  }
  /** Grids are few and fixed: they stay. */
  grid(...args: Parameters<Scope['grid']>): MetricGrid {
    return this.store.grid(...args);
  }

  announce(names: Roll): void {
    this.directory('').announce(names);
  }

  private holder(name: string): Directory {
    return this.directory(name.slice(0, name.lastIndexOf('.') + 1));
  }

  directory(prefix: string): Directory {
    if (this.disposed) return this.store.unseen(prefix, this.arena);
    const d = this.store.findDirectory(prefix, this.arena);
    if (!d.permanent && !this.directories.has(d)) {
      this.directories.add(d);
      d.tenants++;
    }
    return d;
  }

  makeGrid(prefix: string, ...[rows, counters, histograms]: Parameters<Scope['grid']>): MetricGrid {
    return this.store.makeGrid(prefix, rows, counters, histograms);
  }

  /** Its names go, but for those that others have as well. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    const left: Directory[] = [];
    for (const d of this.directories) if (--d.tenants === 0 && !d.permanent) left.push(d);
    this.directories.clear();
    if (left.length > 0) this.store.forget(left);
  }
}

const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** A directory named through a tenant: what is below is the tenant's, too. */
class TenantScope implements Scope {
  private readonly tenant: Tenant;
  private readonly prefix: string;
  private readonly directory: Directory;

  constructor(tenant: Tenant, prefix: string, directory: Directory) {
    this.tenant = tenant;
    this.prefix = prefix;
    this.directory = directory;
  }

  counter(name: string): Counter {
    return name.indexOf('.') < 0 ? this.directory.counter(name) : this.tenant.counter(this.prefix + name);
  }
  gauge(name: string): Gauge {
    return name.indexOf('.') < 0 ? this.directory.gauge(name) : this.tenant.gauge(this.prefix + name);
  }
  histogram(name: string, unit: HistogramUnit): Histogram {
    return name.indexOf('.') < 0
      ? this.directory.histogram(name, unit)
      : this.tenant.histogram(this.prefix + name, unit);
  }
  scope(prefix: string): Scope {
    return this.tenant.scope(this.prefix + prefix);
  }
  announce(names: Roll): void {
    this.directory.announce(names);
  }
  grid(...args: Parameters<Scope['grid']>): MetricGrid {
    return this.tenant.makeGrid(this.prefix, ...args);
  }
}
