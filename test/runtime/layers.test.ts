// Folders as disk layers: what is read, what is left out, and what a hostile or half-made tree does.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import {
  AdminLayer,
  diskLayer,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_OVERRIDE_CHARACTERS,
  MAX_OVERRIDES,
  staticLayer,
} from '../../src/runtime/layers.ts';

function tree(t: { teardown: (done: () => void) => void }, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'runtime-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const raws = (root: string): Record<string, string> =>
  Object.fromEntries([...(diskLayer('d', root)?.entries ?? [])].map(([key, entry]) => [key, entry.raw]));

t.test('a file is a key by its path, comments and the white space of its last line left out', async (t) => {
  const files = {
    a: '10\n',
    'sub/b': '# comment\n20',
    text: 'hello\nworld  \n',
    '.dot': '7',
    lines: '#c\n\n5\n\n#d\n',
    none: '# only',
  };
  t.same(raws(tree(t, files)), { a: '10', 'sub.b': '20', text: 'hello\nworld', '.dot': '7', lines: '5\n', none: '' });
});

t.test('a folder that is not there is no layer', async (t) => {
  t.equal(diskLayer('d', '/nowhere/at/all'), null);
});

t.test('links that lead in a circle end at 16 folders', async (t) => {
  const root = tree(t, { 'a/b': '1' });
  symlinkSync('.', join(root, 'a/again'));
  t.throws(() => diskLayer('d', root), { message: 'Walk recursion depth exceeded 16' });
});

t.test('a link to nothing is passed over', async (t) => {
  const root = tree(t, { a: '1' });
  symlinkSync('nowhere', join(root, 'gone'));
  t.same(raws(root), { a: '1' });
});

t.test('a file that is too large, too many files, and one that is no YAML are said by path', async (t) => {
  t.throws(() => diskLayer('d', tree(t, { big: 'x'.repeat(MAX_FILE_BYTES + 1) })), { message: /big is larger than/ });
  t.throws(() => diskLayer('d', tree(t, { broken: 'a: b: c' })), { message: /broken: / });
  const many = Object.fromEntries(Array.from({ length: MAX_FILES + 1 }, (_, i) => [`f${i}`, '']));
  t.throws(() => diskLayer('d', tree(t, many)), { message: /more than 10000 files/ });
});

t.test('a static layer: levels, fractions, and what is no value', async (t) => {
  const { entries } = staticLayer({ name: 's', staticLayer: { a: { b: 1, c: { numerator: 5 } }, 'd.e': true, f: {} } });
  t.same([...entries.keys()], ['a.b', 'a.c', 'd.e', 'f']);
  for (const value of [null, [1]]) {
    t.throws(() => staticLayer({ name: 's', staticLayer: { x: { y: value } } }), {
      message: 'Invalid runtime entry value for x.y',
    });
  }
});

t.test('overrides: an empty text takes one away; nothing is taken when one of them cannot be', async (t) => {
  const admin = new AdminLayer('a');
  admin.merge(
    new Map([
      ['x', '1'],
      ['y', '2'],
    ]),
  );
  t.throws(() =>
    admin.merge(
      new Map([
        ['x', '5'],
        ['z', 'a: b: c'],
      ]),
    ),
  );
  t.equal(admin.entries.get('x')?.uint, 1);
  admin.merge(new Map([['x', '']]));
  t.same([...admin.entries.keys()], ['y']);
});

t.test('overrides are bounded in number and length', async (t) => {
  const admin = new AdminLayer('a');
  const numbered = (n: number): [string, string][] => Array.from({ length: n }, (_, i) => [`k${i}`, '1']);
  admin.merge(new Map(numbered(MAX_OVERRIDES)));
  t.throws(() => admin.merge(new Map([['one more', '1']])), { message: /more than 10000/ });
  admin.merge(new Map([['k0', '2']]));
  t.throws(() => admin.merge(new Map([['k0', 'x'.repeat(MAX_OVERRIDE_CHARACTERS + 1)]])), { message: /characters/ });
});
