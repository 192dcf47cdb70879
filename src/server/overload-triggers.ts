/** What makes a share, 0 to 1, of how much of resources is used: an action's or a load-shed point's triggers. Role of createTriggerFromConfig (source/server/overload_manager_impl.cc). */
import { each, refuse } from '../config/refusal.ts';
import type { Trigger } from '../config/schema/types.ts';

type Share = (pressure: number) => number;

/** What they are of. */
export interface Triggered {
  readonly triggers?: readonly Trigger[];
}

export class Triggers {
  private readonly triggers = new Map<string, { readonly share: Share; now: number }>();
  /** Of the trigger that knows most, 0 to 1. */
  share = 0;

  /** `what`: in Envoy's sentences, before the name. */
  constructor(message: Triggered, what: string, duplicate: string, monitors: ReadonlyMap<string, unknown>) {
    each(message.triggers, (trigger) => {
      const { name: resource = '' } = trigger;
      if (!monitors.has(resource)) refuse(trigger, 'name', `Unknown trigger resource ${resource} for ${what}`);
      if (this.triggers.has(resource)) refuse(trigger, 'name', `Duplicate trigger resource for ${duplicate}`);
      this.triggers.set(resource, { share: shareOf(trigger), now: 0 });
    });
  }

  /** Null: nothing hangs on this resource, or nothing has changed. Else what the trigger itself says now. */
  update(resource: string, pressure: number): number | null {
    const trigger = this.triggers.get(resource);
    if (trigger === undefined) return null;
    const now = trigger.share(pressure);
    if (now === trigger.now) return null;
    trigger.now = now;
    this.share = Math.max(...[...this.triggers.values()].map((t) => t.now));
    return now;
  }
}

function shareOf(trigger: Trigger): Share {
  const { threshold, scaled } = trigger;
  if (threshold !== undefined) {
    const { value = 0 } = threshold;
    return (pressure) => (pressure >= value ? 1 : 0);
  }
  const { scalingThreshold: from = 0, saturationThreshold: to = 0 } = scaled ?? {};
  if (from >= to) {
    refuse(scaled ?? trigger, 'scaling_threshold', 'scaling_threshold must be less than saturation_threshold');
  }
  return (pressure) => (pressure <= from ? 0 : pressure >= to ? 1 : (pressure - from) / (to - from));
}
