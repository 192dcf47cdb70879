/** Paths made normal as Envoy 1.40 makes them; the cases beside it are conformance rewrite/path-*. */
import t from 'tap';
import {
  hasEscapedSlash,
  mergeSlashes,
  normalizePath,
  unescapeSlashes,
} from '../../../src/http/headers/path-normalize.ts';

t.test('dot segments, backslashes and needless escapes', async (t) => {
  const rows: [string, string | null][] = [
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/../a', '/a'],
    ['/a//b', '/a//b'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%2E/b', '/a/b'],
    ['/a%2fb', '/a%2fb'],
    ['/a\\b', '/a/b'],
    ['/%41%7e%2d', '/A~-'],
    ['/%c3%a9', '/%c3%a9'],
    ['/a/..?x=/../y', '/?x=/../y'],
    ['/a/b/../../..', '/'],
    ['/a/...', '/a/...'],
    ['/%zz%', '/%zz%'],
    ['/a;b/../c', '/c'],
    ['/a%00b', null],
    ['/a?b%00', '/a?b%00'],
    ['/.', '/'],
    ['/..', '/'],
  ];
  for (const [path, want] of rows) t.equal(normalizePath(path), want, path);
});

t.test('what was made normal is normal', async (t) => {
  const pieces = ['/', '.', '..', '%2e', '%2F', 'a', '\\', '%41', '?', '//', '%'];
  let seed = 7;
  const next = (n: number): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed % n;
  };
  for (let i = 0; i < 5000; i++) {
    const path = `/${Array.from({ length: next(8) }, () => pieces[next(pieces.length)]).join('')}`;
    const once = normalizePath(path);
    if (once === null) continue;
    const before = once.split('?')[0];
    if (!/\/\.\.?(\/|$)/.test(before)) continue;
    t.fail(`${path} became ${once}`);
  }
});

t.test('slashes merged and unescaped', async (t) => {
  t.equal(mergeSlashes('/a//b///c/?x=//'), '/a/b/c/?x=//');
  t.equal(mergeSlashes('//a'), '/a');
  t.equal(mergeSlashes('///'), '//');
  t.equal(unescapeSlashes('/a%2fb%5Cc?%2f'), '/a/b\\c?%2f');
  t.equal(unescapeSlashes('/a?%2f'), '/a?%2f');
  t.equal(hasEscapedSlash('/a%5C'), true);
  t.equal(hasEscapedSlash('/a?%5C'), false);
});
