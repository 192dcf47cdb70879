import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { BYTES_PER_LOOP, defaultEventLoops, eventLoopsLine } from '../../src/process/event-loops.ts';

const loops = (perCpu: boolean, cpus: number, memory: number): number =>
  defaultEventLoops(
    perCpu,
    () => cpus,
    () => memory,
  );

t.test('one, whatever the machine has', async (t) => {
  t.equal(loops(false, 64, Number.POSITIVE_INFINITY), 1);
  t.equal(parseOptions('envoy', []).concurrency, 1);
  t.equal(parseOptions('envoy', ['--concurrency', '3']).concurrency, 3);
});

t.test('--cpuset-threads: one per CPU, as far as memory allows; --concurrency goes before it', async (t) => {
  t.equal(loops(true, 4, 100 * BYTES_PER_LOOP), 4);
  t.equal(loops(true, 4, 2 * BYTES_PER_LOOP + 1), 2);
  t.equal(loops(true, 4, BYTES_PER_LOOP - 1), 1);
  t.equal(parseOptions('envoy', ['--cpuset-threads']).concurrency, defaultEventLoops(true));
  t.equal(parseOptions('envoy', ['--cpuset-threads', '--concurrency', '7']).concurrency, 7);
});

t.test('the log says what was chosen and what else there is', async (t) => {
  t.equal(eventLoopsLine(1, false, 1), '');
  t.match(eventLoopsLine(1, false, 8), /^1 event loop on 8 CPUs: --concurrency N for more/);
  t.equal(eventLoopsLine(8, true, 8), '8 event loops on 8 CPUs');
  t.match(eventLoopsLine(2, true, 8), /^2 event loops on 8 CPUs: as many as fit/);
});
