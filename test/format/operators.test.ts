/** Every command of Envoy 1.40 is either carried out or refused as not done yet, and docs/reference/formats.md says which. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { COMMAND_NAMES } from '../../src/config/format-syntax/operators.ts';
import { compileText, OPERATORS } from '../../src/format/compile.ts';
import { type FormatContext, NO_LOG } from '../../src/format/format-context.ts';
import { NO_CONTEXT } from '../../src/http/route/route-context.ts';

const page = readFileSync(new URL('../../docs/reference/formats.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
const named = (row: string): string[] => row.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g) ?? [];
const all = (list: readonly string[]): string[] =>
  list.flatMap((row) => named(row.replace(/\([^)]*\)/g, '').replace(/^\|[^|]*\|/, '')));
const notYet = rows.filter((row) => row.startsWith('| not yet'));
const done = rows.filter((row) => !row.startsWith('| not yet'));

t.test('the page names every command once', (t) => {
  t.same(all(rows).sort(), [...COMMAND_NAMES].sort());
  t.end();
});

t.test('what the page says is done is, and what it says is not is refused by name', (t) => {
  t.same(all(done).sort(), Object.keys(OPERATORS).sort());
  for (const name of all(notYet)) {
    t.throws(() => compileText(`%${name}%`, NO_CONTEXT.format), new RegExp(`%${name}% is not supported yet`));
  }
  t.end();
});

t.test('METADATA of a filter chain is that of the chain a format stands in', (t) => {
  const filterChainMetadata = { filterMetadata: new Map([['a', { b: 'of the chain' }]]) };
  const format = compileText('%METADATA(LISTENER_FILTER_CHAIN:a:b)%', { ...NO_CONTEXT.format, filterChainMetadata });
  t.equal(format({} as FormatContext, NO_LOG), 'of the chain');
  t.end();
});

t.test('a format that Envoy refuses is refused', (t) => {
  t.throws(() => compileText('%FOO%', NO_CONTEXT.format), /Not supported field in StreamInfo: FOO/);
  t.throws(() => compileText('%METADATA(NOBODY:a)%', NO_CONTEXT.format), /NOBODY is not supported type of metadata/);
  t.end();
});
