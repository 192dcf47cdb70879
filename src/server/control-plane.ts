/**
 * What a process decides once, in its main thread, and tells each of its event loops: the own one by a direct call, workers by message. Who
 * the hosts are is found by the ClusterControl of the main thread's engine, which tells through here. See
 * docs/decisions/0009-one-control-plane.md.
 */
import type { DataPlane, Update } from './update.ts';
import type { Workers } from './workers.ts';

export class ControlPlane {
  /** Null with --concurrency 1: nothing of workers is loaded then. */
  workers: Workers | null = null;
  private readonly local: DataPlane;
  /** What was told last of each kind that is not about clusters. */
  private readonly standing = new Map<string, Update>();

  constructor(local: DataPlane) {
    this.local = local;
  }

  /** To every event loop. */
  apply(update: Update): void {
    this.local.apply(update);
    this.tellOthers(update);
  }

  /** To the workers; what the own event loop knows already. */
  tellOthers(update: Update): void {
    if (update.kind === 'drain' || update.kind === 'stopListening') {
      this.standing.set(`${update.kind} ${update.inboundOnly}`, update);
    } else if (update.kind !== 'cluster') {
      this.standing.set(update.kind, update);
    }
    this.workers?.broadcast({ kind: 'update', update });
  }

  /** What an event loop has to be told that begins late, besides its clusters. */
  get soFar(): readonly Update[] {
    return [...this.standing.values()];
  }
}
