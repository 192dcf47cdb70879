import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { buildInfo } from '../../build/build-info.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

t.test('clean is what git calls clean, and nothing else', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'envoylet-build-info-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root, encoding: 'utf8' }).trim();
  t.same(buildInfo(root, ''), { commit: '0'.repeat(40), status: 'Distribution' }, 'no repository');
  t.same(buildInfo(root, COMMIT), { commit: COMMIT, status: 'Distribution' }, 'told by an argument of the build');
  t.throws(() => buildInfo(root, 'main'), { message: 'ENVOYLET_COMMIT is no commit: main' });

  mkdirSync(join(root, 'build'));
  writeFileSync(join(root, 'build/bundle.ts'), '//\n');
  writeFileSync(join(root, 'other'), '');
  git('init', '-q');
  t.equal(buildInfo(root, '').status, 'Distribution', 'no commit yet');
  git('add', 'other');
  git('commit', '-qm', 'a');
  t.same(buildInfo(root, COMMIT), { commit: COMMIT, status: 'Distribution' }, "inside another project's repository");
  git('add', '.');
  git('commit', '-qm', 'b');
  t.same(buildInfo(root, COMMIT), { commit: git('rev-parse', 'HEAD'), status: 'Clean' });
  appendFileSync(join(root, 'build/bundle.ts'), '//\n');
  t.same(buildInfo(root, ''), { commit: git('rev-parse', 'HEAD'), status: 'Modified' });
});
