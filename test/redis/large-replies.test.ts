/** Arrays that are put together of several hosts' replies, and long replies, which go from where they were read to the kernel. */
import t from 'tap';
import { Client, FakeRedis, request, startProxy } from './harness.ts';

const KB = 1024;

/** Loop turns until `check` holds. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setImmediate(resolve));
}

/** Bytes that tell which they are, wherever they end up. */
function replyFor(key: string, bytes: number): string {
  let text = '';
  for (let i = 0; text.length < bytes; i++) text += `${key}:${i} `;
  return `$${bytes}\r\n${text.slice(0, bytes)}\r\n`;
}

t.test('elements of an array wait for one another while they are few bytes, and go out in one piece', async (t) => {
  const [one, two] = [await FakeRedis.start(), await FakeRedis.start()];
  const proxy = await startProxy([one.port, two.port]);
  const c = await Client.to(proxy.port);
  c.write(request('MGET', 'a', 'b', 'c', 'd'));
  const [a, b] = [request('get', 'a').length * 2, request('get', 'b').length * 2];
  const asked = await Promise.all([one.take(a), two.take(b)]);
  const keys = asked.map((text) => [...text.matchAll(/\r\n([abcd])\r\n/g)].map((m) => m[1]));
  t.same(keys.flat().sort(), ['a', 'b', 'c', 'd']);
  const out = (): number =>
    proxy.value('redis.p.downstream_cx_tx_bytes_total') + proxy.value('redis.p.downstream_cx_tx_bytes_buffered');
  two.send(keys[1].map((key) => `$1\r\n${key}\r\n`).join(''));
  await until(() => proxy.value('cluster.redis.upstream_rq_active') === 2);
  one.send(`$1\r\n${keys[0][0]}\r\n`);
  await until(() => proxy.value('cluster.redis.upstream_rq_active') === 1);
  t.equal(out(), 0, 'three of four');
  one.send(`$1\r\n${keys[0][1]}\r\n`);
  const whole = '*4\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n';
  t.equal((await c.take(whole.length)).toString('latin1'), whole);

  // A host that fails half-way leaves an error in its elements' places.
  c.write(request('MGET', 'a', 'b', 'c', 'd'));
  await Promise.all([one.take(a), two.take(b)]);
  two.send(keys[1].map((key) => `$1\r\n${key}\r\n`).join(''));
  one.sockets[0].destroy();
  const failed = [...'abcd'].map((k) => (keys[1].includes(k) ? `$1\r\n${k}\r\n` : '-upstream failure\r\n')).join('');
  t.equal((await c.take(4 + failed.length)).toString('latin1'), `*4\r\n${failed}`);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  c.close();
  await proxy.close();
  await Promise.all([one.close(), two.close()]);
});

t.test('much of an array does not wait for the rest of it', async (t) => {
  const [one, two] = [await FakeRedis.start(), await FakeRedis.start()];
  const proxy = await startProxy([one.port, two.port]);
  const c = await Client.to(proxy.port);
  for (const bytes of [9 * KB, 20 * KB, 300 * KB]) {
    c.write(request('MGET', 'a', 'b', 'c', 'd'));
    const n = request('get', 'a').length * 2;
    const asked = await Promise.all([one.take(n), two.take(n)]);
    const [early, late] = asked[0].includes('\r\na\r\n') ? [one, two] : [two, one];
    const keys = asked.map((text) => [...text.matchAll(/\r\n([abcd])\r\n/g)].map((m) => m[1]));
    const [first, second] = early === one ? keys : [keys[1], keys[0]];
    // The second of these comes in the middle of the array, so only what stands before the other host's first is due.
    early.send(first.map((key) => replyFor(key, bytes)).join(''));
    const due = `*4\r\n${replyFor('a', bytes)}`;
    t.equal(
      (await c.take(due.length)).toString('latin1') === due,
      true,
      `${bytes} bytes, before the other host says anything`,
    );
    late.send(second.map((key) => replyFor(key, bytes)).join(''));
    const rest = ['b', 'c', 'd'].map((key) => replyFor(key, bytes)).join('');
    t.equal((await c.take(rest.length)).toString('latin1') === rest, true, `${bytes} bytes, the rest`);
  }
  c.close();
  await proxy.close();
  await Promise.all([one.close(), two.close()]);
});

t.test(
  'long replies of two hosts, cut anywhere, reach many clients as they were, also one that reads late',
  async (t) => {
    const sizes = [40, 1030, 17 * KB, 100 * KB, 130 * KB, 300 * KB];
    const hosts = [await FakeRedis.start(), await FakeRedis.start()];
    const cut = 70_001;
    for (const host of hosts) {
      const waiting: Buffer[] = [];
      let busy = false;
      // A piece a turn, so that reads end in the middle of replies, of headers and of line ends.
      const next = (): void => {
        const all = Buffer.concat(waiting.splice(0));
        busy = all.length > 0;
        if (!busy) return;
        host.sockets[0].write(all.subarray(0, cut));
        if (all.length > cut) waiting.push(all.subarray(cut));
        setImmediate(next);
      };
      let text = '';
      host.onData = (_socket, data) => {
        text += data.toString('latin1');
        for (let m = GET.exec(text); m !== null; m = GET.exec(text)) {
          text = text.slice(m[0].length);
          waiting.push(Buffer.from(replyFor(m[1], sizes[Number(m[1].split('-')[1])]), 'latin1'));
        }
        if (!busy) next();
      };
    }
    const proxy = await startProxy(hosts.map((h) => h.port));
    const clients = await Promise.all(Array.from({ length: 6 }, () => Client.to(proxy.port)));
    clients[0].socket.pause();
    const wanted = clients.map((c, i) => {
      let asked = '';
      let answer = '';
      for (let k = 0; k < 12; k++) {
        const size = (i + k) % sizes.length;
        const [key, other] = [`c${i}k${k}-${size}`, `o${i}k${k}-${k % 3}`];
        const [one, two] = [replyFor(key, sizes[size]), replyFor(other, sizes[k % 3])];
        asked += (k % 2 === 0 ? request('get', key) : request('MGET', key, other)).toString('latin1');
        answer += k % 2 === 0 ? one : `*2\r\n${one}${two}`;
      }
      c.write(asked);
      return answer;
    });
    const check = async (i: number): Promise<void> => {
      const got = (await clients[i].take(wanted[i].length)).toString('latin1');
      t.ok(got === wanted[i], `client ${i}: ${wanted[i].length} bytes`);
    };
    await Promise.all([1, 2, 3].map(check));
    clients[0].socket.resume();
    await Promise.all([0, 4, 5].map(check));
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
    for (const c of clients) c.close();
    await proxy.close();
    await Promise.all(hosts.map((h) => h.close()));
  },
);
const GET = /^\*2\r\n\$3\r\nget\r\n\$\d+\r\n([^\r]*)\r\n/i;
