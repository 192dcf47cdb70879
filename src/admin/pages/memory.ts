/** /memory: envoy.admin.v3.Memory. The fields are tcmalloc's; each gets what comes nearest in V8. */
import { memoryUsage } from '../../platform/memory-usage.ts';
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json } from '../respond.ts';

export function page(): AdminResponse {
  const m = memoryUsage();
  return json(
    protoJson({
      allocated: String(m.heapUsed + m.external),
      heap_size: String(m.heapTotal + m.external),
      pageheap_unmapped: '0',
      pageheap_free: String(m.heapTotal - m.heapUsed),
      total_thread_cache: '0',
      total_physical_bytes: String(m.rss),
    }),
  );
}
