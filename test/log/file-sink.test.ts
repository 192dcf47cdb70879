import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { FileSinks, type FileStats } from '../../src/log/file-sink.ts';

class Count {
  n = 0;
  inc(): void {
    this.n += 1;
  }
  set(n: number): void {
    this.n = n;
  }
}
const counters = (): Record<keyof FileStats, Count> => ({
  writeBuffered: new Count(),
  writeCompleted: new Count(),
  writeFailed: new Count(),
  writeTotalBuffered: new Count(),
  flushedByTimer: new Count(),
  reopenFailed: new Count(),
});
const dir = mkdtempSync(join(tmpdir(), 'envoylet-sink-'));

t.test('lines wait for the interval or for 64 KiB', async (t) => {
  const path = join(dir, 'a.log');
  const sinks = new FileSinks(20, 64);
  const stats = counters();
  sinks.stats = stats;
  const sink = sinks.open(path);
  t.equal(sinks.open(path), sink, 'one sink a path');
  sink.write('one\n');
  t.equal(readFileSync(path, 'utf8'), '', 'buffered');
  t.equal(stats.writeTotalBuffered.n, 4);
  const line = 'x'.repeat(1023) + '\n';
  for (let i = 0; i < 64; i++) sink.write(line);
  t.equal(readFileSync(path, 'utf8').length, 4 + 65536, 'more than 64 KiB leave at once');
  t.equal(stats.writeTotalBuffered.n, 0);
  t.equal(stats.writeBuffered.n, 65);
  t.equal(stats.writeCompleted.n, 1);
  sink.write('two\n');
  const keepAlive = setTimeout(() => {}, 10_000);
  while (stats.flushedByTimer.n === 0) await new Promise((resolve) => setImmediate(resolve));
  clearTimeout(keepAlive);
  t.match(readFileSync(path, 'utf8'), /two\n$/);
  sinks.close();
});

t.test('SIGUSR1: a rotated file gets what was written before, the new one the rest', (t) => {
  const path = join(dir, 'b.log');
  const sinks = new FileSinks();
  const stats = counters();
  sinks.stats = stats;
  const sink = sinks.open(path);
  sink.write('old\n');
  renameSync(path, `${path}.1`);
  sinks.reopen();
  sink.write('new\n');
  sinks.close();
  t.equal(readFileSync(`${path}.1`, 'utf8'), 'old\n');
  t.equal(readFileSync(path, 'utf8'), 'new\n');
  t.equal(stats.reopenFailed.n, 0);
  t.end();
});

t.test("a path that cannot be opened is an error with the system's reason", (t) => {
  const sinks = new FileSinks();
  t.throws(() => sinks.open(join(dir, 'no/such/dir')), {
    message: `unable to open file '${join(dir, 'no/such/dir')}': No such file or directory`,
  });
  t.throws(() => sinks.open(dir), { message: `unable to open file '${dir}': Is a directory` });
  t.end();
});

t.test('process.exit loses nothing; /dev/stdout works into a pipe', (t) => {
  const path = join(dir, 'c.log');
  const script = `import { FileSinks } from '${new URL('../../src/log/file-sink.ts', import.meta.url).href}';
    const sinks = new FileSinks();
    for (let i = 0; i < 100; i++) { sinks.open('${path}').write('f' + i + '\\n'); sinks.open('/dev/stdout').write('o' + i + '\\n'); }
    process.exit(0);`;
  const r = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  t.equal(r.stderr, '');
  t.ok(existsSync(path));
  t.equal(readFileSync(path, 'utf8').split('\n').length, 101);
  t.equal(r.stdout.split('\n').length, 101);
  t.end();
});
