/** All micro-benchmarks by name; each is loaded when it is asked for. */
import type { Suite } from './harness.ts';

export const SUITES: Record<string, () => Promise<{ suite: Suite }>> = {
  http1: () => import('./http1.ts'),
  http2: () => import('./http2.ts'),
  hpack: () => import('./hpack.ts'),
  resp: () => import('./resp.ts'),
  'load-balancers': () => import('./load-balancers.ts'),
  compressor: () => import('./compressor.ts'),
  stream: () => import('./stream.ts'),
  'access-log': () => import('./access-log.ts'),
  routes: () => import('./routes.ts'),
  config: () => import('./config.ts'),
};
