// ORIGINAL_DST. What real Envoy does with the same requests: conformance discovery/original-dst.
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { Cluster as ClusterMessage, ClusterOriginalDstLbConfig } from '../../../src/config/schema/types.ts';
import { Address } from '../../../src/transport/address.ts';
import type { Connection } from '../../../src/transport/connection.ts';
import { SocketInfo } from '../../../src/transport/socket-info.ts';
import { create, MAX_DESTINATIONS } from '../../../src/upstream/discovery/original-dst.ts';
import type { LoadBalancerContext } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { makeCluster, onDrain, withHash } from '../hosts.ts';

// Thousands of hosts that come one by one take a busy machine its time.
t.setTimeout(120_000);

const type = create();
const cluster = (originalDstLbConfig: ClusterOriginalDstLbConfig, more: Partial<ClusterMessage> = {}) =>
  makeCluster({ type: 'ORIGINAL_DST', originalDstLbConfig, ...more }, undefined, undefined, type.balancer);
const HEADER = { useHttpHeader: true };
const to = (address: string, name = 'x-envoy-original-dst-host'): LoadBalancerContext => {
  const headers = new Headers();
  headers.add(name, address);
  return { ...withHash(0, 0), headers };
};
const from = (info: Partial<SocketInfo>): LoadBalancerContext => ({
  ...withHash(0, 0),
  connection: { socketInfo: Object.assign(new SocketInfo(), info) } as Connection,
});
const chosen = (c: ReturnType<typeof cluster>, ctx: LoadBalancerContext | null) => c.chooseHost(ctx)?.address.text;

t.test('the same destination is the same host; nothing else becomes one', async (t) => {
  const c = cluster(HEADER);
  t.equal(c.usesRequest, true);
  const first = c.chooseHost(to('10.0.0.1:80'));
  t.equal(first?.address.text, '10.0.0.1:80');
  t.equal(chosen(c, to('[::1]:81')), '[::1]:81', 'the only host is not taken for another');
  t.equal(c.chooseHost(to('10.0.0.1:080')), first);
  const { value } = c.info.stats.scope.counter('original_dst_host_invalid');
  for (const bad of [
    '',
    'name:80',
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:65536',
    '::1:80',
    '[10.0.0.1]:80',
    '10.0.0.1:80 ',
  ])
    t.equal(chosen(c, to(bad)), undefined, JSON.stringify(bad));
  t.equal(c.info.stats.scope.counter('original_dst_host_invalid').value, value + 7, 'an empty one is none');
  t.equal(chosen(c, null), undefined);
  t.equal(c.info.stats.membershipTotal.value, 2);
});

t.test('filter state, metadata, header, restored address: the first that is there', async (t) => {
  const key = { key: 'ns', path: [{ key: 'a' }, { key: 'b' }] };
  const c = cluster({ ...HEADER, httpHeaderName: 'X-To', metadataKey: key });
  const state = new Map([['envoy.network.transport_socket.original_dst_address', '10.0.0.1:1']]);
  const metadata = { ns: { a: { b: '10.0.0.3:3' } } };
  const all: LoadBalancerContext = {
    ...to('10.0.0.4:4', 'x-to'),
    ...from({ filterState: state, metadata, localAddress: new Address('10.0.0.5', 5) }),
    dynamicMetadata: (ns) => (ns === 'ns' ? { a: { b: '10.0.0.2:2' } } : undefined),
  };
  t.equal(chosen(c, all), '10.0.0.1:1');
  state.clear();
  t.equal(chosen(c, all), '10.0.0.2:2');
  t.equal(chosen(c, { ...all, dynamicMetadata: () => undefined }), '10.0.0.3:3', "the connection's");
  const plain = { ...all, dynamicMetadata: () => undefined, ...from({ localAddress: new Address('10.0.0.5', 5) }) };
  t.equal(chosen(c, plain), '10.0.0.4:4');
  t.equal(chosen(c, { ...plain, headers: new Headers() }), '10.0.0.5:5');
  t.equal(chosen(cluster({ ...HEADER, upstreamPortOverride: 99 }), plain), '10.0.0.5:99');
});

t.test('a destination stays for as long as there is a connection to it, as in Envoy', async (t) => {
  const c = cluster(HEADER, { cleanupInterval: 3_600_000 });
  const host = c.chooseHost(to('10.0.0.1:1'))!;
  const { balancer } = c as unknown as { balancer: { cleanUp(): void } };
  host.stats.cxActive = 1;
  balancer.cleanUp();
  balancer.cleanUp();
  t.equal(c.hosts[0], host);
  host.stats.cxActive = 0;
  balancer.cleanUp();
  t.equal(c.hosts.length, 0);
  c.retire(false);
});

t.test('of a list in metadata the first is it; filter state of the request counts too', async (t) => {
  const c = cluster({ metadataKey: { key: 'ns', path: [{ key: 'a' }] } });
  const ctx = (a: unknown): LoadBalancerContext => ({ ...withHash(0, 0), dynamicMetadata: () => ({ a }) });
  t.equal(chosen(c, ctx(['10.0.0.1:1', '10.0.0.2:2'])), '10.0.0.1:1');
  t.equal(chosen(c, ctx([])), undefined);
  t.equal(chosen(c, { ...ctx('10.0.0.1:1'), filterState: () => '10.0.0.3:3' }), '10.0.0.3:3');
  c.retire(false);
});

t.test('who is asked for no more goes after cleanup_interval', async (t) => {
  const c = cluster(HEADER, { cleanupInterval: 3_600_000 });
  c.chooseHost(to('10.0.0.1:1'));
  const second = c.chooseHost(to('10.0.0.2:1'))!;
  let drained = 0;
  onDrain(second, () => drained++);
  // Both were asked for in the first interval, one of them in the next.
  const balancer = (c as unknown as { balancer: { cleanUp(): void; retire(): void } }).balancer;
  balancer.cleanUp();
  t.equal(c.hosts.length, 2);
  c.chooseHost(to('10.0.0.1:1'));
  balancer.cleanUp();
  t.same(
    c.hosts.map((h) => h.address.text),
    ['10.0.0.1:1'],
  );
  t.equal(drained, 1);
  balancer.cleanUp();
  t.equal(c.hosts.length, 0);
  balancer.retire();
  const soon = cluster(HEADER, { cleanupInterval: 10 });
  soon.chooseHost(to('10.0.0.1:1'));
  while (soon.hosts.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

t.test('a client cannot make hosts without end', async (t) => {
  const c = cluster(HEADER);
  for (let i = 0; i < MAX_DESTINATIONS; i++) c.chooseHost(to(`10.0.${i >> 8}.${i & 255}:1`));
  t.equal(c.hosts.length, MAX_DESTINATIONS);
  t.equal(chosen(c, to('10.9.9.9:1')), undefined);
  t.equal(c.info.stats.scope.counter('original_dst_host_invalid').value, 1);
  t.equal(chosen(c, to('10.0.0.1:1')), '10.0.0.1:1', 'those that are there stay');
  const [first] = c.hosts;
  for (const h of c.hosts) h.stats.cxActive = 1;
  first.stats.rqActive = 1;
  (c as unknown as { balancer: { cleanUp(): void } }).balancer.cleanUp();
  t.equal(c.hosts.length, MAX_DESTINATIONS, 'all have connections');
  t.equal(chosen(c, to('10.9.9.9:1')), '10.9.9.9:1', 'idle ones make room');
  t.ok(c.hosts.includes(first) && c.hosts.length === 2, 'those at work stay');
  c.retire(false);
});

t.test('envoy.clusters.original_dst has the same settings in its own config', async (t) => {
  const typedConfig = (value: object) => ({
    typeUrl: 'envoy.extensions.clusters.original_dst.v3.OriginalDstCluster',
    value,
  });
  const of = (value: object): Partial<ClusterMessage> => ({
    type: undefined,
    lbPolicy: 'CLUSTER_PROVIDED',
    clusterType: { name: 'envoy.clusters.original_dst', typedConfig: typedConfig(value) },
  });
  const own = { useHttpHeader: true, httpHeaderName: 'x-to', upstreamPortOverride: 99 };
  t.equal(chosen(cluster(HEADER, of(own)), to('10.0.0.1:1', 'x-to')), '10.0.0.1:99');
  t.equal(chosen(cluster(HEADER, of({})), to('10.0.0.1:1')), undefined, 'the older field is not looked at');
  const discover = (c: Partial<ClusterMessage>) => type.discover({ name: 'c', ...c }, null as never, null as never);
  t.throws(() => discover(of({ httpHeaderName: 'x' })), { message: /use_http_header is false/ });
  t.throws(() => discover({ ...of({}), lbPolicy: 'ROUND_ROBIN' }), {
    message: /ROUND_ROBIN is not valid for Cluster type envoy\.clusters\.original_dst/,
  });
});
