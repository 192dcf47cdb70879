/** envoy.filters.http.cache: what varies, clients that go or do not read, limits, configs that are wrong. The rest is compared with Envoy: conformance cache/*. */
import t from 'tap';
import type { CacheConfig } from '../../../../src/config/schema/types.ts';
import { answering, cluster, get, header, type Peer, ROUTER, TestProxy, Upstream, until } from '../../proxy.ts';

const TYPE = 'envoy.extensions.filters.http.cache.v3.CacheConfig';
const SIMPLE = { typeUrl: 'envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig', value: {} };

type Teardown = { teardown(fn: () => unknown): void };

async function proxy(
  t: Teardown,
  onPeer: (p: Peer, index: number) => void,
  config: CacheConfig = {
    typedConfig: SIMPLE,
    allowedVaryHeaders: [{ exact: 'x-v' }, { prefix: 'accept', ignoreCase: true }],
  },
  route: object = {},
): Promise<{ p: TestProxy; u: Upstream }> {
  const u = await Upstream.start(onPeer);
  t.teardown(() => u.stop());
  const filter = { name: 'c', typedConfig: { typeUrl: TYPE, value: config } };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u' }, ...route }];
  const p = await TestProxy.start({
    hcm: { httpFilters: [filter, ROUTER], routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] } },
    clusters: [cluster('u', [u.port])],
  });
  t.teardown(() => p.stop());
  return { p, u };
}

const fresh = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\ndate: ${new Date().toUTCString()}\r\ncache-control: max-age=60\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`;

/** An upstream that numbers its answers. */
const counting = (more = ''): ((p: Peer) => void) => {
  let n = 0;
  return answering(() => fresh(`answer ${++n}`, more));
};

async function bodies(p: TestProxy, requests: readonly string[]): Promise<string[]> {
  const c = p.connect();
  const out: string[] = [];
  for (const request of requests) out.push((await c.send(get('/', request)).message()).body);
  c.close();
  return out;
}

t.test('an answer that varies is served to those who ask alike, H346', async (t) => {
  const { p } = await proxy(t, counting('vary: X-V\r\nvary: Accept-Language,, accept\r\n'), {
    typedConfig: SIMPLE,
    allowedVaryHeaders: [{ exact: 'X-V' }, { prefix: 'accept', ignoreCase: true }],
  });
  const de = 'x-v: 1\r\naccept-language: de\r\n';
  t.same(await bodies(p, [de, 'x-v: 2\r\n', '', de, 'x-v: 2\r\n', '', 'x-v: 1\r\nx-v: 2\r\n', 'x-v: 2\r\n']), [
    'answer 1',
    'answer 2',
    'answer 3',
    'answer 1',
    'answer 2',
    'answer 3',
    'answer 4',
    'answer 2',
  ]);
});

t.test('what varies by a name that is not allowed, or by everything, is not kept', async (t) => {
  for (const vary of ['x-v, x-other', '*', 'X-V', 'x-v, *']) {
    const { p } = await proxy(t, counting(`vary: ${vary}\r\n`));
    t.same(await bodies(p, ['', '']), ['answer 1', 'answer 2'], vary);
  }
  const { p } = await proxy(t, counting('vary: \r\n'));
  t.same(await bodies(p, ['', '']), ['answer 1', 'answer 1'], 'an empty one says nothing');
});

t.test('an answer that varies no more, or varies now, takes the place of the others', async (t) => {
  let n = 0;
  const { p } = await proxy(
    t,
    answering(() => fresh(`answer ${++n}`, n === 2 ? '' : 'vary: x-v\r\n')),
  );
  t.same(await bodies(p, ['x-v: 1\r\n', 'x-v: 2\r\n', 'x-v: 1\r\n']), ['answer 1', 'answer 2', 'answer 2']);
  const again = 'x-v: 3\r\ncache-control: no-cache\r\n';
  t.same(await bodies(p, [again, 'x-v: 3\r\n', 'x-v: 4\r\n']), ['answer 3', 'answer 3', 'answer 4']);
});

t.test('a 304 keeps all values of a header that it does not name, H343', async (t) => {
  const { p } = await proxy(
    t,
    answering((request) =>
      request.includes('if-none-match')
        ? 'HTTP/1.1 304 Not Modified\r\ncache-control: max-age=60\r\nx-new: 1\r\n\r\n'
        : fresh('answer', 'etag: "e"\r\nlink: <a>\r\nlink: <b>\r\n'),
    ),
  );
  const c = p.connect();
  await c.send(get()).message();
  for (const more of ['cache-control: no-cache\r\n', '']) {
    const m = await c.send(get('/', more)).message();
    t.equal(m.body, 'answer');
    t.same(m.headers.filter((h) => /^(link|x-new)/.test(h)).sort(), ['link: <a>', 'link: <b>', 'x-new: 1']);
  }
  c.close();
});

t.test('a client that goes leaves the answer to those who come later', async (t) => {
  const { p, u } = await proxy(t, () => {});
  const c = p.connect().send(get());
  const host = await u.accept();
  await host.until('\r\n\r\n');
  host.send(fresh('whole answer').slice(0, -6));
  await c.until('whole ');
  c.close();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  host.send('answer');
  await until(() => p.store.scope('http_cache.simple.').gauge('entries').value === 1);
  t.same(await bodies(p, ['']), ['whole answer']);
  t.equal(u.accepted.length, 1, 'nobody has asked again');
});

t.test('a client that goes before anything came takes its request with it', async (t) => {
  const { p, u } = await proxy(t, () => {});
  const c = p.connect().send(get());
  const host = await u.accept();
  await host.until('\r\n\r\n');
  c.close();
  await until(() => host.ended);
  t.equal(p.store.scope('http_cache.simple.').gauge('bytes').value, 0);
});

t.test('a body longer than the limit goes through and is not kept, H342', async (t) => {
  const chunked = `HTTP/1.1 200 OK\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`;
  for (const answer of [fresh('abcde'), chunked]) {
    const { p } = await proxy(t, answering(answer), { typedConfig: SIMPLE, maxBodyBytes: 4 });
    const c = p.connect();
    await c.send(get()).until('abcde');
    c.close();
    t.equal(p.value('http_cache.simple.rejected'), 1);
    t.equal(p.store.scope('http_cache.simple.').gauge('bytes').value, 0);
  }
});

t.test('a long answer goes to a client as fast as it reads', async (t) => {
  const body = 'x'.repeat(6 * 1024 * 1024);
  const { p } = await proxy(t, answering(fresh(body)));
  const first = p.connect();
  t.equal((await first.send(get()).message()).body.length, body.length);
  first.close();
  const slow = p.connect();
  slow.socket.pause();
  slow.send(get());
  await until(() => p.value('http.h.downstream_rq_2xx') === 1);
  const other = await bodies(p, ['']);
  t.equal(other[0].length, body.length, 'another one does not wait for it');
  slow.socket.resume();
  const m = await slow.message();
  t.equal(m.body, body);
  t.not(header(m, 'age'), undefined);
  slow.close();
});

t.test('a part of an answer is without its trailers and leaves the connection usable, H340', async (t) => {
  const chunked = `HTTP/1.1 200 OK\r\ndate: ${new Date().toUTCString()}\r\ncache-control: max-age=60\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nx-end: 1\r\n\r\n`;
  const { p } = await proxy(t, answering(chunked));
  const c = p.connect();
  await c.send(get()).until('0\r\n\r\n');
  const part = await c.send(get('/', 'range: bytes=2-4\r\n')).message();
  t.match(part, { start: 'HTTP/1.1 206 Partial Content', body: 'cde' });
  t.equal(header(part, 'content-range'), 'bytes 2-4/5');
  const none = await c.send(get('/', 'range: bytes=7-\r\n')).message();
  t.match(none, { start: 'HTTP/1.1 416 Range Not Satisfiable', body: '' });
  t.equal(header(none, 'content-range'), 'bytes */5');
  c.close();
});

t.test('a cluster that is not there', async (t) => {
  const { p } = await proxy(t, counting(), undefined, { route: { clusterHeader: 'x-cluster' } });
  const c = p.connect();
  t.equal((await c.send(get()).message()).start, 'HTTP/1.1 503 Service Unavailable');
  c.close();
});

t.test('configs that are wrong do not start', async (t) => {
  await t.rejects(proxy(t, counting(), {}), /at least one of typed_config or disabled must be set/);
  const files = 'envoy.extensions.http.cache.file_system_http_cache.v3.FileSystemHttpCacheConfig';
  await t.rejects(
    proxy(t, counting(), { typedConfig: { typeUrl: files, value: {} } }),
    /Didn't find a registered implementation for type: '.*FileSystemHttpCacheConfig'/,
  );
  const says = { typedPerFilterConfig: new Map([['c', { typeUrl: TYPE, value: { disabled: true } }]]) };
  await t.rejects(
    proxy(t, counting(), undefined, says),
    /doesn't support virtual host or route specific configurations/,
  );
});
