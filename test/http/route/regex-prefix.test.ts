import t from 'tap';
import { loadRegexCompiler } from '../../../src/http/headers/regex.ts';
import { regexPrefix } from '../../../src/http/route/regex-prefix.ts';

const regex = await loadRegexCompiler();

t.test('the literal beginning, as far as it is plain to see', async (t) => {
  const known: [string, string][] = [
    ['/pkg\\.Service/.*', '/pkg.Service/'],
    ['^/a/b$', '/a/b'],
    ['/a/[bc]', '/a/'],
    ['/ab*', '/a'],
    ['/ab?c', '/a'],
    ['/ab{0,2}c', '/a'],
    ['/ab+c', '/a'],
    ['/a\\.*', '/a'],
    ['/a\\d', '/a'],
    ['\\Q/a.b\\E', ''],
    ['/a\\x41', '/a'],
    ['/a\\pN', '/a'],
    ['/a|/b', ''],
    ['/(a|b)', ''],
    ['(?i)/abc', ''],
    ['/ab(?i){0}', '/a'],
    ['(/abc)', ''],
    ['.*', ''],
    ['', ''],
    ['/grüße', '/gr'],
    ['/a\\', '/a'],
    ['/a$b', '/a'],
    ['*', ''],
  ];
  for (const [pattern, prefix] of known) t.equal(regexPrefix(pattern), prefix, pattern);
});

t.test('whatever a pattern matches begins with it: random patterns and texts', async (t) => {
  let seed = 7;
  const next = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  const pick = (parts: readonly string[], n: number): string =>
    Array.from({ length: next(n) + 1 }, () => parts[next(parts.length)]).join('');
  const parts = [
    'a',
    'b',
    '/',
    '\\.',
    '.',
    '*',
    '?',
    '+',
    '[ab]',
    '(a)',
    '(?i)',
    '^',
    '$',
    '|',
    '{0}',
    '{1,2}',
    '\\w',
    '\\b',
    '-',
  ];
  let matched = 0;
  let wrong = '';
  for (let i = 0; i < 60_000; i++) {
    const pattern = pick(parts, 6);
    let matches: (text: string) => boolean;
    try {
      matches = regex(pattern);
    } catch {
      continue;
    }
    const prefix = regexPrefix(pattern);
    for (let k = 0; k < 10; k++) {
      const text = pick(['a', 'b', '/', '.', 'A', '-'], 4).slice(next(2));
      if (!matches(text)) continue;
      matched++;
      if (!text.startsWith(prefix)) wrong = `${pattern} matches ${text}, but not ${prefix}`;
    }
  }
  t.equal(wrong, '');
  t.ok(matched > 2000, `${matched} matches`);
});
