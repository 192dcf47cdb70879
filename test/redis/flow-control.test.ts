import type { Socket } from 'node:net';
import t from 'tap';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { elapse } from '../support/manual-time.ts';
import { Client, FakeRedis, request, startProxy } from './harness.ts';

const MB = 1024 * 1024;

/** Answers every GET with `size` bytes, all at once, and counts what the kernel and the proxy took. */
function generous(size: number): (socket: Socket, data: Buffer) => void {
  const reply = Buffer.concat([Buffer.from(`$${size}\r\n`), Buffer.alloc(size, 'v'), Buffer.from('\r\n')]);
  return (socket, data) => {
    for (let n = data.toString('latin1').split('GET').length - 1; n > 0; n--) socket.write(reply);
  };
}

/** Loop turns until `check` holds. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** `n` upstream connections are paused and stay so: the kernel takes no more for their clients. */
async function stuck(proxy: { value(name: string): number }, n: number): Promise<void> {
  const flow = 'cluster.redis.upstream_flow_control';
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const paused = proxy.value(`${flow}_paused_reading_total`) - proxy.value(`${flow}_resumed_reading_total`);
    same = paused === n ? same + 1 : 0;
  }
}

t.test('a client that does not read pauses its upstream; others get a fresh connection; nothing is lost', async (t) => {
  const redis = await FakeRedis.start();
  const size = 8 * MB;
  redis.onData = generous(size);
  const proxy = await startProxy([redis.port]);
  const slow = await Client.to(proxy.port);
  slow.socket.pause();
  const count = 16;
  for (let i = 0; i < count; i++) slow.write(request('GET', `k${i}`));
  await stuck(proxy, 1);
  t.ok(proxy.value('redis.p.downstream_cx_tx_bytes_buffered') <= 2 * MB, 'bounded: the limit and the last read');

  redis.onData = (socket) => socket.write('$2\r\nhi\r\n');
  const other = await Client.to(proxy.port);
  t.equal(await other.ask(request('GET', 'x'), '$2\r\nhi\r\n'), '$2\r\nhi\r\n', 'not behind the slow one');
  t.equal(proxy.value('cluster.redis.upstream_cx_total'), 2);

  slow.socket.resume();
  const one = size + `$${size}\r\n`.length + 2;
  const all = await slow.take(one * count);
  for (let i = 0; i < count; i++) {
    if (all.toString('latin1', i * one, i * one + 10) !== `$${size}\r\n`) t.fail(`reply ${i}`);
  }
  await until(() => proxy.value('cluster.redis.upstream_cx_active') === 1);
  t.pass('the connection of the slow client has gone');
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  slow.close();
  other.close();
  await proxy.close();
  await redis.close();
});

t.test('a client that keeps others waiting behind it longer than op_timeout is let go', async (t) => {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port], { opTimeout: 2000 });
  const slow = await Client.to(proxy.port);
  const other = await Client.to(proxy.port);
  slow.socket.pause();
  slow.write(request('GET', 'big'));
  await redis.take(request('GET', 'big').length);
  other.write(request('GET', 'x'));
  await redis.take(request('GET', 'x').length);
  const size = 24 * MB;
  redis.send(Buffer.concat([Buffer.from(`$${size}\r\n`), Buffer.alloc(size, 'v'), Buffer.from('\r\n+X\r\n')]));
  await stuck(proxy, 1);
  t.equal(proxy.value('redis.p.downstream_cx_slow_reader_close'), 0, 'as long as nobody has waited long');
  await elapse(2000);
  t.equal((await other.take(4)).toString(), '+X\r\n');
  t.equal(proxy.value('redis.p.downstream_cx_slow_reader_close'), 1);
  t.equal(proxy.value('cluster.redis.upstream_rq_cancelled'), 1);
  t.equal(proxy.value('cluster.redis.upstream_rq_timeout'), 0);
  slow.close();
  other.close();
  await proxy.close();
  await redis.close();
});

t.test('an upstream that does not read pauses the clients that send to it', async (t) => {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port], { cluster: { perConnectionBufferLimitBytes: MB } });
  const c = await Client.to(proxy.port);
  c.write(request('SET', 'a', '1'));
  await redis.take(request('SET', 'a', '1').length);
  redis.sockets[0].pause();
  const one = request('SET', 'k', Buffer.alloc(MB, 'v'));
  const count = 40;
  for (let i = 0; i < count; i++) c.write(one);
  await until(() => proxy.value('cluster.redis.upstream_flow_control_backed_up_total') > 0);
  await until(() => proxy.value('redis.p.downstream_flow_control_paused_reading_total') > 0);
  t.ok(proxy.value('redis.p.downstream_cx_rx_bytes_total') < count * one.length, 'not all was read');
  let got = 0;
  redis.onData = (_socket, data) => void (got += data.length);
  redis.sockets[0].resume();
  await until(() => got === count * one.length);
  redis.send('+OK\r\n'.repeat(count + 1));
  t.equal((await c.take(5 * (count + 1))).length, 5 * (count + 1));
  c.close();
  await proxy.close();
  await redis.close();
});

t.test('a large reply is forwarded while it arrives; if its host fails half-way the client is closed', async (t) => {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port]);
  const c = await Client.to(proxy.port);
  c.write(request('GET', 'a'));
  await redis.expect(request('GET', 'a').toString(), `$${10 * MB}\r\n`);
  const first = Buffer.alloc(MB, 'x');
  redis.send(first);
  await c.take(MB / 2);
  t.pass('before the rest was there');
  redis.sockets[0].destroy();
  const rest = await c.rest();
  t.notMatch(rest, /upstream failure/);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  await proxy.close();
  await redis.close();
});

t.test('a pipeline longer than a client may have outstanding is answered whole', async (t) => {
  const redis = await FakeRedis.start();
  const get = request('GET', 'a');
  let bytes = 0;
  redis.onData = (socket, data) => {
    bytes += data.length;
    const n = Math.floor(bytes / get.length);
    bytes -= n * get.length;
    socket.write('+A\r\n'.repeat(n));
  };
  const proxy = await startProxy([redis.port]);
  const c = await Client.to(proxy.port);
  const count = 50_000;
  c.write(Buffer.concat(new Array(count).fill(get)));
  const back = await c.take(4 * count);
  t.equal(back.toString('latin1'), '+A\r\n'.repeat(count));
  c.close();
  await proxy.close();
  await redis.close();
});

t.test('requests of many clients wait a turn for one another; those of few, or of one alone, do not', async (t) => {
  const redis = await FakeRedis.start();
  const reads: string[] = [];
  redis.onData = (_socket, data) => void reads.push(data.toString('latin1'));
  const proxy = await startProxy([redis.port]);
  const a = await Client.to(proxy.port);
  const others = await Promise.all(['b', 'c', 'd'].map(() => Client.to(proxy.port)));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const bytes = request('GET', 'a').length;
  const arrived = (n: number): Promise<void> => until(() => reads.join('').length >= n * bytes);
  a.write(request('GET', 'a'));
  await arrived(1);
  reads.length = 0;

  // Each of these is read in a turn of its own.
  for (const x of [a, a, a]) {
    x.write(request('GET', 'a'));
    await turn();
  }
  await arrived(3);
  t.equal(reads.length, 3, 'a client alone: a write each');
  const writes = async (): Promise<number> => {
    reads.length = 0;
    for (const x of others) {
      x.write(request('GET', 'o'));
      await turn();
    }
    await arrived(3);
    return reads.length;
  };
  t.equal(await writes(), 3, 'few clients: a write each');
  const idle = await Promise.all(['e', 'f', 'g', 'h'].map(() => Client.to(proxy.port)));
  await until(() => proxy.value('redis.p.downstream_cx_active') === 8);
  t.ok((await writes()) < 3, `many clients: fewer writes than requests, ${reads.length}`);

  redis.send('+1\r\n+2\r\n+3\r\n+4\r\n+B\r\n+C\r\n+D\r\n+E\r\n+F\r\n+G\r\n');
  t.equal(String(await a.take(16)), '+1\r\n+2\r\n+3\r\n+4\r\n');
  t.equal((await Promise.all(others.map((x) => x.take(8)))).join(''), '+B\r\n+E\r\n+C\r\n+F\r\n+D\r\n+G\r\n');
  for (const x of [a, ...others, ...idle]) x.close();
  await proxy.close();
  await redis.close();
});

t.test(
  'requests that never end are given up where they exceed the budget by themselves; others are served',
  async (t) => {
    const redis = await FakeRedis.start();
    redis.onData = (socket) => void socket.write('+OK\r\n');
    heldMemory.budget = 2 * MB;
    const proxy = await startProxy([redis.port]);
    const whole = request('SET', 'k', Buffer.alloc(MB, 'v'));
    const half = whole.subarray(0, MB / 2);
    const clients = await Promise.all(Array.from({ length: 12 }, () => Client.to(proxy.port)));
    for (const c of clients) c.write(half);
    await until(() => proxy.value('redis.p.downstream_cx_active') < 12);
    await until(() => proxy.value('redis.p.downstream_cx_rx_bytes_total') >= 4 * half.length);
    t.ok(heldMemory.bytes <= 3 * MB, `${heldMemory.bytes} of 6 MiB`);
    t.ok(proxy.value('redis.p.downstream_cx_active') >= 3, 'no more than it takes');
    const other = await Client.to(proxy.port);
    t.equal(await other.ask(request('SET', 'a', 'b'), '+OK\r\n'), '+OK\r\n');
    for (const c of [...clients, other]) c.close();
    await until(() => heldMemory.bytes === 0);
    heldMemory.budget = Number.POSITIVE_INFINITY;
    await proxy.close();
    await redis.close();
  },
);
