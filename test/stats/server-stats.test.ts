import t from 'tap';
import { ServerStats } from '../../src/stats/server-stats.ts';
import { Store } from '../../src/stats/store.ts';

t.test('server stats are measured when read', async (t) => {
  const store = new Store();
  const facts = {
    state: 'INITIALIZING' as 'INITIALIZING' | 'LIVE' | 'DRAINING',
    startTimeMs: Date.now() - 5500,
    totalConnections: 0,
  };
  const stats = new ServerStats(store, facts, 2, 0, '9e5580933739775e8bce696a57a2e1bc99368f23');
  const value = (name: string): number => store.gauge(`server.${name}`).value;
  t.equal(value('version'), 10376576, 'as Envoy makes a number of its commit');
  t.equal(value('concurrency'), 2);
  t.equal(store.counter('runtime.load_success').value, 2);
  stats.refresh();
  t.equal(value('live'), 0);
  t.equal(value('state'), 3);
  facts.state = 'LIVE';
  facts.totalConnections = 7;
  stats.refresh();
  t.equal(value('live'), 1);
  t.equal(value('state'), 0);
  t.equal(value('uptime'), 5);
  t.equal(value('total_connections'), 7);
  t.ok(value('memory_allocated') > 1e6);
  t.ok(value('memory_physical_size') > value('memory_allocated'));
  facts.state = 'DRAINING';
  stats.refresh();
  t.equal(value('live'), 0);
  t.equal(value('state'), 1);
});
