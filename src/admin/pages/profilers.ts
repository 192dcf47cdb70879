/** The profilers and heap dumps of tcmalloc: not there, answered as an Envoy built without them does. */
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, text } from '../respond.ts';

export function page(req: AdminRequest): AdminResponse {
  switch (req.path) {
    case '/memory/tcmalloc':
      return text('Envoy was not built with tcmalloc.\n', 501);
    case '/heap_dump':
    case '/peak_heap_dump':
      return text('Heap dump is not supported in this build\n', 501);
    case '/heapprofiler':
      return text('The current build does not support heap profiler', 501);
    default: {
      const enable = req.query.get('enable');
      if (enable !== 'y' && enable !== 'n') return text('?enable=<y|n>\n', 400);
      // Nothing runs, so there is nothing that would not stop.
      if (enable === 'n') return text('OK\n');
      if (req.path === '/cpuprofiler') return text('failure to start the profiler', 500);
      return text('The current build does not support this profiler', 501);
    }
  }
}
