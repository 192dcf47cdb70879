/** /contention: there is no mutex to trace in one event loop; the answer is Envoy's for tracing switched off. */
import { type AdminResponse, text } from '../respond.ts';

export const page = (): AdminResponse =>
  text('Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.');
