/** What `npm pack` takes along. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../..', import.meta.url));

t.test(
  'a tarball has the bundle without the bytecode of the Node that built it, and asks for nothing else',
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'envoylet-package-'));
    copyFileSync(join(root, 'package.json'), join(dir, 'package.json'));
    const files = [
      'dist/envoylet.js',
      'dist/chunks/a.js',
      'dist/core.v24.21.0-x64.cache',
      'config/demo.yaml',
      'src/main.ts',
    ];
    for (const file of [...files, 'LICENSE', 'envoylet-0.1.0.tgz']) {
      mkdirSync(join(dir, file, '..'), { recursive: true });
      writeFileSync(join(dir, file), 'x');
    }
    const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: dir,
      encoding: 'utf8',
    });
    const packed = JSON.parse(out)[0].files.map(({ path }: { path: string }) => path);
    t.same(packed.sort(), ['LICENSE', 'config/demo.yaml', 'dist/chunks/a.js', 'dist/envoylet.js', 'package.json']);
    const { dependencies, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    t.equal(dependencies, undefined, 'all of it is in the bundle');
    t.same(bin, { envoylet: 'dist/envoylet.js' });
  },
);

t.test('and leaves nothing for git to see', async (t) => {
  t.ok(readFileSync(join(root, '.gitignore'), 'utf8').split('\n').includes('*.tgz'));
});
