/** Numbers in tags are printed as C's %g does. */
import t from 'tap';
import { sixDigits } from '../../src/tracing/custom-tags.ts';
import { readId } from '../../src/tracing/ids.ts';

t.test('six digits, and exponents where they are shorter', async (t) => {
  const numbers: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0.5, '-0.5'],
    [1.5, '1.5'],
    [123456, '123456'],
    [1234567, '1.23457e+06'],
    [999999.5, '1e+06'],
    [0.0001, '0.0001'],
    [0.00001234567, '1.23457e-05'],
    [1e100, '1e+100'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ];
  for (const [n, text] of numbers) t.equal(sixDigits(n), text);
});

t.test('ids of peers: 64 bits in hexadecimal, however they are written; nothing else', async (t) => {
  t.equal(readId('a'), '000000000000000a');
  t.equal(readId('0XFF'), '00000000000000ff');
  t.equal(readId('FFFFFFFFFFFFFFFF'), 'ffffffffffffffff');
  t.equal(readId(`${'0'.repeat(100)}1`), '0000000000000001');
  for (const bad of ['', '0x', '-1', '+1', ' 1', 'g', '10000000000000000', '1 ', '1'.repeat(10_000)]) {
    t.equal(readId(bad), null, bad.slice(0, 20));
  }
});
