import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { compileFormat, DEFAULT_FORMAT, escapeLine } from '../../src/log/format.ts';
import {
  activeLoggers,
  captureLog,
  configureLogging,
  flushLog,
  logger,
  parseLevel,
  reopenLog,
  setAllLevels,
  setLevel,
} from '../../src/log/logger.ts';

t.test('a line has the shape of Envoy 1.16 and 1.40', (t) => {
  const lines: string[] = [];
  const undo = captureLog((line) => lines.push(line));
  logger('main').info('starting main dispatch loop');
  undo();
  t.match(
    lines[0],
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]\[\d+\]\[info\]\[main\] \[[^\]]+:\d+\] starting main dispatch loop\n$/,
  );
  t.end();
});

t.test('levels: set for all, for one, for loggers made later', (t) => {
  const lines: string[] = [];
  const undo = captureLog((line) => lines.push(line));
  t.teardown(() => setAllLevels(2));
  configureLogging({ level: 3, components: [['upstream', 0]], format: '%n %l %v', escaped: false, path: '' });
  logger('main').info('no');
  logger('main').warn('yes');
  logger('upstream').trace('yes');
  t.same(lines, ['main warning yes\n', 'upstream trace yes\n']);
  t.equal(setLevel('no_such_logger', 1), false);
  t.equal(setLevel('pool', 1), true);
  t.equal(logger('pool').debugOn, true);
  setAllLevels(6);
  logger('pool').critical('off is off');
  t.equal(lines.length, 2);
  undo();
  t.equal(parseLevel('warn'), parseLevel('warning'));
  t.equal(parseLevel('Info'), -1);
  t.same(
    activeLoggers()
      .slice(0, 3)
      .map((l) => l.name),
    ['a2a', 'admin', 'ai_protocol_manager'],
  );
  t.end();
});

t.test('every spdlog flag that Envoy documents', (t) => {
  const at = new Date(2026, 10, 3, 15, 4, 5, 6).getTime();
  const f = (pattern: string, text = 'a\n"b"'): string => compileFormat(pattern)(at, 'warning', 'http', text);
  t.equal(f('%Y-%m-%d %T.%e'), '2026-11-03 15:04:05.006');
  t.equal(f('%a %A %b %B %C %D %H %I %M %S %p %R'), 'Tue Tuesday Nov November 26 11/03/26 15 03 04 05 PM 15:04');
  t.equal(f('%r|%f|%F|%E'), `03:04:05 PM|006000|006000000|${Math.floor(at / 1000)}`);
  t.equal(f('%l|%L|%n|%8n|%-8n|%=8n|%2!n'), 'warning|W|http|    http|http    |  http  |ht');
  t.equal(f('%v'), 'a\n"b"');
  t.equal(f('%_'), 'a\\n"b"');
  t.equal(f('%j'), 'a\\n\\"b\\"');
  t.equal(f('{"m":"%+"%*}'), '{"m":"a\\n\\"b\\""}');
  t.equal(f('100%% %q %P'), `100% %q ${process.pid}`);
  t.match(f('%z'), /^[+-]\d\d:\d\d$/);
  t.match(f(DEFAULT_FORMAT), /^\[2026-11-03 15:04:05\.006\]\[\d+\]\[warning\]\[http\]/);
  t.equal(f('%'), '%', 'a lone percent sign');
  t.end();
});

t.test('--log-format-escaped keeps a message on its line', (t) => {
  t.equal(escapeLine('a\nb\t"c" \\ é'), 'a\\nb\\t\\"c\\" \\\\ \\303\\251');
  t.end();
});

t.test('--log-path: appended, reopened after a rotation', (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'envoylet-log-')), 'envoylet.log');
  configureLogging({ level: 2, components: [], format: '%v', escaped: false, path });
  logger('main').info('one');
  flushLog();
  renameSync(path, `${path}.1`);
  logger('main').info('two');
  reopenLog();
  logger('main').info('three');
  flushLog();
  t.equal(readFileSync(`${path}.1`, 'utf8'), 'one\ntwo\n');
  t.equal(readFileSync(path, 'utf8'), 'three\n');
  t.throws(() => configureLogging({ level: 2, components: [], format: '%v', escaped: false, path: '/nonexistent/x' }));
  t.end();
});

t.test('nothing is lost when the process exits in the same turn', (t) => {
  const script = `import { logger } from '${new URL('../../src/log/logger.ts', import.meta.url).href}';
    for (let i = 0; i < 1000; i++) logger('main').warn('line ' + i);
    process.exit(3);`;
  const r = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  t.equal(r.status, 3);
  t.equal(r.stderr.split('\n').length, 1001);
  t.match(r.stderr, /line 999\n$/);
  t.end();
});
