/** MULTI, EXEC, DISCARD, WATCH and UNWATCH: as real Envoy 1.40, but for what docs/behaviour.md R31 to R33 say. */
import t from 'tap';
import {
  Client,
  FakeRedis,
  fakeStand as fake,
  type ProxyOptions,
  RealRedis,
  request,
  startProxy,
  type TestProxy,
  latin1 as text,
} from './harness.ts';

type Tap = Pick<typeof t, 'teardown' | 'equal'>;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const MULTI = request('MULTI');
const EXEC = request('EXEC');
const ABORTED = '-EXECABORT Transaction discarded because of previous errors.\r\n';
const FAILED = '-upstream failure\r\n';

async function asks(t: Tap, c: Client, rows: readonly string[][]): Promise<void> {
  for (const [words, reply] of rows) t.equal(await c.ask(request(...words.split(' ')), reply), reply, words);
}

async function real(
  t: Tap,
  options: ProxyOptions = {},
): Promise<{ redis: RealRedis; proxy: TestProxy; c: Client; d: Client }> {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], { envoy16: false, ...options });
  const [c, d] = [await Client.to(proxy.port), await Client.to(proxy.port)];
  t.teardown(async () => {
    c.close();
    d.close();
    await proxy.close();
    await redis.stop();
  });
  return { redis, proxy, c, d };
}

t.test('a transaction has a connection of its own, which ends with it', async (t) => {
  const { redis, proxy, c } = await fake(t);
  const other = await Client.to(proxy.port);
  t.teardown(() => other.close());
  other.write(request('GET', 'o'));
  await redis.expect(text(request('GET', 'o')), '+1\r\n', 0);
  await other.take(4);
  t.equal(await c.ask(MULTI, '+OK\r\n'), '+OK\r\n', 'answered here');
  const set = request('SET', 'k', 'v');
  c.write(set);
  t.equal(await redis.take(MULTI.length + set.length), text(MULTI, set));
  t.equal(redis.sockets.length, 2);
  redis.send('+OK\r\n+QUEUED\r\n', 1);
  t.equal((await c.take(9)).toString(), '+QUEUED\r\n', 'the answer to MULTI is nobody’s');
  other.write(request('GET', 'p'));
  await redis.expect(text(request('GET', 'p')), '+2\r\n', 0);
  t.equal((await other.take(4)).toString(), '+2\r\n', 'others go on meanwhile');
  const ended = new Promise((resolve) => redis.sockets[1].once('close', resolve));
  c.write(Buffer.concat([EXEC, request('GET', 'q')]));
  t.equal(await redis.take(EXEC.length), text(EXEC), 'what stands behind it is not asked before it is executed');
  redis.send('*1\r\n+OK\r\n', 1);
  await redis.expect(text(request('GET', 'q')), '+3\r\n', 0);
  t.equal((await c.take(13)).toString(), '*1\r\n+OK\r\n+3\r\n', 'in the order of the requests');
  await ended;
  t.equal(proxy.value('redis.p.command.multi.total'), 3, 'MULTI, SET and EXEC are its');
  t.equal(proxy.value('redis.p.command.multi.success'), 2);
  t.equal(proxy.value('redis.p.command.set.total'), 0);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  while (proxy.value('cluster.redis.upstream_cx_active') > 1) await turn();
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
});

t.test('what stands before and behind a transaction is executed before and behind it', async (t) => {
  const { c, proxy } = await real(t);
  const batch: Buffer[] = [];
  let expected = '';
  for (let i = 0; i < 200; i++) {
    const n = `${i + 1}`;
    const value = `$${n.length}\r\n${n}\r\n`;
    const words = [
      `SET n ${i}`,
      ...(i % 2 === 0 ? [] : ['WATCH n']),
      'MULTI',
      'INCR n',
      'GET n',
      'EXEC',
      'GET n',
      'PING',
    ];
    batch.push(...words.map((w) => request(...w.split(' '))));
    expected += `+OK\r\n${i % 2 === 0 ? '' : '+OK\r\n'}+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:${n}\r\n${value}${value}+PONG\r\n`;
  }
  t.equal(await c.ask(Buffer.concat(batch), expected), expected);
  t.equal(proxy.value('redis.p.downstream_rq_total'), batch.length);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(
    await c.ask(
      Buffer.concat([request('WATCH', 'n'), request('FLUSHALL'), MULTI, EXEC]),
      '+OK\r\n+OK\r\n+OK\r\n*-1\r\n',
    ),
    '+OK\r\n+OK\r\n+OK\r\n$-1\r\n',
  );
  c.write(Buffer.concat([...batch, request('QUIT')]));
  t.equal(await c.rest(), `${expected}+OK\r\n`, 'and all of it before the connection closes');
});

t.test('what may stand within, and what is answered without a host', async (t) => {
  const { c, proxy } = await real(t);
  await asks(t, c, [
    ['EXEC', '-EXEC without MULTI\r\n'],
    ['discard', '-DISCARD without MULTI\r\n'],
    ['UNWATCH', '+OK\r\n'],
    ['WATCH', "-wrong number of arguments for 'WATCH' command\r\n"],
    ['MULTI x', '+OK\r\n'],
    ['multi', '-MULTI calls can not be nested\r\n'],
    ['UNWATCH', '+QUEUED\r\n'],
    ['EXEC', '*0\r\n'],
    ['MULTI', '+OK\r\n'],
    ['DISCARD', '+OK\r\n'],
    ['MULTI', '+OK\r\n'],
    ['PING', '+PONG\r\n'],
    ['ECHO x', '$1\r\nx\r\n'],
    ['GET', '-invalid request\r\n'],
    ['FOO a', "-ERR unknown command 'FOO', with args beginning with: a\r\n"],
    ['HELLO 2', "-'hello' command is not supported within transaction\r\n"],
    ['CLIENT', "-'client' command is not supported within transaction\r\n"],
    ['Select 0', "-'Select' command is not supported within transaction\r\n"],
    ...[
      'EXISTS a',
      'EVAL x 1 a',
      'KEYS *',
      'SCAN 0',
      'INFO',
      'OBJECT ENCODING a',
      'RANDOMKEY',
      'CLUSTER INFO',
      'FLUSHALL',
    ].map((words) => [words, `-'${words.split(' ')[0]}' command is not supported within transaction\r\n`]),
    ['SET a 1', '+QUEUED\r\n'],
    ['MGET a b', '+QUEUED\r\n'],
    ['DEL a b', '+QUEUED\r\n'],
    ['MSET a 2 b 3', '+QUEUED\r\n'],
    ['SINTER x y', '+QUEUED\r\n'],
    ['INCR a', '+QUEUED\r\n'],
    ['WATCH a', '-ERR WATCH inside MULTI is not allowed\r\n'],
    ['EXEC', '*6\r\n+OK\r\n*2\r\n$1\r\n1\r\n$-1\r\n:1\r\n+OK\r\n*0\r\n:3\r\n'],
    ['GET a', '$1\r\n3\r\n'],
    ['MULTI', '+OK\r\n'],
    ['SET a', "-ERR wrong number of arguments for 'set' command\r\n"],
    ['SET a 5', '+QUEUED\r\n'],
    ['EXEC', ABORTED],
    ['MULTI', '+OK\r\n'],
    ['SET a 6', '+QUEUED\r\n'],
    ['DISCARD', '+OK\r\n'],
    ['GET a', '$1\r\n3\r\n'],
  ]);
  t.equal(proxy.value('redis.p.command.exec.total'), 1, 'without MULTI it is its own');
  t.equal(proxy.value('redis.p.command.select.total'), 0);
});

t.test('WATCH guards what is read behind it', async (t) => {
  const { c, d } = await real(t);
  await asks(t, c, [
    ['SET w 1', '+OK\r\n'],
    ['WATCH w', '+OK\r\n'],
    ['GET w', '$1\r\n1\r\n'],
  ]);
  await asks(t, d, [['SET w 5', '+OK\r\n']]);
  await asks(t, c, [
    ['MULTI', '+OK\r\n'],
    ['SET w 9', '+QUEUED\r\n'],
    ['EXEC', '$-1\r\n'],
    ['GET w', '$1\r\n5\r\n'],
    ['WATCH w x', '+OK\r\n'],
    ['WATCH y', '+OK\r\n'],
    ['MULTI', '+OK\r\n'],
    ['SET w 9', '+QUEUED\r\n'],
    ['EXEC', '*1\r\n+OK\r\n'],
    ['WATCH w', '+OK\r\n'],
  ]);
  await asks(t, d, [['SET w 5', '+OK\r\n']]);
  await asks(t, c, [
    ['UNWATCH', '+OK\r\n'],
    ['MULTI', '+OK\r\n'],
    ['SET w 7', '+QUEUED\r\n'],
    ['EXEC', '*1\r\n+OK\r\n'],
    ['WATCH ', '+OK\r\n'],
    ['MULTI', '+OK\r\n'],
    ['SET  1', '+QUEUED\r\n'],
    ['EXEC', '*1\r\n+OK\r\n'],
  ]);
});

t.test('requests between WATCH and MULTI follow the WATCH, split ones too', async (t) => {
  const { redis, c } = await fake(t);
  const all = [request('WATCH', 'k'), request('GET', 'k'), request('MGET', 'k', 'l'), MULTI];
  c.write(Buffer.concat(all));
  const parts = [all[0], all[1], request('get', 'k'), request('get', 'l'), MULTI];
  t.equal(await redis.take(text(...parts).length), text(...parts));
  t.equal(redis.sockets.length, 1);
});

t.test('when the connection is lost nothing of the transaction is executed', async (t) => {
  const { redis, proxy, c } = await fake(t);
  await asks(t, c, [['MULTI', '+OK\r\n']]);
  const set = request('SET', 'k', 'v');
  c.write(set);
  await redis.expect(text(MULTI, set), '+OK\r\n+QUEUED\r\n');
  await c.take(9);
  redis.sockets[0].destroy();
  while (proxy.value('cluster.redis.upstream_cx_active') > 0) await turn();
  await asks(t, c, [
    ['SET k w', FAILED],
    ['UNWATCH', FAILED],
    ['EXEC', ABORTED],
    ['EXEC', '-EXEC without MULTI\r\n'],
  ]);
  c.write(request('WATCH', 'k'));
  await redis.take(text(request('WATCH', 'k')).length);
  redis.send('+OK\r\n', 1);
  await c.take(5);
  redis.sockets[1].destroy();
  while (proxy.value('cluster.redis.upstream_cx_active') > 0) await turn();
  await asks(t, c, [
    ['WATCH l', '+OK\r\n'],
    ['MULTI', '+OK\r\n'],
    ['SET k w', FAILED],
    ['EXEC', ABORTED],
    ['MULTI', '+OK\r\n'],
    ['DISCARD', '+OK\r\n'],
  ]);
  t.equal(redis.sockets.length, 2, 'nothing was asked of it again');
  c.write(Buffer.concat([MULTI, set, EXEC]));
  await redis.take(text(MULTI, set, EXEC).length);
  redis.sockets[2].destroy();
  const failed = `+OK\r\n${FAILED}${FAILED}`;
  t.equal((await c.take(failed.length)).toString(), failed, 'on its way when it was lost');
  await asks(t, c, [['EXEC', '-EXEC without MULTI\r\n']]);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

t.test('a client that leaves in the middle takes its transaction along, and harms nobody', async (t) => {
  const { proxy, c, d } = await real(t);
  await asks(t, c, [
    ['SET a 1', '+OK\r\n'],
    ['WATCH a', '+OK\r\n'],
    ['MULTI', '+OK\r\n'],
    ['SET a 2', '+QUEUED\r\n'],
  ]);
  t.equal(proxy.value('cluster.redis.upstream_cx_active'), 2);
  c.close();
  while (proxy.value('cluster.redis.upstream_cx_active') > 1) await turn();
  await asks(t, d, [
    ['GET a', '$1\r\n1\r\n'],
    ['MULTI', '+OK\r\n'],
  ]);
  d.write(Buffer.concat([request('SET', 'a', '3'), EXEC]));
  d.socket.end();
  t.equal(await d.rest(), '+QUEUED\r\n*1\r\n+OK\r\n', 'what was asked for is done');
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  while (proxy.value('cluster.redis.upstream_cx_active') > 1) await turn();
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
});

t.test('values of many reads are queued like others', async (t) => {
  const { c } = await real(t);
  const big = 'x'.repeat(3 * 1024 * 1024);
  await asks(t, c, [['MULTI', '+OK\r\n']]);
  t.equal(await c.ask(request('SET', 'big', big), '+QUEUED\r\n'), '+QUEUED\r\n');
  await asks(t, c, [
    ['STRLEN big', '+QUEUED\r\n'],
    ['EXEC', `*2\r\n+OK\r\n:${big.length}\r\n`],
  ]);
});

t.test('prefixes are cut off every key, and copies get the whole transaction', async (t) => {
  const { redis, proxy, c } = await fake(t);
  const copy = await FakeRedis.start();
  const routed = await startProxy([redis.port], {
    envoy16: false,
    more: { copy: [copy.port] },
    config: {
      prefixRoutes: {
        routes: [
          {
            prefix: 'p:',
            removePrefix: true,
            cluster: 'redis',
            requestMirrorPolicy: [{ cluster: 'copy', excludeReadCommands: true }],
          },
        ],
      },
    },
  });
  const d = await Client.to(routed.port);
  t.teardown(async () => {
    d.close();
    await routed.close();
    await copy.close();
  });
  t.equal(proxy.value('cluster.redis.upstream_cx_total'), 0);
  await asks(t, d, [
    ['MULTI', '+OK\r\n'],
    ['SET q 1', '-no upstream host\r\n'],
  ]);
  d.write(
    Buffer.concat([request('MSET', 'p:a', '1', 'p:b', 'p:c'), request('GET', 'p:a'), request('INCR', 'q'), EXEC]),
  );
  const sent = text(MULTI, request('MSET', 'a', '1', 'b', 'p:c'), request('GET', 'a'), request('INCR', 'q'), EXEC);
  t.equal(await redis.take(sent.length), sent);
  t.equal(await copy.take(sent.length), sent, 'reads too');
  copy.send('-ERR no\r\n'.repeat(4));
  const answers = '+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n$1\r\n1\r\n:1\r\n';
  redis.send(`+OK\r\n${answers}`);
  t.equal((await d.take(answers.length)).toString(), answers);
  copy.sockets[0].on('close', () => {});
  copy.send('-ERR no\r\n');
  while (routed.value('cluster.copy.upstream_cx_active') > 0) await turn();
  await asks(t, c, [
    ['MULTI', '+OK\r\n'],
    ['DISCARD', '+OK\r\n'],
  ]);
});

t.test('with a v2 config too; before AUTH not', async (t) => {
  const { c } = await real(t, { envoy16: true });
  await asks(t, c, [
    ['MULTI', '+OK\r\n'],
    ['SET a 1', '+QUEUED\r\n'],
    ['EXEC', '*1\r\n+OK\r\n'],
  ]);
  const { c: d, proxy } = await fake(t, { config: { downstreamAuthPassword: { inlineString: 'x' } } });
  const noauth = '-NOAUTH Authentication required.\r\n';
  await asks(t, d, [
    ['MULTI', noauth],
    ['WATCH a', noauth],
    ['EXEC', noauth],
  ]);
  t.equal(proxy.value('cluster.redis.upstream_cx_total'), 0);
});
