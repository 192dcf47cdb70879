import t from 'tap';
import { KIND_AUTHORITY, KIND_HOST, valueValidFor } from '../../../src/codec/http2/header-kinds.ts';

t.test('an authority has no user information and none of what would end it; else as odd as Envoy takes it', (t) => {
  const good =
    "a A.Example a:80 a: a:99999 a:x [::1] [::1]:80 [::1 ::1 [] a[b] a%20b a_b * $(x) a'b ! ~ a,b a;b a&b=c+d . - [fe80::1%25eth0]";
  const bad = ['', 'user@a', 'user:pw@a', 'a@b@c', '@a', 'a@', ' a', 'a b', 'a\t', 'a/b', '/', 'a?b', 'a#b', 'a\\b'];
  for (const kind of [KIND_AUTHORITY, KIND_HOST]) {
    for (const value of good.split(' ')) t.equal(valueValidFor(kind, value), true, value);
    for (const value of [...bad, 'a"b', '<a>', '{a}', 'a|b', 'a^b', '`', 'caf\xe9', 'a\x7f', 'a\0', 'a\r\n'])
      t.equal(valueValidFor(kind, value), false, JSON.stringify(value));
  }
  t.end();
});
