import t from 'tap';
import { load, refused } from './harness.ts';

const FILE = `node: {id: a, cluster: c, metadata: {x: 1, y: 2}}
static_resources:
  clusters: [{name: one}]
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}
`;

t.test('--config-yaml: scalars replace, lists append, messages merge', async (t) => {
  const yaml = `{node: {id: b, metadata: {y: 3}}, static_resources: {clusters: [{name: two}]}, admin: {address: {socket_address: {address: 127.0.0.2}}}}`;
  const { bootstrap } = await load(FILE, { yaml });
  t.equal(bootstrap.node!.id, 'b');
  t.equal(bootstrap.node!.cluster, 'c');
  t.strictSame({ ...bootstrap.node!.metadata }, { x: 1, y: 3 });
  t.strictSame(
    bootstrap.staticResources!.clusters!.map((c) => c.name),
    ['one', 'two'],
  );
  t.strictSame(bootstrap.admin!.address!.socketAddress, { address: '127.0.0.2', portValue: 1 });
});

t.test('another member of a oneof replaces the first', async (t) => {
  const { bootstrap } = await load(FILE, { yaml: '{admin: {address: {pipe: {path: /x}}}}' });
  t.strictSame(bootstrap.admin!.address, { pipe: { path: '/x' } });
});

t.test('what is missing in one half may be in the other; checks are made on the whole', async (t) => {
  const half = 'admin: {address: {socket_address: {address: 127.0.0.1}}}';
  t.match((await refused(half)).message, /port_specifier|port_value/);
  await load(half, { yaml: 'admin: {address: {socket_address: {port_value: 1}}}' });
  const twice = await refused(FILE, { yaml: 'static_resources: {clusters: [{name: one}]}' });
  t.equal(twice.problems[0].envoy, "cluster manager: duplicate cluster 'one'");
  t.equal(twice.problems[0].file, '<config-yaml>');
});

t.test('--config-yaml alone is enough', async (t) => {
  const { loadBootstrap } = await import('../../src/config/load.ts');
  t.strictSame((await loadBootstrap({ yaml: 'node: {id: x}' })).bootstrap, { node: { id: 'x' } });
});
