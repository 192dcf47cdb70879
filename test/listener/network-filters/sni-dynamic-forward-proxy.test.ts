/** sni_dynamic_forward_proxy where no client can see it; the rest is compared with Envoy in conformance/cases/sni-forward-proxy/. */
import t from 'tap';
import type { FactoryContext } from '../../../src/extension/context.ts';
import { ConnectionInfo } from '../../../src/listener/connection-info.ts';
import type { ReadFilterCallbacks } from '../../../src/listener/network-filter.ts';
import { create } from '../../../src/listener/network-filters/sni-dynamic-forward-proxy.ts';
import { Store } from '../../../src/stats/store.ts';
import type { Connection } from '../../../src/transport/connection.ts';
import { SocketInfo } from '../../../src/transport/socket-info.ts';
import { DYNAMIC_PORT } from '../../../src/upstream/dynamic/dynamic-cluster.ts';
import { TestClusters } from '../../upstream/clusters.ts';

function callbacks(serverName: string): { of: ReadFilterCallbacks; socketInfo: SocketInfo; went: number } {
  const socketInfo = new SocketInfo();
  socketInfo.serverName = serverName;
  const connection = { socketInfo, close: () => t.fail('closed') } as unknown as Connection;
  const made = { went: 0, socketInfo, of: null as unknown as ReadFilterCallbacks };
  made.of = { connection, info: new ConnectionInfo(connection), continueReading: () => made.went++ };
  return made;
}

t.test('a client that leaves while its name is looked up waits no longer', async (t) => {
  const store = new Store();
  const ctx = { store, clusters: new TestClusters(store) } as unknown as FactoryContext;
  const dnsCacheConfig = { name: 'c', dnsCacheCircuitBreaker: { maxPendingRequests: 1 } };
  const factory = create({ dnsCacheConfig, portValue: 443 }, ctx);
  const open = store.scope('dns_cache.c.circuit_breakers.').gauge('rq_pending_open');
  const c = callbacks('nowhere.invalid');
  const filter = factory.create(c.of);
  t.equal(filter.onNewConnection?.(), 'stop');
  t.equal(open.value, 1);
  t.equal(c.socketInfo.filterState?.get(DYNAMIC_PORT), 443, 'the cluster is told the port');
  filter.onClose?.();
  t.equal(open.value, 0);
  t.equal(c.went, 0);
});

t.test('an address needs no look-up, and a filter that has not waited steps out of the way', async (t) => {
  const store = new Store();
  const ctx = { store, clusters: new TestClusters(store) } as unknown as FactoryContext;
  const factory = create({ dnsCacheConfig: { name: 'c' }, portValue: 443 }, ctx);
  for (const name of ['127.0.0.1', '']) {
    const filter = factory.create(callbacks(name).of);
    t.equal(filter.onNewConnection?.(), 'continue');
    t.equal(filter.onClose, undefined);
  }
});
