// What a value of a layer says, as a share, a number, a flag and a text.
import t from 'tap';
import { entryOfText, entryOfValue } from '../../src/runtime/entries.ts';

const share = (e: ReturnType<typeof entryOfText>): number | undefined => {
  const fraction = e.fraction ?? (e.uint === undefined ? undefined : { numerator: e.uint, denominator: 100 });
  return fraction && fraction.numerator / fraction.denominator;
};

// [text, share, flag], seen with Envoy 1.40.
const TEXTS: readonly (readonly [string, number | undefined, boolean | undefined])[] = [
  ['100', 1, true],
  [' 50 ', 0.5, true],
  ['0', 0, false],
  ['0x64', 1, true],
  ['1e2', 1, true],
  ['+100', 1, true],
  ['0.5', 0, undefined],
  ['-1', undefined, true],
  ['true', undefined, true],
  ['false', undefined, false],
  ['"100"', undefined, undefined],
  ['{numerator: 100}', 1, undefined],
  ['numerator: 5\ndenominator: TEN_THOUSAND', 0.0005, undefined],
  ['{}', 0, undefined],
  ['{numerator: "100"}', 0, undefined],
  ['{numerator: -5}', 2 ** 32 / 100, undefined],
  ['{numerator: 1, denominator: 5}', undefined, undefined],
  ['{numerator: 100, x: 1}', undefined, undefined],
  ['[100]', undefined, undefined],
  ['~', undefined, undefined],
  ['', undefined, undefined],
  ['99999999999999999999', undefined, true],
  ['text', undefined, undefined],
];

t.test('a text of a file or of a request is YAML', async (t) => {
  for (const [text, expected, flag] of TEXTS) {
    const entry = entryOfText(text);
    t.equal(entry.raw, text);
    t.equal(share(entry), expected, JSON.stringify(text));
    t.equal(entry.flag, flag, `flag of ${JSON.stringify(text)}`);
  }
});

t.test('in the bootstrap a quoted number is a number, a quoted true is a text', async (t) => {
  t.match(entryOfValue('100'), { raw: '100', number: 100, uint: 100, flag: true });
  t.same(entryOfValue('true'), { raw: 'true' });
  t.match(entryOfValue(0.25), { raw: '0.25', number: 0.25, uint: 0, flag: undefined });
});

t.test('a text that is no YAML is refused', async (t) => {
  t.throws(() => entryOfText('a: b: c'));
  t.throws(() => entryOfText('{numerator: 100'));
});

t.test('aliases that grow without end are refused, not followed', async (t) => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
  for (let i = 1; i < 12; i++) text += `a${i}: &a${i} [${`*a${i - 1}, `.repeat(8)}*a${i - 1}]\n`;
  t.throws(() => entryOfText(text));
});
