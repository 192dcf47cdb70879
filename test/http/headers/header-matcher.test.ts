import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { HeaderMatcher as HeaderMatcherMessage } from '../../../src/config/schema/types.ts';
import { HeaderMatcher } from '../../../src/http/headers/header-matcher.ts';
import { loadRegexCompiler } from '../../../src/http/headers/regex.ts';
import { toWire } from '../../../src/platform/wire-text.ts';

const regex = await loadRegexCompiler();

function matches(config: HeaderMatcherMessage, ...list: string[]): boolean {
  const h = new Headers();
  h.list = list;
  h.path = '/p?q';
  h.method = 'GET';
  h.authority = 'A.b';
  h.scheme = 'http';
  return new HeaderMatcher({ name: 'X-A', ...config }, regex).matches(h);
}

t.test('each kind: what matches, what does not', (t) => {
  const rows: [HeaderMatcherMessage, string[], string[]][] = [
    [{ exactMatch: 'v' }, ['v'], ['V', 'vv', '']],
    [{ exactMatch: '' }, ['v', ''], []],
    [{ prefixMatch: 'ab' }, ['ab', 'abc'], ['a', 'cab', 'AB']],
    [{ suffixMatch: 'ab' }, ['ab', 'cab'], ['abc']],
    [{ containsMatch: 'ab' }, ['xaby'], ['axb']],
    [{ safeRegexMatch: { regex: 'a+' } }, ['aa'], ['aab', 'baa', '']],
    [{ rangeMatch: { start: -10, end: 0 } }, ['-1', '-10'], ['0', '5', '-11', 'x', '', '-1.9']],
    [{ presentMatch: true }, ['v', ''], []],
    [{}, ['v', ''], []],
    [{ stringMatch: { exact: 'Ab', ignoreCase: true } }, ['aB'], ['abc']],
    [{ stringMatch: { prefix: 'Ab', ignoreCase: true } }, ['aBc'], ['cab']],
    [{ stringMatch: { suffix: 'Ab', ignoreCase: true } }, ['caB'], ['abc']],
    [{ stringMatch: { contains: 'Ab', ignoreCase: true } }, ['xaBy'], ['axb']],
    [{ stringMatch: { safeRegex: { regex: '[0-9]{2}' } } }, ['12'], ['123']],
  ];
  for (const [config, good, bad] of rows) {
    const what = JSON.stringify(config);
    for (const v of good) {
      t.equal(matches(config, 'x-a', v), true, `${what} ${v}`);
      t.equal(matches({ ...config, invertMatch: true }, 'x-a', v), false, `${what} inverted ${v}`);
    }
    for (const v of bad) {
      t.equal(matches(config, 'x-a', v), false, `${what} not ${v}`);
      t.equal(matches({ ...config, invertMatch: true }, 'x-a', v), true, `${what} inverted not ${v}`);
    }
  }
  t.end();
});

t.test('a missing header matches nothing, inverted or not', (t) => {
  const values = [
    { exactMatch: 'v' },
    { exactMatch: '' },
    { prefixMatch: 'v' },
    { safeRegexMatch: { regex: '.*' } },
    { rangeMatch: { start: 0, end: 9 } },
  ];
  for (const config of [...values, { stringMatch: { contains: 'v' } }, { suffixMatch: 'v' }, { containsMatch: 'v' }]) {
    t.equal(matches(config), false, JSON.stringify(config));
    t.equal(matches({ ...config, invertMatch: true }), false, `${JSON.stringify(config)} inverted`);
  }
  t.end();
});

t.test('presence: a missing header can be what is asked for', (t) => {
  t.equal(matches({ presentMatch: true }), false);
  t.equal(matches({ presentMatch: true, invertMatch: true }), true);
  t.equal(matches({ presentMatch: false }), true);
  t.equal(matches({ presentMatch: false, invertMatch: true }), false);
  t.equal(matches({ presentMatch: false }, 'x-a', '1'), false);
  t.equal(matches({ presentMatch: false, invertMatch: true }, 'x-a', '1'), true);
  t.end();
});

t.test('treat_missing_header_as_empty', (t) => {
  const empty = { treatMissingHeaderAsEmpty: true };
  t.equal(matches({ ...empty, exactMatch: 'v' }), false);
  t.equal(matches({ ...empty, exactMatch: 'v', invertMatch: true }), true);
  t.equal(matches({ ...empty, safeRegexMatch: { regex: 'a*' } }), true);
  t.equal(matches({ ...empty, presentMatch: true }), true);
  t.equal(matches({ ...empty, presentMatch: false }), false);
  t.end();
});

t.test('a repeated header: one of its values is enough; inverted, all must differ', (t) => {
  const two = ['x-a', '1', 'x-b', '0', 'x-a', '2'];
  t.equal(matches({ exactMatch: '2' }, ...two), true);
  t.equal(matches({ exactMatch: '1,2' }, ...two), false);
  t.equal(matches({ exactMatch: '2', invertMatch: true }, ...two), false);
  t.equal(matches({ exactMatch: '3', invertMatch: true }, ...two), true);
  t.end();
});

t.test('pseudo-headers by their names', (t) => {
  t.equal(matches({ name: ':path', exactMatch: '/p?q' }), true, 'with the query');
  t.equal(matches({ name: ':method', exactMatch: 'GET' }), true);
  t.equal(matches({ name: ':authority', exactMatch: 'A.b' }), true);
  t.equal(matches({ name: ':scheme', exactMatch: 'http' }), true);
  t.equal(matches({ name: ':method', exactMatch: 'GET', invertMatch: true }), false);
  t.equal(matches({ name: ':status', presentMatch: true }), false);
  t.end();
});

t.test('a pathological regex is linear', (t) => {
  t.equal(matches({ safeRegexMatch: { regex: '(a+)+b' } }, 'x-a', 'a'.repeat(5000)), false);
  t.end();
});

/** Letters of two, three and four bytes; the low bytes of two of them are CR and LF. */
const LETTERS = ['é', 'č', 'Ċ', '日', '😀'];

t.test('text outside ASCII is matched as its UTF-8 bytes, by every kind', (t) => {
  for (const letter of LETTERS) {
    const wire = toWire(letter);
    const configs: [HeaderMatcherMessage, string][] = [
      [{ exactMatch: `a${letter}` }, `a${wire}`],
      [{ prefixMatch: letter }, `${wire}b`],
      [{ suffixMatch: letter }, `a${wire}`],
      [{ containsMatch: letter }, `a${wire}b`],
      [{ safeRegexMatch: { regex: `a${letter}.` } }, `a${wire}b`],
      [{ stringMatch: { exact: letter } }, wire],
      [{ stringMatch: { exact: `A${letter}`, ignoreCase: true } }, `a${wire}`],
      [{ stringMatch: { prefix: `A${letter}`, ignoreCase: true } }, `a${wire}b`],
      [{ stringMatch: { suffix: letter, ignoreCase: true } }, `a${wire}`],
      [{ stringMatch: { contains: letter, ignoreCase: true } }, `a${wire}b`],
      [{ stringMatch: { safeRegex: { regex: `(?i)A${letter}` } } }, `a${wire}`],
    ];
    for (const [config, value] of configs) {
      const what = JSON.stringify(config);
      t.equal(matches(config, 'x-a', value), true, what);
      t.equal(matches(config, 'x-a', value.replace(wire, letter.charCodeAt(0) < 256 ? letter : 'x')), false, what);
      t.equal(matches(config, 'x-a', value.replace(wire, wire.slice(0, -1))), false, `${what} cut short`);
    }
  }
  t.end();
});

t.test('the case of letters outside ASCII counts', (t) => {
  for (const [upper, lower] of [
    ['É', 'é'],
    ['Č', 'č'],
    ['ß', 'ẞ'],
  ]) {
    t.equal(matches({ stringMatch: { exact: upper, ignoreCase: true } }, 'x-a', toWire(lower)), false, upper);
    t.equal(matches({ stringMatch: { safeRegex: { regex: `(?i)${upper}` } } }, 'x-a', toWire(lower)), false, upper);
  }
  // The lead byte of É is a Latin-1 capital, of which the small one is another lead byte.
  t.equal(matches({ stringMatch: { exact: 'É', ignoreCase: true } }, 'x-a', '\xe3\x89'), false);
  t.equal(matches({ stringMatch: { safeRegex: { regex: '(?i)É' } } }, 'x-a', '\xe3\x89'), false);
  t.end();
});

t.test('a regex is of bytes, as RE2 of Envoy 1.40 reads it; of letters for a v2 config', async (t) => {
  const wire = await loadRegexCompiler();
  for (const [pattern, value, yes] of [
    ['[é]', '\xc3', true],
    ['[é]', toWire('é'), false],
    ['..', toWire('é'), true],
    ['\\xe9', '\xe9', true],
    ['[^\\x00-\\x7f]+', toWire('日'), true],
    ['(?i)[\\x80-\\xff]+A', `${toWire('日')}a`, true],
    ['(?i)straße', toWire('STRAßE'), true],
    ['(?i:K)é', toWire('ké'), true],
  ] as const)
    t.equal(wire(pattern)(value), yes, `${pattern} ${JSON.stringify(value)}`);
  const utf8 = await loadRegexCompiler(true);
  for (const [pattern, value, yes] of [
    ['[é]', '\xc3', false],
    ['[é]', toWire('é'), true],
    ['.', toWire('😀'), true],
    ['.*', '\xe9', false],
    ['(?i)č', toWire('Č'), true],
    ['a+', 'aa', true],
  ] as const)
    t.equal(utf8(pattern)(value), yes, `1.16: ${pattern} ${JSON.stringify(value)}`);
});
