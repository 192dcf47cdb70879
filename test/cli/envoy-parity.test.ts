/** Every command line below gets the same exit code and the same text from real Envoy; skipped where it is not installed. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { CliExit, parseOptions } from '../../src/cli/options.ts';

/** Arguments that real Envoy 1.40 answers without starting to serve. */
const CASES: readonly (readonly string[])[] = [
  ['--help'],
  ['-h'],
  ['-hh'],
  ['-c/path'],
  ['-c/x'],
  ['-lh'],
  ['--version', '--help'],
  ['--hot-restart-version'],
  ['--hot-restart-version', '--disable-hot-restart'],
  ['--config-path=/x'],
  ['foo'],
  ['', '-', '--mode', 'bogus'],
  ['--', 'foo', '--mode'],
  ['--foo'],
  ['-vx'],
  ['-c'],
  ['-c', '/x', '-c', '/y'],
  ['-c /x', '--config-path /y'],
  ['--config-path'],
  ['--mode'],
  ['--mode '],
  ['--mode', ''],
  ['--mode  bogus'],
  ['--mode bogus'],
  ['--mode', 'bogus'],
  ['-l', 'foo'],
  ['-l foo'],
  ['-l', 'INFO'],
  ['--component-log-level', 'foo'],
  ['--component-log-level', 'foo:bar'],
  ['--component-log-level', 'foo:info'],
  ['--component-log-level', 'upstream:info:x'],
  ['--component-log-level', 'upstream:info,'],
  ['--enable-fine-grain-logging', '--component-log-level', 'upstream:info'],
  ['--restart-epoch', '-1', '--use-dynamic-base-id'],
  ['--restart-epoch', '010', '--use-dynamic-base-id'],
  ['--restart-epoch', '+7', '--use-dynamic-base-id'],
  ['--restart-epoch', ' 7', '--use-dynamic-base-id'],
  ['--restart-epoch', '0x10'],
  ['--restart-epoch', '1 2'],
  ['--restart-epoch', '7 '],
  ['--restart-epoch', '12abc'],
  ['--restart-epoch', '1.5'],
  ['--restart-epoch', '4294967296'],
  ['--restart-epoch', '-4294967295', '--use-dynamic-base-id'],
  ['--restart-epoch', '', '--use-dynamic-base-id', '--mode', 'x'],
  ['--restart-epoch'],
  ['--concurrency', 'two'],
  ['--stats-tag', 'a'],
  ['--stats-tag', 'a-b:c'],
  ['--stats-tag', 'a:c.d'],
  ['--stats-tag', 'a:', '--mode', 'x'],
  ['--stats-tag', 'a:', '--stats-tag', 'b:.'],
  ['--stats-tag', ':b', '--stats-tag', 'b:.'],
  ['--socket-path', '/tmp/x', '--socket-mode', '9'],
  ['--socket-path', '/tmp/x', '--socket-mode', ''],
  ['--drain-strategy', 'foo'],
  ['--drain-strategy', 'foo', '--mode', 'validate'],
  ['--local-address-ip-version', 'v5'],
  ['--allow-unknown-fields', '--mode', 'x'],
  ['--skip-deprecated-logs', '--skip-deprecated-logs'],
  ['--version=1'],
  ['--log-format-escaped', 'true'],
];

function ours(program: string, argv: readonly string[]): { code: number; out: string; err: string } {
  try {
    parseOptions(program, argv);
    return { code: -1, out: '', err: 'parsed' };
  } catch (error) {
    if (!(error instanceof CliExit)) throw error;
    return { code: error.code, out: error.stdout, err: error.stderr };
  }
}

const envoy = process.env.ENVOY_BIN ?? 'envoy';
const probe = spawnSync(envoy, ['--version'], { encoding: 'utf8' });
const program = /^\s*(\S+) {2}version: .*\/1\.40\./.exec(probe.stdout ?? '')?.[1];

t.test('texts and exit codes are those of Envoy 1.40', { skip: program === undefined && 'no Envoy 1.40' }, (t) => {
  for (const argv of CASES) {
    const theirs = spawnSync(envoy, argv, { encoding: 'utf8' });
    const mine = ours(program ?? '', argv);
    const title = JSON.stringify(argv);
    if (mine.code === -1) {
      t.match(theirs.stderr, /At least one of --config-path or --config-yaml/, `${title}: both accept it`);
      continue;
    }
    t.equal(mine.code, theirs.status, `${title}: exit code`);
    t.equal(mine.err, theirs.stderr, `${title}: standard error`);
    const build = / version: \S+/;
    const shown = mine.out.replace(/^Beyond Envoy 1\.40:[\s\S]*/m, '').replace(build, ' version: X');
    t.equal(shown, theirs.stdout.replace(build, ' version: X'), `${title}: standard output`);
  }
  t.end();
});
