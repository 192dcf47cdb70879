/** What every way of learning hosts must do. STATIC has no names to ask, so the parts about refreshing are for DNS types. */
import { mock } from 'node:test';
import t from 'tap';
import type { ClusterDiscoveryType } from '../../../src/config/schema/types.ts';
import { MAX_INIT_WAIT_MS } from '../../../src/upstream/cluster-control.ts';
import { onDrain } from '../hosts.ts';
import { addresses, discovered } from './names.ts';

export function conforms(type: ClusterDiscoveryType): void {
  const dns = type !== 'STATIC';
  const name = dns ? 'db' : '10.0.0.1';
  const db = [{ name }];

  t.test(`${type}: initialize waits for the first hosts`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] });
    t.teardown(() => f.manager.shutdown());
    t.same(addresses(f.cluster), ['10.0.0.1:80']);
    t.equal(f.cluster.chooseHost(null)?.address.text, '10.0.0.1:80');
    t.equal(f.cluster.hosts[0].hostname, dns ? 'db' : '');
  });

  t.test(`${type}: the endpoint's own hostname, weight and port`, async (t) => {
    const f = await discovered(type, [{ name, hostname: 'me', weight: 7 }], { db: ['10.0.0.1'] });
    t.teardown(() => f.manager.shutdown());
    t.match(f.cluster.hosts[0], { hostname: 'me', weight: 7, address: { port: 80 } });
  });

  t.test(`${type}: shutdown drains the hosts and nothing follows`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] });
    let drained = 0;
    onDrain(f.cluster.hosts[0], () => drained++);
    f.manager.shutdown();
    t.equal(drained, 1);
    t.equal(f.cluster.hosts.length, 0);
    const asked = f.names.asked.length;
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    t.equal(f.names.asked.length, asked);
    t.equal(f.cluster.hosts.length, 0);
  });

  if (!dns) return;

  t.test(`${type}: a first failure is enough to be initialised; hosts may come later`, async (t) => {
    const f = await discovered(type, db, {});
    t.teardown(() => f.manager.shutdown());
    t.same(addresses(f.cluster), []);
    t.equal(f.cluster.info.stats.updateFailure.value, 1);
    f.names.answers.set('db', ['10.0.0.9']);
    await f.names.answered();
    t.same(addresses(f.cluster), ['10.0.0.9:80']);
    t.equal(f.cluster.info.stats.updateSuccess.value, 1);
  });

  t.test(`${type}: later failures keep what was known`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] });
    t.teardown(() => f.manager.shutdown());
    const host = f.cluster.hosts[0];
    f.names.answers.set('db', null);
    await f.names.answered(2);
    t.equal(f.cluster.hosts[0], host);
    t.ok(f.cluster.info.stats.updateFailure.value >= 2);
    t.equal(f.cluster.info.stats.updateAttempt.value >= 3, true);
  });

  t.test(`${type}: a name that has no address any more keeps what was known (D1), and counts as in 1.40`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] });
    t.teardown(() => f.manager.shutdown());
    const host = f.cluster.hosts[0];
    const failures = f.cluster.info.stats.updateFailure.value;
    const successes = f.cluster.info.stats.updateSuccess.value;
    f.names.answers.set('db', []);
    await f.names.answered();
    t.equal(f.cluster.hosts[0], host);
    const strict = type === 'STRICT_DNS' ? 1 : 0;
    t.equal(f.cluster.info.stats.updateSuccess.value, successes + strict);
    t.equal(f.cluster.info.stats.updateFailure.value, failures + 1 - strict);
  });

  t.test(`${type}: wait_for_warm_on_init false: nobody waits for its names`, async (t) => {
    const f = await discovered(type, [{ name: 'never' }], {}, { waitForWarmOnInit: false });
    t.teardown(() => f.manager.shutdown());
    t.same(f.names.asked, ['never'], 'asked for, and not answered');
    t.same(addresses(f.cluster), []);
  });

  t.test(`${type}: names that are never answered are waited for, but not for ever`, async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    const f = await discovered(type, [{ name: 'never' }], {}, {}, false);
    t.teardown(() => f.manager.shutdown());
    let over = false;
    const initialized = f.manager.initialize().then(() => {
      over = true;
    });
    mock.timers.tick(MAX_INIT_WAIT_MS - 1);
    await Promise.resolve();
    t.equal(over, false);
    mock.timers.tick(1);
    await initialized;
  });

  t.test(`${type}: the same answer changes nothing`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] });
    t.teardown(() => f.manager.shutdown());
    const host = f.cluster.hosts[0];
    host.stats.rqTotal = 42;
    await f.names.answered(3);
    t.equal(f.cluster.hosts[0], host);
    t.equal(f.cluster.hosts[0].stats.rqTotal, 42);
    t.equal(f.cluster.info.stats.membershipChange.value, 1);
  });

  t.test(`${type}: dns_lookup_family is passed on, AUTO when absent`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] }, { dnsLookupFamily: 'V4_ONLY' });
    const g = await discovered(type, db, { db: ['10.0.0.1'] });
    t.teardown(() => {
      f.manager.shutdown();
      g.manager.shutdown();
    });
    t.same([...f.names.families], ['V4_ONLY']);
    t.same([...g.names.families], ['AUTO']);
  });

  t.test(`${type}: after a failure dns_failure_refresh_rate decides`, async (t) => {
    const dnsFailureRefreshRate = { baseInterval: 1, maxInterval: 2 };
    const f = await discovered(type, db, {}, { dnsRefreshRate: 3_600_000, dnsFailureRefreshRate });
    t.teardown(() => f.manager.shutdown());
    await f.names.answered(3);
    t.ok(f.cluster.info.stats.updateFailure.value >= 4, 'asked again long before the hour is over');
  });

  t.test(`${type}: an answer that comes after the cluster has gone is ignored`, async (t) => {
    const f = await discovered(type, db, { db: ['10.0.0.1'] });
    t.teardown(() => f.manager.shutdown());
    f.names.answers.set('db', ['10.0.0.2']);
    const asked = f.names.asked.length;
    const hold = setInterval(() => {}, 1000);
    while (f.names.asked.length === asked) await new Promise((resolve) => setImmediate(resolve));
    clearInterval(hold);
    const before = f.cluster.info.stats.updateSuccess.value;
    f.manager.shutdown();
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    t.equal(f.cluster.hosts.length, 0);
    t.equal(f.cluster.info.stats.updateSuccess.value, before);
  });
}
