/**
 * What a process decides once, in its main thread, and tells each of its event loops: the own one by a direct call, workers by message. Who
 * the hosts are is found by the ClusterControl of the main thread's engine, which tells through here. See
 * docs/decisions/0009-one-control-plane.md.
 */
import type { MainDataPlane, Update } from './update.ts';
import type { Workers } from './workers.ts';

export class ControlPlane {
  /** Null with --concurrency 1: nothing of workers is loaded then. */
  workers: Workers | null = null;
  private readonly local: MainDataPlane;
  /** What was told last of each thing but the clusters, in this order. */
  private readonly standing = new Map<string, Update>();

  constructor(local: MainDataPlane) {
    this.local = local;
  }

  /**
   * To every event loop. For listeners and routes: resolves once the own one has them and the others are told; rejects, with nothing changed
   * anywhere, for what cannot be built or bound.
   */
  async apply(update: Update): Promise<void> {
    const applied = this.local.apply(update);
    if (applied === undefined) {
      this.tellOthers(update);
      return;
    }
    const told = await applied;
    if (told !== null) this.tellOthers(told);
  }

  /** To the workers; what the own event loop knows already. */
  tellOthers(update: Update): void {
    if (this.workers === null) return;
    this.remember(update);
    this.workers.broadcast({ kind: 'update', update });
  }

  private remember(update: Update): void {
    const key = keyOf(update);
    if (key === null) return;
    // Behind all that was told before it.
    this.standing.delete(key);
    if (update.kind !== 'listener' || update.update.kind !== 'remove') {
      this.standing.set(key, update);
      return;
    }
    if (this.local.isConfigured(update.update.name)) this.standing.set(key, update);
    for (const [k, u] of this.standing) {
      if (u.kind === 'routes' && !this.local.hasRoutes(u.config.name ?? '')) this.standing.delete(k);
    }
  }

  /** What an event loop has to be told that begins late, besides its clusters. */
  get soFar(): readonly Update[] {
    return [...this.standing.values()];
  }
}

/** What a later update takes the place of; null for clusters, whose state is asked for. */
function keyOf(update: Update): string | null {
  switch (update.kind) {
    case 'cluster':
      return null;
    case 'secret':
      return `secret ${update.key}`;
    case 'listener':
      return `listener ${update.update.kind === 'put' ? (update.update.message.name ?? '') : update.update.name}`;
    case 'routes':
      return `routes ${update.config.name ?? ''}`;
    case 'drain':
    case 'stopListening':
      return `${update.kind} ${update.inboundOnly}`;
    case 'overload':
      return `overload ${update.action}`;
    case 'healthcheck':
    case 'runtime':
      return update.kind;
  }
}
