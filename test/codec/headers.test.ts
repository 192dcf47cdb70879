import t from 'tap';
import { Headers } from '../../src/codec/headers.ts';

const BAD = ['a\rb', 'a\nb', 'a\0b', 'a\r\nx-evil: 1', 'po\u010dasie', '\u010a', '日本', '😀'];

t.test('what could end a line, or is no byte, gets into no list', (t) => {
  for (const bad of BAD) {
    const what = JSON.stringify(bad);
    const h = new Headers();
    h.add('x', '1');
    t.throws(() => h.add('y', bad), /"y" has a character that cannot stand on the wire/, what);
    t.throws(() => h.set('x', bad), what);
    t.throws(() => h.add(bad, '1'), what);
    t.throws(() => h.set(bad, '1'), what);
    t.throws(() => {
      h.list = ['x', '1', 'y', bad];
    }, what);
    t.same(h.list, ['x', '1'], 'nothing was changed');
  }
  const h = new Headers();
  for (const name of ['', 'a b', 'a:', ':path']) t.throws(() => h.add(name, '1'), JSON.stringify(name));
  h.add('x', 'caf\xe9 \xff\t');
  t.equal(h.get('x'), 'caf\xe9 \xff\t');
  t.end();
});

t.test('names are looked at again when many others came between', (t) => {
  const h = new Headers();
  for (let i = 0; i < 3000; i++) h.add(`x-${i}`, '');
  t.throws(() => h.add('x y', ''));
  h.add('x-1', '');
  t.equal(h.count, 3001);
  t.end();
});

t.test('a pseudo-header that cannot stand on the wire is found before anything is written', (t) => {
  for (const field of ['method', 'path', 'authority', 'scheme', 'protocol'] as const) {
    for (const bad of [...BAD, 'a b']) {
      const h = new Headers();
      h.method = 'GET';
      h.path = '/';
      h.scheme = 'http';
      h.checkPseudo();
      h[field] = bad;
      t.throws(() => h.checkPseudo(), new RegExp(`":${field}" has a character`), `${field} ${JSON.stringify(bad)}`);
    }
  }
  t.end();
});
