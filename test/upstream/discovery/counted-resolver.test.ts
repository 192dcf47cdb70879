import t from 'tap';
import { Store } from '../../../src/stats/store.ts';
import { CountedResolver, DnsStats } from '../../../src/upstream/discovery/counted-resolver.ts';
import type { LookupDone } from '../../../src/upstream/discovery/dns-resolver.ts';

t.test('lookups are counted as dns.cares.', (t) => {
  const store = new Store();
  const owed: LookupDone[] = [];
  let closed = false;
  const inner = {
    resolve: (_n: string, _f: string, done: LookupDone) => void owed.push(done),
    close: () => (closed = true),
  };
  const r = new CountedResolver(inner as never, new DnsStats(store));
  const s = store.scope('dns.cares.');
  const got: unknown[] = [];
  r.resolve('a', 'AUTO', (...x) => got.push(x));
  r.resolve('b', 'AUTO', (...x) => got.push(x));
  r.resolve('c', 'AUTO', (...x) => got.push(x));
  t.equal(s.gauge('pending_resolutions').value, 3);
  owed[0](['1.2.3.4'], 5);
  owed[1](null);
  owed[2]([]);
  t.same(got, [
    [['1.2.3.4'], 5],
    [null, undefined],
    [[], undefined],
  ]);
  t.equal(s.gauge('pending_resolutions').value, 0);
  t.equal(s.counter('resolve_total').value, 3);
  t.equal(s.counter('not_found').value, 1);
  t.equal(s.counter('get_addr_failure').value, 1);
  r.close();
  t.equal(closed, true);
  t.end();
});
