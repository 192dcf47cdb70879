/**
 * `npm test`: gets what the tests compare with (redis-server, real Envoy), then runs tap; says at the end what could not
 * be tested. Arguments go to tap. `ENVOYLET_TEST_INSTALL=no` installs nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findChromium } from './browser/chromium.ts';
import { findEnvoy, haveRedis } from './tools/oracles.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const install = process.env.ENVOYLET_TEST_INSTALL !== 'no';
const skipped: string[] = [];

const envoy = findEnvoy(install);
if ('missing' in envoy) skipped.push(`${envoy.missing}: tests that compare with real Envoy are skipped`);
if (!haveRedis(install)) {
  skipped.push('redis-server is not installed (root is needed to install it): tests with real Redis are skipped');
}

if (findChromium() === null) skipped.push('no Chromium on the PATH nor in CHROMIUM: the test in a browser is skipped');

// What tests leave behind goes with it.
const temporary = mkdtempSync(join(tmpdir(), 'envoylet-test-'));
// A database that does not run as root has its directory in it.
chmodSync(temporary, 0o711);
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

/** tap would run every file of a folder, also those that tests share. */
const expand = (arg: string): string[] =>
  statSync(arg, { throwIfNoEntry: false })?.isDirectory() === true ? globSync(join(arg, '**/*.test.ts')).sort() : [arg];

interface Run {
  code: number;
  /** Assertions, by tap's own summary line, `# { total: 9, pass: 8, fail: 1 }`. */
  pass: number;
  fail: number;
  /** Files that failed, as tap names them, and what each printed without its passed assertions. */
  failed: Map<string, string>;
}

/** Runs tap; prints a line for each file, and of one that fails all that is not a passed assertion. */
const runTap = async (args: string[]): Promise<Run> => {
  const tap = spawn(process.execPath, [join(root, 'node_modules/tap/dist/esm/run.mjs'), '--reporter=tap', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TMPDIR: temporary,
      // Whoever keeps what was only lent (src/platform/lent.ts) is found out.
      ENVOYLET_SPOIL_LENT: '1',
      // A fifth of a second of CPU for each of some thousand processes.
      ENVOYLET_WARM_UP: 'off',
      // Children that call `node` get this Node, not the machine's.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
      ...('path' in envoy ? { ENVOY_BIN: envoy.path } : {}),
    },
  });
  const closed = once(tap, 'close').then(([status]) => (status as number | null) ?? 1);
  const failed = new Map<string, string>();
  let file: string[] = [];
  let summary = 'fail: 1';
  for await (const line of createInterface({ input: tap.stdout })) {
    if (/^# \{ total: \d+.*\}$/.test(line)) summary = line;
    const end = /^(not )?ok \d+ - (.*?)(?: # time=.*)?$/.exec(line);
    if (end === null) {
      file.push(line);
      continue;
    }
    if (end[1] !== undefined) {
      const told = file.filter((l) => !/^\s+(ok |1\.\.|# time)/.test(l)).join('\n');
      console.log(told);
      failed.set(end[2] ?? '', told);
    }
    console.log(line);
    file = [];
  }
  console.log(file.join('\n'));
  const count = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(summary)?.[1] ?? 0);
  const fail = count('fail') + count('todo');
  const code = await closed;
  return { code, pass: count('pass'), fail: code !== 0 && fail === 0 ? 1 : fail, failed };
};

const first = await runTap(process.argv.slice(2).flatMap(expand));
let { code, pass, fail } = first;
// A file that fails beside others is run once more by itself: a machine that is busy with something else is not a fault
// of what is tested. What fails twice has failed, and what needed its second try is said.
const again = [...first.failed.keys()].filter((name) => /\.test\.ts$/.test(name));
if (code !== 0 && again.length > 0 && again.length <= 5 && again.length === first.failed.size) {
  console.log(`once more, each by itself: ${again.join(', ')}`);
  const second = await runTap(['--jobs=1', ...again]);
  ({ code } = second);
  pass += first.fail - Math.min(first.fail, second.fail);
  fail = second.fail;
  for (const name of again) {
    const twice = second.failed.has(name);
    console.log(`${twice ? 'failed twice' : 'needed a second try'}: ${name}`);
    console.log((second.failed.get(name) ?? first.failed.get(name) ?? '').split('\n').slice(-40).join('\n'));
  }
}

for (const line of skipped) console.log(`skipped: ${line}`);
console.log(`${pass} passed, ${fail} failed`);
process.exitCode = code;
