/**
 * `npm test`: gets what the tests compare with (redis-server, real Envoy), then runs tap; says at the end what could not
 * be tested. Arguments go to tap. `ENVOYLET_TEST_INSTALL=no` installs nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
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

// What tests leave behind goes with it.
const temporary = mkdtempSync(join(tmpdir(), 'envoylet-test-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

/** tap would run every file of a folder, also those that tests share. */
const expand = (arg: string): string[] =>
  statSync(arg, { throwIfNoEntry: false })?.isDirectory() === true ? globSync(join(arg, '**/*.test.ts')).sort() : [arg];

const tap = spawn(
  process.execPath,
  [join(root, 'node_modules/tap/dist/esm/run.mjs'), '--reporter=tap', ...process.argv.slice(2).flatMap(expand)],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TMPDIR: temporary,
      // Whoever keeps what was only lent (src/platform/lent.ts) is found out.
      ENVOYLET_SPOIL_LENT: '1',
      // Children that call `node` get this Node, not the machine's.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
      ...('path' in envoy ? { ENVOY_BIN: envoy.path } : {}),
    },
  },
);
const closed = once(tap, 'close').then(([status]) => (status as number | null) ?? 1);
// One line a file; of a file that fails, all that is not a passed assertion.
let file: string[] = [];
let summary = 'fail: 1';
for await (const line of createInterface({ input: tap.stdout })) {
  if (/^# \{ total: \d+.*\}$/.test(line)) summary = line;
  if (/^(not )?ok /.test(line)) {
    if (line.startsWith('not ')) console.log(file.filter((l) => !/^\s+(ok |1\.\.|# time)/.test(l)).join('\n'));
    console.log(line);
    file = [];
  } else file.push(line);
}
console.log(file.join('\n'));
const code = await closed;

for (const line of skipped) console.log(`skipped: ${line}`);
// tap's own summary line, `# { total: 9, pass: 8, fail: 1 }`.
const count = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(summary)?.[1] ?? 0);
console.log(`${count('pass')} passed, ${count('fail') + count('todo')} failed`);
process.exitCode = code;
