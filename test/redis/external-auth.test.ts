/** AUTH that is asked of somebody: what comes behind waits, and what happens meanwhile. The answers themselves: conformance redis-fields/external-auth*. */
import t from 'tap';
import type { Verdict } from '../../src/redis/external-auth.ts';
import { type FakeStand, fakeStand, request } from './harness.ts';

const ALLOWED: Verdict = { text: null, helloText: null, authorised: true, untilMs: Number.POSITIVE_INFINITY };
const DENIED: Verdict = { ...ALLOWED, text: '-ERR no\r\n', helloText: '-WRONGPASS no\r\n', authorised: false };
const FAILED: Verdict = { ...DENIED, text: '-ERR failed\r\n', authorised: null };
const NOAUTH = '-NOAUTH Authentication required.\r\n';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Service {
  readonly asked: string[] = [];
  cancelled = 0;
  answer: (verdict: Verdict) => void = () => {};

  ask(_connection: unknown, username: string, password: string, done: (verdict: Verdict) => void): { cancel(): void } {
    this.asked.push(`${username}/${password}`);
    this.answer = done;
    return { cancel: () => void this.cancelled++ };
  }

  async wasAsked(n: number): Promise<void> {
    while (this.asked.length < n) await turn();
  }
}

async function stand(t: { teardown(fn: () => unknown): void }): Promise<FakeStand & { service: Service }> {
  const service = new Service();
  return { service, ...(await fakeStand(t, { externalAuth: service })) };
}

t.test('requests behind AUTH are looked at when it is answered, in their order, large ones too', async (t) => {
  const { service, redis, proxy, c } = await stand(t);
  t.equal(await c.ask(request('GET', 'a'), NOAUTH), NOAUTH);
  const big = 'x'.repeat(2 * 1024 * 1024);
  const behind = [request('SET', 'a', big), request('GET', 'a'), request('PING')];
  c.write(Buffer.concat([request('PING'), request('AUTH', 'bob', 'secret'), ...behind]));
  await service.wasAsked(1);
  t.equal((await c.take(NOAUTH.length)).toString(), NOAUTH, 'what came before it');
  t.equal(proxy.value('cluster.redis.upstream_rq_total'), 0);
  service.answer(ALLOWED);
  t.equal((await c.take(5)).toString(), '+OK\r\n');
  await redis.expect(Buffer.concat(behind.slice(0, 2)).toString('latin1'), '+OK\r\n$1\r\na\r\n');
  t.equal((await c.take(19)).toString(), '+OK\r\n$1\r\na\r\n+PONG\r\n');
  t.equal(proxy.value('redis.p.downstream_rq_total'), 6, 'each counted once');
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  c.write(Buffer.concat([request('AUTH', 'again'), request('PING')]));
  await service.wasAsked(2);
  service.answer(FAILED);
  t.equal((await c.take(20)).toString(), '-ERR failed\r\n+PONG\r\n', 'as before');
  c.write(Buffer.concat([request('AUTH', 'c'), request('PING')]));
  await service.wasAsked(3);
  service.answer(DENIED);
  t.equal((await c.take(9 + NOAUTH.length)).toString(), `-ERR no\r\n${NOAUTH}`);
  c.write(request('HELLO', '2', 'AUTH', 'd', 'e'));
  await service.wasAsked(4);
  service.answer(DENIED);
  t.equal((await c.take(15)).toString(), '-WRONGPASS no\r\n');
  t.same(service.asked, ['bob/secret', '/again', '/c', 'd/e']);
});

t.test('what was allowed for a time is not allowed after it', async (t) => {
  const { service, c } = await stand(t);
  c.write(request('AUTH', 'a'));
  await service.wasAsked(1);
  service.answer({ ...ALLOWED, untilMs: 1 });
  await c.take(5);
  t.equal(await c.ask(request('PING'), NOAUTH), NOAUTH);
  c.write(request('AUTH', 'a'));
  await service.wasAsked(2);
  service.answer({ ...ALLOWED, untilMs: Date.now() + 1e9 });
  await c.take(5);
  t.equal(await c.ask(request('PING'), '+PONG\r\n'), '+PONG\r\n');
});

t.test(
  'a client that waits is not read, and ends neither by a drain nor by its own half close before it is answered',
  async (t) => {
    const { service, proxy, c } = await stand(t);
    c.write(request('AUTH', 'a'));
    await service.wasAsked(1);
    proxy.drain.setHealthFailed(true);
    c.write(request('PING'));
    const more = Buffer.alloc(16 * 1024 * 1024, request('PING'));
    let written = false;
    c.socket.write(more, () => (written = true));
    for (let i = 0; i < 100; i++) await turn();
    t.equal(written, false, 'the rest stands in the sockets');
    t.ok(proxy.value('redis.p.downstream_cx_rx_bytes_total') < more.length);
    service.answer(DENIED);
    t.match((await c.take(9)).toString(), '-ERR no\r\n');

    const { service: other, c: d } = await stand(t);
    d.write(Buffer.concat([request('AUTH', 'a'), request('PING')]));
    d.socket.end();
    await other.wasAsked(1);
    other.answer(ALLOWED);
    t.equal(await d.rest(), '+OK\r\n+PONG\r\n');
  },
);

t.test('who leaves is not asked about any more', async (t) => {
  const { service, proxy, c } = await stand(t);
  c.write(Buffer.concat([request('AUTH', 'a'), request('PING')]));
  await service.wasAsked(1);
  await proxy.close();
  while (service.cancelled === 0) await turn();
  service.answer(ALLOWED);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(proxy.value('redis.p.downstream_cx_active'), 0);
});
