import { once } from 'node:events';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { TICK_MS, Timer } from '../../src/transport/timers.ts';
import { Child } from '../support/child.ts';

/** The wheel's own clock is not ours to turn: these tests look at order and number, never at durations. */
function keepAlive(): () => void {
  const handle = setInterval(() => {}, 1000);
  return () => clearInterval(handle);
}

t.test('timers fire once, in the order of their deadlines, never early', async (t) => {
  const done = keepAlive();
  const fired: string[] = [];
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const late = new Timer(() => {
      fired.push('late');
      resolve();
    });
    const early = new Timer(() => fired.push('early'));
    late.arm(60);
    early.arm(20);
  });
  t.same(fired, ['early', 'late']);
  t.ok(performance.now() - start >= 60, 'not before its deadline');
  done();
});

t.test('a deadline is rounded up from the time that it is counted from, not from the tick after that', async (t) => {
  const apart: number[] = [];
  // More than once: in one turn of ten thousand the time is a tick's own.
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    const [now, oneMore] = [new Timer(() => {}), new Timer(() => {})];
    now.arm(0.001);
    oneMore.arm(TICK_MS);
    apart.push(oneMore.tick - now.tick);
    now.cancel();
    oneMore.cancel();
  }
  t.ok(apart.includes(1), apart.join());
});

t.test('a cancelled timer does not fire, and can be armed again', async (t) => {
  const done = keepAlive();
  let fired = 0;
  const timer = new Timer(() => fired++);
  timer.arm(TICK_MS);
  timer.cancel();
  t.notOk(timer.armed);
  await new Promise<void>((resolve) => {
    new Timer(resolve).arm(5 * TICK_MS);
  });
  t.equal(fired, 0);
  timer.arm(TICK_MS);
  t.ok(timer.armed);
  await new Promise<void>((resolve) => {
    new Timer(resolve).arm(5 * TICK_MS);
  });
  t.equal(fired, 1);
  done();
});

t.test('pushing a deadline later postpones, pulling it earlier hastens', async (t) => {
  const done = keepAlive();
  const fired: string[] = [];
  await new Promise<void>((resolve) => {
    const pushed = new Timer(() => {
      fired.push('pushed');
      resolve();
    });
    const pulled = new Timer(() => fired.push('pulled'));
    const between = new Timer(() => fired.push('between'));
    pushed.arm(TICK_MS);
    pushed.arm(200);
    pulled.arm(10_000);
    pulled.arm(20);
    between.arm(100);
  });
  t.same(fired, ['pulled', 'between', 'pushed']);
  done();
});

t.test('a callback may cancel or re-arm timers that are due in the same walk', async (t) => {
  const done = keepAlive();
  const fired: string[] = [];
  await new Promise<void>((resolve) => {
    const victim = new Timer(() => fired.push('victim'));
    let again: Timer;
    const killer = new Timer(() => {
      fired.push('killer');
      victim.cancel();
      again.arm(30);
    });
    again = new Timer(() => {
      fired.push('again');
      resolve();
    });
    // The list of a slot is last in, first out: the killer goes first.
    again.arm(20);
    victim.arm(20);
    killer.arm(20);
  });
  t.same(fired, ['killer', 'again']);
  done();
});

t.test('deadlines beyond one turn of the wheel wait for their turn', async (t) => {
  const done = keepAlive();
  let fired = false;
  const far = new Timer(() => {
    fired = true;
  });
  far.arm(8192 * TICK_MS + 30);
  await new Promise<void>((resolve) => {
    new Timer(resolve).arm(80);
  });
  t.notOk(fired, 'the same slot came up, a turn too early');
  far.cancel();
  done();
});

t.test('a timer armed with the time of a turn that began before the last walk is not lost', async (t) => {
  const done = keepAlive();
  const fired: string[] = [];
  const other = new Timer(() => {});
  other.arm(600_000);
  await new Promise<void>((resolve) => {
    const late = new Timer(() => {
      fired.push('late');
      resolve();
    });
    const first = new Timer(() => {
      fired.push('first');
      // Its turn began, and its clock was read, long before this walk.
      late.arm(TICK_MS);
    });
    setImmediate(() => {
      first.arm(TICK_MS);
      const until = performance.now() + 10 * TICK_MS;
      while (performance.now() < until);
    });
    // A wheel's turn is 82 s: a lost timer would end the test here.
    setTimeout(() => {
      fired.push('lost');
      resolve();
    }, 5000).unref();
  });
  t.same(fired, ['first', 'late']);
  other.cancel();
  done();
});

t.test('what becomes due while a callback takes long fires right after it', async (t) => {
  const done = keepAlive();
  // 82 s later without it: the slot lay behind the wheel's hand.
  const first = await new Promise<string>((resolve) => {
    const between = new Timer(() => resolve('timer'));
    new Timer(() => {
      const until = performance.now() + 8 * TICK_MS;
      while (performance.now() < until);
      setTimeout(resolve, 3000, 'the wheel slept on').unref();
    }).arm(TICK_MS);
    between.arm(4 * TICK_MS);
  });
  t.equal(first, 'timer');
  done();
});

t.test('what has come while the loop stood still is read before a timer says that it did not', async (t) => {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ours = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [theirs] = (await once(server, 'connection')) as [net.Socket];
  t.teardown(() => {
    ours.destroy();
    server.close();
  });
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    ours.on('data', () => order.push('data'));
    // Straight after this phase of the loop come its timers.
    setImmediate(() => {
      const timer = new Timer(() => {
        order.push('timer');
        resolve();
      });
      timer.arm(2 * TICK_MS);
      theirs.write('x');
      const until = performance.now() + 10 * TICK_MS;
      while (performance.now() < until);
    });
  });
  t.same(order, ['data', 'timer']);
});

t.test(
  'a callback that throws costs no other timer: those due with it fire, those after it too, and the defect is seen',
  async (t) => {
    const timers = JSON.stringify(fileURLToPath(new URL('../../src/transport/timers.ts', import.meta.url)));
    const child = new Child(process.execPath, [
      '--input-type=module',
      '-e',
      `import { Timer } from ${timers};
    process.on('uncaughtException', (e) => console.log('caught ' + e.message));
    // Without the wheel's own wake-up nothing would hold the process: this one ends it after all.
    const end = setTimeout(() => process.exit(1), 5000);
    // The list of a slot is last in, first out: the one that throws is between the others.
    new Timer(() => console.log('behind')).arm(20);
    new Timer(() => { throw new Error('defect'); }).arm(20);
    new Timer(() => console.log('before')).arm(20);
    new Timer(() => { console.log('later'); clearTimeout(end); }).arm(100);`,
    ]);
    t.equal(await child.ended(), 0, child.output);
    t.same(child.output.trim().split('\n'), ['before', 'behind', 'caught defect', 'later']);
  },
);
