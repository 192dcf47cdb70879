/** What the control plane tells every event loop about listeners: data, since with workers it crosses threads. */
import type { Listener as ListenerMessage } from '../config/schema/types.ts';

export type ListenerUpdate =
  /** There is this listener, instead of one of its name. `port`: what the main thread bound, for workers to bind the same. */
  | { readonly kind: 'put'; readonly message: ListenerMessage; readonly port?: number }
  | { readonly kind: 'remove'; readonly name: string };
