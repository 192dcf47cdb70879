import t from 'tap';
import { RefreshInterval } from '../../../src/upstream/discovery/refresh-interval.ts';

const never = (): number => 0;
const at = (fields: object): RefreshInterval => new RefreshInterval({ name: 'a', ...fields }, never);

t.test('respect_dns_ttl: the time to live replaces dns_refresh_rate, unless there is none', async (t) => {
  const r = at({ dnsRefreshRate: 2000, respectDnsTtl: true });
  t.equal(r.afterSuccess(7000), 7000);
  t.equal(r.afterSuccess(0), 2000);
  t.equal(r.afterSuccess(), 2000);
  t.equal(r.afterFailure(), 2000);
});

t.test('without it the time to live does not count', async (t) => {
  t.equal(at({ dnsRefreshRate: 2000 }).afterSuccess(7000), 2000);
  t.equal(at({}).afterSuccess(7000), 5000);
});

t.test('dns_jitter: up to so much later, after an answer only', async (t) => {
  const r = new RefreshInterval(
    { name: 'a', dnsRefreshRate: 2000, dnsJitter: 300, respectDnsTtl: true },
    () => 1_000_007,
  );
  t.equal(r.afterSuccess(), 2000 + (1_000_007 % 300));
  t.equal(r.afterSuccess(7000), 7000 + (1_000_007 % 300));
  t.equal(r.afterFailure(), 2000);
});
