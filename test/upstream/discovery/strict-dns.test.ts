import t from 'tap';
import { onDrain } from '../hosts.ts';
import { conforms } from './conformance.ts';
import { addresses, discovered } from './names.ts';

const type = 'STRICT_DNS';
conforms(type);

t.test('every address of an answer is a host, a repeated one only once', async (t) => {
  const f = await discovered(type, [{ name: 'db', weight: 3 }], { db: ['10.0.0.2', '10.0.0.1', '10.0.0.2', '::1'] });
  t.teardown(() => f.manager.shutdown());
  t.same(addresses(f.cluster), ['10.0.0.2:80', '10.0.0.1:80', '[::1]:80']);
  t.equal(f.cluster.info.stats.maxHostWeight.value, 3);
  t.equal(f.cluster.info.stats.membershipTotal.value, 3);
});

t.test('hosts that stay keep their identity, others are drained', async (t) => {
  const f = await discovered(type, [{ name: 'db' }], { db: ['10.0.0.1', '10.0.0.2'] });
  t.teardown(() => f.manager.shutdown());
  const [gone, stays] = f.cluster.hosts;
  let drained = 0;
  onDrain(gone, () => drained++);
  onDrain(stays, () => t.fail('a host that stays is not drained'));
  f.names.answers.set('db', ['10.0.0.3', '10.0.0.2']);
  await f.names.answered();
  t.same(addresses(f.cluster), ['10.0.0.3:80', '10.0.0.2:80']);
  t.equal(f.cluster.hosts[1], stays);
  t.equal(drained, 1);
  t.equal(f.cluster.info.stats.membershipChange.value, 2);
  onDrain(stays, null);
});

t.test('another order alone is no change', async (t) => {
  const f = await discovered(type, [{ name: 'db' }], { db: ['10.0.0.1', '10.0.0.2'] });
  t.teardown(() => f.manager.shutdown());
  const before = f.cluster.hosts;
  f.names.answers.set('db', ['10.0.0.2', '10.0.0.1']);
  const rebuilds = f.cluster.info.stats.updateNoRebuild.value;
  await f.names.answered();
  t.equal(f.cluster.hosts, before);
  t.equal(f.cluster.info.stats.updateNoRebuild.value, rebuilds + 1);
});

t.test('several names: one cluster, each refreshed on its own; a failing one leaves the others alone', async (t) => {
  const f = await discovered(type, [{ name: 'a' }, { name: 'b' }], { a: ['10.0.0.1'], b: ['10.0.0.2'] });
  t.teardown(() => f.manager.shutdown());
  await f.names.answered(2);
  t.same(addresses(f.cluster), ['10.0.0.1:80', '10.0.0.2:80']);
  f.names.answers.set('a', null);
  f.names.answers.set('b', ['10.0.0.3']);
  await f.names.answered(4);
  t.same(addresses(f.cluster), ['10.0.0.1:80', '10.0.0.3:80']);
});

t.test('priorities', async (t) => {
  const f = await discovered(type, [{ name: 'a' }, { name: 'b', priority: 1 }], { a: ['10.0.0.1'], b: ['10.0.0.2'] });
  t.teardown(() => f.manager.shutdown());
  await f.names.answered(2);
  t.same(
    f.cluster.priorities.map((s) => s.hosts.map((h) => h.address.ip)),
    [['10.0.0.1'], ['10.0.0.2']],
  );
  t.equal(f.cluster.chooseHost(null)?.address.ip, '10.0.0.1');
});

t.test('no endpoints: initialised at once', async (t) => {
  const f = await discovered(type, [], {});
  t.teardown(() => f.manager.shutdown());
  t.equal(f.cluster.chooseHost(null), null);
});
