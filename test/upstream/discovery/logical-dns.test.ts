import t from 'tap';
import { onDrain } from '../hosts.ts';
import { conforms } from './conformance.ts';
import { addresses, discovered } from './names.ts';

const type = 'LOGICAL_DNS';
conforms(type);

t.test('one host, with the first address', async (t) => {
  const f = await discovered(type, [{ name: 'db' }], { db: ['10.0.0.2', '10.0.0.1'] });
  t.teardown(() => f.manager.shutdown());
  t.same(addresses(f.cluster), ['10.0.0.2:80']);
});

t.test('a new address moves the host, whose connections live on', async (t) => {
  const f = await discovered(type, [{ name: 'db' }], { db: ['10.0.0.1'] });
  t.teardown(() => f.manager.shutdown());
  const host = f.cluster.hosts[0];
  onDrain(host, () => t.fail('nothing is drained'));
  f.names.answers.set('db', ['10.0.0.9']);
  await f.names.answered();
  t.equal(f.cluster.hosts[0], host);
  t.equal(f.cluster.chooseHost(null)?.address.text, '10.0.0.9:80');
  t.equal(f.cluster.info.stats.membershipChange.value, 1);
  onDrain(host, null);
});

t.test('a priority is taken as 0, as in Envoy', async (t) => {
  const f = await discovered(type, [{ name: 'db', priority: 3 }], { db: ['10.0.0.1'] });
  t.teardown(() => f.manager.shutdown());
  t.equal(f.cluster.chooseHost(null)?.priority, 0);
});
