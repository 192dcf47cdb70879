// Network filters that need nobody else: rbac, connection_limit, local_ratelimit, sni_cluster, set_filter_state, echo, direct_response.
import t from 'tap';
import { formatBuild } from '../../../src/format/format-build.ts';
import { until } from '../../http/proxy.ts';
import { FilterBench, nameFilter, Sink } from './filters.ts';

const named = (permission: object) => ({
  action: 'ALLOW',
  policies: new Map([['p', { permissions: [permission], principals: [{ any: true }] }]]),
});

t.test('rbac: by the name that the client asks for, decided at its first byte', async (t) => {
  const bench = new FilterBench();
  const sink = new Sink();
  const rbac = await bench.make('rbac', {
    statPrefix: 'x.',
    rules: named({ requestedServerName: { exact: 'a.example' } }),
  });
  await bench.listen(t, [rbac], sink, [nameFilter]);
  const good = bench.dial().send('a.example\nhello');
  await until(() => sink.text === 'hello');
  const bad = bench.dial().send('b.example\n');
  await until(() => sink.connections.length === 2);
  t.equal(bench.counter('x.rbac.denied'), 0, 'nothing has come');
  bad.send('secret');
  await bad.rest();
  t.equal(sink.text, 'hello');
  t.equal(sink.unread, 6, 'what was kept is known to who logs');
  t.equal(bench.counter('x.rbac.denied'), 1);
  t.equal(bench.counter('x.rbac.allowed'), 1);
  const info = sink.connections[1].socketInfo;
  t.equal(info?.terminationDetails, 'rbac_access_denied_matched_policy[none]');
  t.equal(sink.connections[1].closeReason, 'rbac_deny_close');
  good.close();
});

t.test('rbac: rules of headers are refused, wherever they stand; a path matches nothing', async (t) => {
  const bench = new FilterBench();
  const header = { name: 'a', presentMatch: true };
  const refused = { message: 'Found header(a) rule,not supported by RBAC network filter' };
  const nested = { andRules: { rules: [{ notRule: { orRules: { rules: [{ header }] } } }] } };
  await t.rejects(bench.make('rbac', { statPrefix: '', rules: named(nested) }), refused);
  const policy = { permissions: [{ any: true }], principals: [{ orIds: { ids: [{ notId: { header } }] } }] };
  const shadowRules = { policies: new Map([['p', policy]]) };
  await t.rejects(bench.make('rbac', { statPrefix: '', shadowRules }), refused);
  const sink = new Sink();
  const rules = named({ urlPath: { path: { prefix: '' } } });
  await bench.listen(t, [await bench.make('rbac', { statPrefix: '', rules })], sink);
  await bench.dial().send('a').rest();
  t.equal(sink.text, '');
});

t.test('rbac: a policy is asked once, then the filter is out of the way', async (t) => {
  const bench = new FilterBench();
  const sink = new Sink();
  const rules = named({ any: true });
  await bench.listen(t, [await bench.make('rbac', { statPrefix: '', rules })], sink);
  const c = bench.dial().send('a');
  await until(() => sink.text === 'a');
  c.send('b');
  await until(() => sink.text === 'ab');
  t.equal(bench.counter('rbac.allowed'), 1);
  c.close();
});

t.test('rbac: a client that is to be closed later may flood: nothing goes on, little is held', async (t) => {
  const bench = new FilterBench({ perConnectionBufferLimitBytes: 10_000 });
  const sink = new Sink();
  const rbac = await bench.make('rbac', { statPrefix: '', rules: {}, delayDeny: 300 });
  await bench.listen(t, [rbac], sink);
  const c = bench.dial();
  c.send(Buffer.alloc(4_000_000));
  await c.rest();
  t.equal(sink.text, '');
  t.ok(sink.unread > 0 && sink.unread < 200_000, `${sink.unread}`);
  t.equal(bench.counter('rbac.denied'), 1);
});

t.test('connection_limit: who waits to be closed counts, and is not read from before tcp_proxy', async (t) => {
  const bench = new FilterBench();
  const sink = new Sink(true);
  const limit = await bench.make('connection_limit', { statPrefix: 'l', maxConnections: 1, delay: 200 });
  await bench.listen(t, [limit], sink);
  const a = bench.dial().send('a');
  await until(() => sink.text === 'a');
  const b = bench.dial();
  b.send(Buffer.alloc(100_000));
  await until(() => bench.gauge('connection_limit.l.active_connections') === 2);
  await b.rest();
  t.equal(sink.text, 'a');
  t.equal(sink.unread, 0);
  t.same(sink.met, [true, false], 'the terminal filter only counts it');
  await until(() => bench.gauge('connection_limit.l.active_connections') === 1);
  t.equal(bench.counter('connection_limit.l.limited_connections'), 1);
  a.close();
  await until(() => bench.gauge('connection_limit.l.active_connections') === 0);
  const c = bench.dial().send('c');
  await until(() => sink.text === 'ac');
  c.close();
});

t.test('connection_limit: a client that leaves before its delay is over is forgotten at once', async (t) => {
  const bench = new FilterBench();
  const limit = await bench.make('connection_limit', { statPrefix: 'l', maxConnections: 0, delay: 60_000 });
  await bench.listen(t, [limit], new Sink());
  const c = bench.dial();
  await until(() => bench.gauge('connection_limit.l.active_connections') === 1);
  c.socket.resetAndDestroy();
  // Nothing is read from it, so its end is seen when it is reset.
  bench.listener.destroy();
  await until(() => bench.gauge('connection_limit.l.active_connections') === 0);
});

t.test('local_ratelimit: one share_key and one bucket are one bucket; another bucket is another', async (t) => {
  const bench = new FilterBench();
  const tokenBucket = { maxTokens: 1, fillInterval: 1_000_000 };
  const limits = await Promise.all([
    bench.make('local_ratelimit', { statPrefix: 'a', shareKey: 'k', tokenBucket }),
    bench.make('local_ratelimit', { statPrefix: 'b', shareKey: 'k', tokenBucket }),
    bench.make('local_ratelimit', { statPrefix: 'c', shareKey: 'k', tokenBucket: { ...tokenBucket, maxTokens: 2 } }),
    bench.make('local_ratelimit', { statPrefix: 'd', tokenBucket }),
  ]);
  const sink = new Sink();
  await bench.listen(t, limits, sink);
  await bench.dial().rest();
  t.equal(bench.counter('local_rate_limit.a.rate_limited'), 0);
  t.equal(bench.counter('local_rate_limit.b.rate_limited'), 1, 'the first filter has taken their only token');
  t.equal(sink.connections[0].socketInfo?.flags, 1 << 15);
  await t.rejects(bench.make('local_ratelimit', { statPrefix: 'a', tokenBucket: { maxTokens: 1, fillInterval: 49 } }), {
    message: 'local rate limit token bucket fill timer must be >= 50ms',
  });
});

t.test('sni_cluster, set_filter_state: whoever comes next finds what they share', async (t) => {
  const format = { localInfo: {}, listenerName: 'l', filterChainName: 'c' } as never;
  const bench = new FilterBench({}, format);
  t.ok(formatBuild(format, () => undefined));
  const sink = new Sink();
  const value = (objectKey: string, textFormat: string, more = {}) => ({
    objectKey,
    formatString: { textFormat },
    ...more,
  });
  const filters = [
    await bench.make('sni_cluster', {}),
    await bench.make('set_filter_state', {
      onNewConnection: [
        value('name', 'of %REQUESTED_SERVER_NAME%', { factoryKey: 'envoy.string' }),
        value('empty', '', { factoryKey: 'envoy.string', skipIfEmpty: true }),
        value('blank', '', { factoryKey: 'envoy.string' }),
        value('envoy.bool', 'maybe'),
      ],
      onDownstreamData: [value('late', 'data', { factoryKey: 'envoy.string' })],
    }),
  ];
  await bench.listen(t, filters, sink, [nameFilter]);
  const c = bench.dial().send('a.example\n');
  await until(() => sink.connections.length === 1);
  const state = () => Object.fromEntries(sink.connections[0].socketInfo?.filterState ?? []);
  const first = { 'envoy.tcp_proxy.cluster': 'a.example', name: 'of a.example', blank: '' };
  t.same(state(), first);
  c.send('x');
  await until(() => sink.text === 'x');
  t.same(state(), { ...first, late: 'data' });
  c.close();
  await t.rejects(bench.make('set_filter_state', { onNewConnection: [value('no.such', 'x')] }), {
    message: `'no.such' does not have an object factory`,
  });
  await t.rejects(
    bench.make('set_filter_state', { onNewConnection: [value('envoy.network.network_namespace', 'x')] }),
    {
      message: `'envoy.network.network_namespace' is not supported yet`,
    },
  );
});

t.test('echo: a client that never reads is not read from either', async (t) => {
  const bench = new FilterBench({ perConnectionBufferLimitBytes: 64 * 1024 });
  await bench.listen(t, [], await bench.make('echo', {}));
  const c = bench.dial();
  c.socket.pause();
  let queued = 0;
  const chunk = Buffer.alloc(1 << 20, 'x');
  // As much as the kernel and the proxy take; then the socket stays full.
  let still = 0;
  while (still < 200 && queued < 200 * chunk.length) {
    if (c.socket.writableLength === 0) {
      c.socket.write(chunk);
      queued += chunk.length;
      still = 0;
    } else {
      still++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(queued < 100 * chunk.length, `${queued}`);
  c.socket.resetAndDestroy();
  await until(() => bench.listener.active === 0);
});

t.test('direct_response: a client that never reads does not keep its connection for ever', async (t) => {
  const bench = new FilterBench();
  await bench.listen(t, [], await bench.make('direct_response', { response: { inlineString: 'bye' } }));
  const c = bench.dial();
  t.equal(await c.rest(), 'bye');
  await until(() => bench.listener.active === 0);
});
