/**
 * `npm test`: gets what the tests compare with (redis-server, real Envoy), then runs tap; says at the end what could not
 * be tested. Arguments go to tap. `ENVOYLET_TEST_INSTALL=no` installs nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEnvoy, haveRedis } from './tools/oracles.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const install = process.env.ENVOYLET_TEST_INSTALL !== 'no';
const skipped: string[] = [];

const envoy = findEnvoy(install);
if ('missing' in envoy) skipped.push(`${envoy.missing}: tests that compare with real Envoy are skipped`);
if (!haveRedis(install)) {
  skipped.push('redis-server is not installed (root is needed to install it): tests with real Redis are skipped');
}

const results = join(root, '.tap', 'results.tap');
mkdirSync(dirname(results), { recursive: true });
rmSync(results, { force: true });
const tap = spawnSync(
  process.execPath,
  [join(root, 'node_modules/tap/dist/esm/run.mjs'), `--output-file=${results}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // Children that call `node` get this Node, not the machine's.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
      ...('path' in envoy ? { ENVOY_BIN: envoy.path } : {}),
    },
  },
);

for (const line of skipped) console.log(`skipped: ${line}`);
const { passed, failed } = counts(results);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = tap.status ?? 1;

/** From tap's own summary line, `# { total: 9, pass: 8, fail: 1 }`. */
function counts(path: string): { passed: number; failed: number } {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { passed: 0, failed: 1 };
  }
  const summary = [...text.matchAll(/^# \{ total: (\d+).*\}$/gm)].at(-1)?.[0] ?? '';
  const of = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(summary)?.[1] ?? 0);
  return { passed: of('pass'), failed: of('fail') + of('todo') };
}
