import t from 'tap';
import { OFF_BYTES, ON_BYTES, saverFlag, watchMemory } from '../../src/process/memory-saver.ts';

t.test('on above the upper bound, off below the lower one, nothing in between', async (t) => {
  t.equal(saverFlag(false, ON_BYTES), '');
  t.equal(saverFlag(false, ON_BYTES + 1), '--memory-saver-mode');
  t.equal(saverFlag(true, ON_BYTES + 1), '');
  t.equal(saverFlag(true, OFF_BYTES), '');
  t.equal(saverFlag(true, OFF_BYTES - 1), '--no-memory-saver-mode');
  t.equal(saverFlag(false, OFF_BYTES - 1), '');
});

t.test('each change is set once', async (t) => {
  const sizes = [60, 100, 120, 90, 70, 60].map((mib) => mib * 1024 * 1024);
  const flags: string[] = [];
  await new Promise<void>((resolve) => {
    const timer = watchMemory(
      (flag) => flags.push(flag),
      () => {
        const size = sizes.shift();
        if (size === undefined) resolve();
        return size ?? 0;
      },
    );
    // The interval would come six times a second apart: called by hand instead.
    const look = (timer as unknown as { _onTimeout(): void })._onTimeout;
    while (sizes.length > 0) look();
    look();
    clearInterval(timer);
  });
  t.same(flags, ['--memory-saver-mode', '--no-memory-saver-mode']);
});
