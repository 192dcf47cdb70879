import t from 'tap';
import { listed, ports, weighted } from '../hosts.ts';
import { conforms } from './conformance.ts';

const lbPolicy = 'ROUND_ROBIN';
conforms({ lbPolicy });

t.test('equal weights: one after the other from a random start', async (t) => {
  t.same(ports(weighted({ lbPolicy }, [1, 1, 1], listed([0])), 7), [1, 2, 3, 1, 2, 3, 1]);
  t.same(ports(weighted({ lbPolicy }, [2, 2, 2], listed([5])), 4), [3, 1, 2, 3]);
});

// load_balancer_impl_test.cc (1.16), RoundRobinLoadBalancerTest.Weighted: hosts of weight 1 and 2.
t.test('unequal weights: the EDF order of Envoy', async (t) => {
  t.same(ports(weighted({ lbPolicy }, [1, 2], listed([0])), 6), [2, 1, 2, 2, 1, 2]);
});

t.test('the start of the weighted schedule is random too', async (t) => {
  t.same(ports(weighted({ lbPolicy }, [1, 2], listed([1])), 5), [1, 2, 2, 1, 2]);
});

t.test('a changed weight counts when the host is picked next', async (t) => {
  const c = weighted({ lbPolicy }, [1, 3], listed([0]));
  c.hosts[0].weight = 3;
  const seen = ports(c, 120);
  t.ok(Math.abs(seen.filter((p) => p === 1).length - 60) <= 2);
});
