import t from 'tap';
import { Client, FakeRedis, request, startProxy } from './harness.ts';

t.test('a request and its reply pass unchanged, pipelined ones in one piece', async (t) => {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port]);
  const c = await Client.to(proxy.port);
  c.write(Buffer.concat([request('GET', 'a'), request('set', 'b', 'x\r\ny'), request('gEt', 'c')]));
  const sent =
    '*2\r\n$3\r\nGET\r\n$1\r\na\r\n*3\r\n$3\r\nset\r\n$1\r\nb\r\n$4\r\nx\r\ny\r\n*2\r\n$3\r\ngEt\r\n$1\r\nc\r\n';
  t.equal(await redis.take(sent.length), sent);
  redis.send('$-1\r\n+OK\r\n*2\r\n*-1\r\n:1\r\n');
  const back = '$-1\r\n+OK\r\n*2\r\n$-1\r\n:1\r\n';
  t.equal((await c.take(back.length)).toString('latin1'), back);
  t.equal(proxy.value('redis.p.command.get.total'), 2);
  t.equal(proxy.value('redis.p.command.get.success'), 2);
  t.equal(proxy.value('redis.p.downstream_rq_total'), 3);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(proxy.value('cluster.redis.upstream_rq_total'), 3);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
  c.close();
  await proxy.close();
  await redis.close();
});
