/**
 * The taps of this event loop that wait for POST /tap to tell them what to tap, by config_id. Small, because the admin interface asks here
 * whether there is such a page at all, as in Envoy (source/extensions/common/tap/admin.cc).
 */
import type { Messages } from '../../../config/schema/types.ts';

export type TapConfig = Messages['envoy.config.tap.v3.TapConfig'];

/** Where what is tapped for the admin interface goes. */
export type Deliver = (trace: Buffer) => void;

/** One filter of a connection manager. */
export interface AdminTap {
  /** Taps so from now on. Throws what is wrong with it, with nothing changed. */
  attach(config: TapConfig, deliver: Deliver): Promise<void>;
  detach(): void;
  /** Of a trace that found no room. */
  dropped(): void;
}

/** A filter that goes with its listener is forgotten by nobody's hand. */
const taps = new Map<string, Set<WeakRef<AdminTap>>>();

export function addAdminTap(id: string, tap: AdminTap): void {
  const refs = taps.get(id);
  if (refs === undefined) taps.set(id, new Set([new WeakRef(tap)]));
  else refs.add(new WeakRef(tap));
}

/** Those that are there. */
export function adminTaps(id: string): AdminTap[] {
  const refs = taps.get(id);
  const found: AdminTap[] = [];
  for (const ref of refs ?? []) {
    const tap = ref.deref();
    if (tap === undefined) refs?.delete(ref);
    else found.push(tap);
  }
  if (found.length === 0) taps.delete(id);
  return found;
}

export const hasAdminTaps = (): boolean => taps.size > 0;
