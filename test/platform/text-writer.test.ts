import t from 'tap';
import { TextWriter } from '../../src/platform/text-writer.ts';

t.test('what is written comes out as UTF-8, whatever the pieces are', async (t) => {
  const out = new TextWriter();
  let expected = '';
  const kinds = ['', 'a', 'žluťoučký', '日本', '😀', 'x'.repeat(5461), 'y'.repeat(5462), '€'.repeat(20_000)];
  let seed = 7;
  for (let i = 0; i < 500; i++) {
    seed = (seed * 48271) % 0x7fffffff;
    const text = kinds[seed % kinds.length];
    out.write(text);
    expected += text;
  }
  out.flush();
  out.flush();
  t.equal(Buffer.concat(out.parts).toString(), expected);
  t.ok(out.parts.every((p) => p.length > 0));
});
