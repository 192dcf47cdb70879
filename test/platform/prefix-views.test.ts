import t from 'tap';
import { PrefixViews } from '../../src/platform/prefix-views.ts';

t.test('views are of the buffer, kept up to a length and made anew beyond it', async (t) => {
  const buffer = Buffer.from('abcdef');
  const views = new PrefixViews(buffer, 4);
  for (const n of [0, 1, 4]) {
    t.equal(views.first(n).toString(), 'abcdef'.slice(0, n));
    t.equal(views.first(n), views.first(n));
  }
  t.equal(views.first(5).toString(), 'abcde');
  t.not(views.first(5), views.first(5));
  buffer.fill('x');
  t.equal(views.first(4).toString(), 'xxxx');
});
