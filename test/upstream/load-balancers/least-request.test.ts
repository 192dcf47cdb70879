import t from 'tap';
import { listed, ports, weighted } from '../hosts.ts';
import { conforms } from './conformance.ts';

const lbPolicy = 'LEAST_REQUEST';
conforms({ lbPolicy });

t.test('of two random hosts the one with fewer active requests; the first when equal', async (t) => {
  // The first random number is the seed of the weighted case.
  const c = weighted({ lbPolicy }, [1, 1, 1], listed([0, 0, 1, 2, 1, 1, 2, 0, 0]));
  c.hosts[0].stats.rqActive = 2;
  c.hosts[1].stats.rqActive = 1;
  c.hosts[2].stats.rqActive = 1;
  t.same(ports(c, 4), [2, 3, 2, 1]);
});

t.test('choice_count', async (t) => {
  const c = weighted({ lbPolicy, leastRequestLbConfig: { choiceCount: 3 } }, [1, 1, 1], listed([0, 0, 1, 2]));
  c.hosts[0].stats.rqActive = 3;
  c.hosts[1].stats.rqActive = 2;
  t.same(ports(c, 1), [3]);
});

t.test('unequal weights: weight / (active + 1), seen when a host goes back into the schedule', async (t) => {
  const c = weighted({ lbPolicy }, [1, 2], listed([0]));
  t.same(ports(c, 3), [2, 1, 2], 'no load: by weight');
  c.hosts[1].stats.rqActive = 9;
  const seen = ports(c, 60);
  const second = seen.filter((p) => p === 2).length;
  t.ok(second >= 9 && second <= 12, `2/10 against 1: ${second} of 60`);
});

t.test('active_request_bias 0 ignores the load', async (t) => {
  const c = weighted(
    { lbPolicy, leastRequestLbConfig: { activeRequestBias: { defaultValue: 0 } } },
    [1, 2],
    listed([0]),
  );
  c.hosts[1].stats.rqActive = 9;
  t.equal(ports(c, 60).filter((p) => p === 2).length, 40);
});
