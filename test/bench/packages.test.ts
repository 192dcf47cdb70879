import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { missingPackages, packageVersion } from '../../bench/tools/packages.ts';

const bench = join(import.meta.dirname, '../../bench');

t.test('the bench runs with nothing but its own package.json: it declares what its files import', async (t) => {
  const { dependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const files = globSync('**/*.ts', { cwd: bench, exclude: (f) => f === 'node_modules' });
  t.ok(files.length > 40);
  for (const file of files) {
    const text = readFileSync(join(bench, file), 'utf8');
    for (const [, name] of text.matchAll(/^(?:import|export)[^;]*? from '([^'.][^']*)';$/gm)) {
      t.ok(name.startsWith('node:') || name in dependencies, `${file} imports ${name}`);
    }
  }
});

t.test('packages that are not installed are named, optional ones do not count', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'bench-packages-')), 'package.json');
  const dependencies = { tap: '1', 'no-such-package-anywhere': '1' };
  writeFileSync(path, JSON.stringify({ dependencies, optionalDependencies: { 'nor-this-one': '1' } }));
  t.same(missingPackages(path), ['no-such-package-anywhere']);
  t.equal(packageVersion('no-such-package-anywhere'), null);
  t.match(packageVersion('tap'), /^\d+\./);
});
