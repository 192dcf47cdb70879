/** cache-control, dates and ranges: forms, limits, and any text at all. */
import t from 'tap';
import { Headers } from '../../../../src/codec/headers.ts';
import { byteRange } from '../../../../src/http/filters/cache/byte-range.ts';
import {
  httpTime,
  integer,
  requestDirectives,
  responseDirectives,
} from '../../../../src/http/filters/cache/directives.ts';
import { Random } from '../../../codec/http1/random.ts';

function headers(name: string, ...values: string[]): Headers {
  const h = new Headers();
  for (const value of values) h.addUnchecked(name, value);
  return h;
}

t.test('cache-control of requests and of answers', (t) => {
  t.match(requestDirectives(headers('cache-control', 'No-Cache , no-store', 'max-age="5",min-fresh=6')), {
    noCache: true,
    noStore: true,
    maxAge: 5,
    minFresh: 6,
    maxStale: null,
  });
  t.equal(requestDirectives(headers('cache-control', 'max-stale')).maxStale, Number.POSITIVE_INFINITY);
  t.equal(requestDirectives(headers('cache-control', 'max-stale=x')).maxStale, null);
  t.equal(requestDirectives(headers('pragma', 'no-cache, max-age=5')).noCache, true);
  t.equal(requestDirectives(headers('pragma', 'no-cache, max-age=5')).maxAge, null);
  t.match(responseDirectives(headers('cache-control', 'private="a, s-maxage=3, max-age=9", proxy-revalidate')), {
    noStore: true,
    noStale: true,
    maxAge: 3,
  });
  t.equal(responseDirectives(headers('cache-control', 'max-age=-1')).maxAge, null);
  t.end();
});

t.test('numbers as Envoy reads them', (t) => {
  t.equal(integer(' +12 '), 12);
  t.equal(integer('9223372036854775807'), 2 ** 63);
  for (const text of ['9223372036854775808', '', '-', '1.5', '1 2', '0x1']) t.equal(integer(text), null, text);
  t.end();
});

t.test('the three forms of a date, and nothing else', (t) => {
  const wanted = Date.UTC(1994, 10, 6, 8, 49, 37);
  for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])
    t.equal(httpTime(text), wanted, text);
  for (const text of [
    '0',
    '',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 25:49:37 GMT',
  ])
    t.equal(httpTime(text), 0, text);
  t.equal(httpTime(undefined), 0);
  t.end();
});

t.test('ranges', (t) => {
  const range = (value: string, length = 10): unknown => byteRange(headers('range', value), length);
  t.same(range('bytes=2-4'), { from: 2, to: 5 });
  t.same(range('bytes=-3'), { from: 7, to: 10 });
  t.same(range('bytes=9-18446744073709551615'), { from: 9, to: 10 });
  t.same(range(`bytes=${'0'.repeat(30)}1-2`), { from: 1, to: 3 });
  for (const all of [
    'bytes=0-9',
    'bytes=-10',
    'bytes=1-2,4-5',
    'bytes=5-4',
    'bytes=-',
    'Bytes=1-2',
    `bytes=${'9'.repeat(21)}-`,
  ])
    t.equal(range(all), null, all);
  for (const none of ['bytes=10-', 'bytes=-0', 'bytes=10-11']) t.equal(range(none), 'unsatisfiable', none);
  t.equal(range('bytes=0-1', 0), 'unsatisfiable');
  t.equal(byteRange(headers('range', 'bytes=1-2', 'bytes=1-2'), 10), null);
  t.end();
});

t.test('any text is read, and what is read is in its bounds', (t) => {
  const seconds = Number(process.env.ENVOYLET_FUZZ_SECONDS ?? 0);
  const until = performance.now() + seconds * 1000;
  const seed = Number(process.env.ENVOYLET_FUZZ_SEED ?? 1);
  const r = new Random(seed);
  const words = [
    'max-age',
    's-maxage',
    'no-cache',
    '=',
    ',',
    '"',
    ' ',
    'bytes=',
    '-',
    '0',
    '99',
    '18446744073709551616',
    'Sun',
    ', ',
    '06 Nov 1994',
    ' 08:49:37',
    ' GMT',
    '\t',
    '\x80',
  ];
  let n = 0;
  do {
    for (let k = 0; k < 2000; k++, n++) {
      let text = '';
      for (let i = r.below(8); i >= 0; i--) text += words[r.below(words.length)];
      const h = headers('cache-control', text);
      const { maxAge, minFresh, maxStale } = requestDirectives(h);
      for (const v of [maxAge, minFresh, maxStale, responseDirectives(h).maxAge])
        if (v !== null && !(v >= 0)) t.fail(text);
      if (!Number.isFinite(httpTime(text))) t.fail(text);
      const length = r.below(200);
      const range = byteRange(headers('range', text), length);
      if (
        range !== null &&
        range !== 'unsatisfiable' &&
        !(range.from >= 0 && range.from < range.to && range.to <= length)
      )
        t.fail(text);
    }
  } while (performance.now() < until);
  t.pass(`${n} texts, seed ${seed}`);
  t.end();
});
