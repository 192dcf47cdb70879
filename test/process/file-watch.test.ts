/** What FileWatch tells of, and what it does not. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { FileWatch } from '../../src/process/file-watch.ts';

t.test(
  'a file that was moved there is told once, others only where all are wanted; after the end nothing',
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'watch-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    // Watching alone keeps no process alive.
    const alive = setInterval(() => {}, 1000);
    t.teardown(() => clearInterval(alive));
    const told: string[] = [];
    let next = (): void => {};
    const until = (name: string): Promise<void> =>
      new Promise((resolve) => {
        next = () => told.includes(name) && resolve();
      });
    const watch = (name: string, file: string): FileWatch => {
      const w = new FileWatch(() => {
        told.push(name);
        next();
      });
      w.add(directory, file);
      t.teardown(() => w.close());
      return w;
    };
    const one = watch('one', 'wanted');
    watch('any', '');
    const put = (name: string): void => {
      writeFileSync(join(directory, `.${name}`), name);
      renameSync(join(directory, `.${name}`), join(directory, name));
    };
    put('other');
    await until('any');
    t.same(told, ['any']);
    put('wanted');
    await until('one');
    told.length = 0;
    one.close();
    put('wanted');
    await until('any');
    t.notOk(told.includes('one'));
    t.throws(() => watch('never', '').add('/nowhere', ''), { code: 'ENOENT' });
  },
);
