/** Bytecode where the build left none: the first start keeps it, later ones take it, and only from where nobody else may write. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const build = fileURLToPath(new URL('../../build', import.meta.url));
const NAME = `core.BUILD_DIGEST.${process.version}-${process.arch}.cache`;

/** A bundle without bytecode beside it. */
function bundle(): string {
  const dist = mkdtempSync(join(tmpdir(), 'envoylet-bundle-'));
  copyFileSync(join(build, 'core-loader.cjs'), join(dist, 'core.js'));
  copyFileSync(join(build, 'core-cache.cjs'), join(dist, 'core-cache.js'));
  writeFileSync(join(dist, 'core.code.js'), '(module,require)=>{module.exports=function chunk(){return "works"}}');
  return dist;
}

/** One start: whether V8 took bytecode, and whether there was any to keep. `keeps`: the start lives long enough to keep it. */
function start(dist: string, env: NodeJS.ProcessEnv, keeps = true): { works: string; taken: boolean; kept: boolean } {
  const script = `
    const core = require(${JSON.stringify(join(dist, 'core.js'))});
    const keep = globalThis[Symbol.for('envoylet.keepBytecode')];
    if (${keeps}) keep?.();
    console.log(JSON.stringify({
      works: core(), taken: core.script.cachedDataRejected === false, kept: keep !== undefined,
    }));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env }));
}

t.test('kept by the first start, taken by the second', async (t) => {
  const dist = bundle();
  const home = mkdtempSync(join(tmpdir(), 'envoylet-home-'));
  t.same(start(dist, { HOME: home }, false), { works: 'works', taken: false, kept: true });
  t.notOk(existsSync(join(home, '.cache')), 'a start that is over at once leaves nothing');
  t.same(start(dist, { HOME: home }), { works: 'works', taken: false, kept: true });
  const dir = join(home, '.cache/envoylet');
  t.same(readdirSync(dir), [NAME]);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.same(start(dist, { HOME: home }), { works: 'works', taken: true, kept: false });
});

t.test('where it goes', async (t) => {
  const dist = bundle();
  const [home, caches, told] = ['home', 'caches', 'told'].map((name) =>
    mkdtempSync(join(tmpdir(), `envoylet-${name}-`)),
  );
  start(dist, { HOME: home, XDG_CACHE_HOME: caches });
  t.same(readdirSync(join(caches, 'envoylet')), [NAME]);
  start(dist, { HOME: home, XDG_CACHE_HOME: caches, ENVOYLET_CACHE_DIR: join(told, 'new/folder') });
  t.same(readdirSync(join(told, 'new/folder')), [NAME]);
  start(dist, { HOME: home, ENVOYLET_CACHE_DIR: 'off' });
  t.same(readdirSync(home), []);
});

t.test('a folder that cannot be made, or none at all, costs nothing but the bytecode', async (t) => {
  const dist = bundle();
  const file = join(mkdtempSync(join(tmpdir(), 'envoylet-file-')), 'file');
  writeFileSync(file, '');
  const nowhere: NodeJS.ProcessEnv[] = [{}, { HOME: file }, { HOME: '/proc/self' }, { ENVOYLET_CACHE_DIR: file }];
  for (const env of nowhere) {
    t.same(start(dist, env), { works: 'works', taken: false, kept: true }, JSON.stringify(env));
  }
});

t.test('bytecode of an older version goes, bytecode that is damaged is made anew', async (t) => {
  const dist = bundle();
  const dir = mkdtempSync(join(tmpdir(), 'envoylet-old-'));
  const env = { ENVOYLET_CACHE_DIR: dir };
  writeFileSync(join(dir, 'core.0123.v22.0.0-x64.cache'), 'old');
  writeFileSync(join(dir, 'notes.txt'), 'not ours');
  writeFileSync(join(dir, NAME), 'damaged', { mode: 0o600 });
  t.same(start(dist, env), { works: 'works', taken: false, kept: true });
  t.same(readdirSync(dir).sort(), [NAME, 'notes.txt']);
  t.same(start(dist, env), { works: 'works', taken: true, kept: false });
});

t.test('not from where others may write', async (t) => {
  const dist = bundle();
  const dir = join(mkdtempSync(join(tmpdir(), 'envoylet-shared-')), 'cache');
  mkdirSync(dir);
  const env = { ENVOYLET_CACHE_DIR: dir };
  start(dist, env);
  t.equal(start(dist, env).taken, true);
  chmodSync(join(dir, NAME), 0o666);
  t.equal(start(dist, env, false).taken, false, 'the file');
  chmodSync(join(dir, NAME), 0o600);
  chmodSync(dir, 0o777);
  t.equal(start(dist, env, false).taken, false, 'the folder');
  start(dist, env);
  chmodSync(dir, 0o700);
  t.equal(start(dist, env, false).taken, true, 'and nothing was written there meanwhile');
});
