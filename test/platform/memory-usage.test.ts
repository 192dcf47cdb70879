import t from 'tap';
import { memoryUsage, residentBytes } from '../../src/platform/memory-usage.ts';

const emfile = (): never => {
  throw Object.assign(new Error('EMFILE: too many open files, uv_resident_set_memory'), { code: 'EMFILE' });
};

t.test('where no descriptor is left the last answer stands', async (t) => {
  const known = { rss: 50, heapTotal: 20, heapUsed: 10, external: 3, arrayBuffers: 1 };
  t.same(
    memoryUsage(() => known),
    known,
  );
  t.same(memoryUsage(emfile), known);
  t.equal(
    residentBytes(() => 60),
    60,
  );
  t.equal(residentBytes(emfile), 60);
  t.same(memoryUsage(emfile), { ...known, rss: 60 });
});

t.test('asked for real', async (t) => {
  t.ok(residentBytes() > 1024 * 1024);
  t.ok(memoryUsage().heapUsed > 1024 * 1024);
});
