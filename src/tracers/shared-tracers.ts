/**
 * Connection managers whose provider is configured alike share one tracer an event loop, and so what it gathers. Role of
 * Tracing::TracerManagerImpl.
 */
import type { ServerContext } from '../extension/context.ts';
import type { ClusterLookup } from '../upstream/cluster-ref.ts';

const byLoop = new WeakMap<ClusterLookup, Map<string, WeakRef<object>>>();

const plain = (_key: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);

export function sharedTracer<T extends object>(ctx: ServerContext, kind: string, config: object, make: () => T): T {
  let tracers = byLoop.get(ctx.clusters);
  if (tracers === undefined) {
    tracers = new Map();
    byLoop.set(ctx.clusters, tracers);
  }
  for (const [key, held] of tracers) if (held.deref() === undefined) tracers.delete(key);
  const key = `${kind} ${JSON.stringify(config, plain)}`;
  const there = tracers.get(key)?.deref();
  if (there !== undefined) return there as T;
  const made = make();
  tracers.set(key, new WeakRef(made));
  return made;
}
