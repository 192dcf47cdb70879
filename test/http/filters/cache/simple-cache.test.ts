/** The cache itself: what goes when there is too much, and that nothing is counted twice. */
import t from 'tap';
import { Headers } from '../../../../src/codec/headers.ts';
import { Insertion, MAX_CACHE_BYTES, SimpleCache } from '../../../../src/http/filters/cache/simple-cache.ts';
import { Store } from '../../../../src/stats/store.ts';

const MIB = 1024 * 1024;

function request(path: string): Headers {
  const h = new Headers();
  h.method = 'GET';
  h.scheme = 'http';
  h.authority = 'a';
  h.path = path;
  return h;
}

function response(): Headers {
  const h = new Headers();
  h.status = 200;
  h.add('cache-control', 'max-age=60');
  return h;
}

function rig(): { cache: SimpleCache; value: (name: string) => number; put: (path: string, bytes: number) => void } {
  const store = new Store();
  const scope = store.scope('http_cache.simple.');
  const cache = new SimpleCache(store);
  return {
    cache,
    value: (name) => (name === 'bytes' || name === 'entries' ? scope.gauge(name) : scope.counter(name)).value,
    put: (path, bytes) => cache.put(request(path), response(), Buffer.alloc(bytes), null, 0),
  };
}

t.test('what was not used for longest goes first', (t) => {
  const { cache, value, put } = rig();
  for (let i = 0; i < 4; i++) put(`/${i}`, 7 * MIB);
  t.not(cache.find(request('/0'), []), null);
  put('/new', 7 * MIB);
  t.equal(value('evicted'), 1);
  t.equal(cache.find(request('/1'), []), null);
  for (const path of ['/0', '/2', '/3', '/new']) t.not(cache.find(request(path), []), null, path);
  t.equal(value('entries'), 4);
  t.ok(value('bytes') <= MAX_CACHE_BYTES);
  t.end();
});

t.test('answers that are still coming count, and make room', (t) => {
  const { cache, value, put } = rig();
  for (let i = 0; i < 4; i++) put(`/${i}`, 7 * MIB);
  const insertions = [5, 6, 7, 8, 9].map((n) => new Insertion(cache, request(`/${n}`), response(), 8 * MIB, 0));
  const piece = Buffer.alloc(7 * MIB);
  t.same(
    insertions.map((insertion) => insertion.add(piece)),
    [true, true, true, true, false],
  );
  t.equal(value('entries'), 0);
  t.equal(value('rejected'), 1);
  for (const insertion of insertions.slice(0, 2)) insertion.commit(null);
  for (const insertion of insertions.slice(2)) insertion.abort();
  t.equal(value('entries'), 2);
  t.ok(value('bytes') > 14 * MIB && value('bytes') < 14 * MIB + 4096, String(value('bytes')));
  t.end();
});

t.test('an entry in the place of another, and one that is renewed, count once', (t) => {
  const { cache, value, put } = rig();
  put('/', 1000);
  const before = value('bytes');
  put('/', 1000);
  t.equal(value('bytes'), before);
  t.equal(value('entries'), 1);
  const entry = cache.find(request('/'), []);
  if (entry === null) throw new Error('it is gone');
  const h = response();
  h.status = 304;
  h.add('x-long', 'y'.repeat(100));
  entry.merge(h);
  cache.renew(entry, h, 5);
  t.equal(value('bytes'), before + 106);
  put('/', 1000);
  t.equal(value('bytes'), before);
  cache.renew(entry, h, 5);
  t.equal(value('bytes'), before, 'one that is no longer there is left alone');
  t.end();
});

t.test('many short ones are bounded as well', (t) => {
  const { value, put } = rig();
  for (let i = 0; i < 70_000; i++) put(`/${i}`, 0);
  t.ok(value('bytes') <= MAX_CACHE_BYTES);
  t.ok(value('evicted') > 0);
  t.equal(value('entries') + value('evicted'), 70_000);
  t.end();
});
