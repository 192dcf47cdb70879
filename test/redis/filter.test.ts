import t from 'tap';
import { commandTable } from '../../src/redis/commands.ts';
import { Client, FakeRedis, freePort, type ProxyOptions, request, startProxy, type TestProxy } from './harness.ts';

const NO_PAIR = '-ERR Client sent AUTH, but no username-password pair is set\r\n';
const GREETING =
  '*14\r\n$6\r\nserver\r\n$17\r\nenvoy-redis-proxy\r\n$7\r\nversion\r\n$5\r\n6.0.0\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:0\r\n' +
  '$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n';

interface Stand {
  readonly redis: FakeRedis;
  readonly proxy: TestProxy;
  readonly c: Client;
}

/** The next bytes are these. */
async function gets(t: Pick<Tap, 'equal'>, c: Client, expected: string, what?: string): Promise<void> {
  t.equal((await c.take(expected.length)).toString('latin1'), expected, what ?? 'reply');
}

/** A test with one scripted upstream, a proxy and a client. */
function withFake(name: string, run: (t: Tap, s: Stand) => Promise<void>, options: ProxyOptions = {}): void {
  t.test(name, async (t) => {
    const redis = await FakeRedis.start();
    const proxy = await startProxy([redis.port], options);
    const c = await Client.to(proxy.port);
    t.teardown(async () => {
      c.close();
      await proxy.close();
      await redis.close();
    });
    await run(t, { redis, proxy, c });
  });
}
type Tap = Pick<typeof t, 'equal' | 'ok' | 'notOk' | 'same' | 'fail' | 'teardown'>;

withFake('a request and its reply pass unchanged, pipelined ones in one piece', async (t, { redis, proxy, c }) => {
  c.write(Buffer.concat([request('GET', 'a'), request('set', 'b', 'x\r\ny'), request('gEt', 'c')]));
  const sent =
    '*2\r\n$3\r\nGET\r\n$1\r\na\r\n*3\r\n$3\r\nset\r\n$1\r\nb\r\n$4\r\nx\r\ny\r\n*2\r\n$3\r\ngEt\r\n$1\r\nc\r\n';
  t.equal(await redis.take(sent.length), sent);
  redis.send('$-1\r\n+OK\r\n*2\r\n*-1\r\n:1\r\n');
  const back = '$-1\r\n+OK\r\n*2\r\n$-1\r\n:1\r\n';
  await gets(t, c, back);
  t.equal(proxy.value('redis.p.command.get.total'), 2);
  t.equal(proxy.value('redis.p.command.get.success'), 2);
  t.equal(proxy.value('redis.p.downstream_rq_total'), 3);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(proxy.value('redis.p.downstream_cx_active'), 1);
  t.equal(proxy.value('cluster.redis.upstream_rq_total'), 3);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
  t.equal(proxy.value('cluster.redis.upstream_cx_total'), 1);
});

withFake('error replies of a simple command count as success', async (t, { redis, proxy, c }) => {
  c.write(request('GET', 'a'));
  await redis.expect('*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '-WRONGTYPE x\r\n');
  await gets(t, c, '-WRONGTYPE x\r\n');
  t.equal(proxy.value('redis.p.command.get.success'), 1);
});

withFake('answers given here: PING, AUTH, errors; in order with what is upstream', async (t, { redis, proxy, c }) => {
  const local: [Buffer | string, string][] = [
    [request('PING'), '+PONG\r\n'],
    [request('pInG', 'x'), '+PONG\r\n'],
    [request('AUTH', 'p'), '-ERR Client sent AUTH, but no password is set\r\n'],
    [request('AUTH', 'u', 'p'), NO_PAIR],
    [request('AUTH'), '-invalid request\r\n'],
    [request('GET'), '-invalid request\r\n'],
    [request('FOO'), '-invalid request\r\n'],
    [request('FOO', 'a'), "-unsupported command 'FOO'\r\n"],
    [request('f\r\nX', 'a'), "-unsupported command 'f  X'\r\n"],
    [request('SELECT', '1'), '-ERR SELECT is not allowed in cluster mode\r\n'],
    [request('HELLO', '2'), GREETING],
    [request('hello'), GREETING],
    [request('HELLO', '2', 'setname', 'me', 'AUTH', 'u', 'p'), NO_PAIR],
    [request('HELLO', '2', 'AUTH', 'u'), '-ERR Syntax error: HELLO AUTH requires <username> <password>\r\n'],
    [request('HELLO', '2', 'SETNAME'), '-ERR Syntax error: HELLO SETNAME requires a <clientname>\r\n'],
    [request('HELLO', '2', 'a\r\nb'), "-ERR Syntax error: unknown HELLO option 'a  b'\r\n"],
    [request('ECHO', 'a\r\nb\xff'), '$5\r\na\r\nb\xff\r\n'],
    [request('ECHO'), '-invalid request\r\n'],
    [request('CLIENT', 'SetInfo', 'lib-name', 'x'), '+OK\r\n'],
    [request('CLIENT', 'SETNAME', 'x', 'y'), "-ERR wrong number of arguments for 'client|setname' command\r\n"],
    [request('CLIENT', 'KILL'), "-ERR CLIENT subcommand 'KILL' is not supported by the proxy\r\n"],
    [request('OBJECT', 'HELP'), "-wrong number of arguments for 'OBJECT' command\r\n"],
    [request('HELLO', '3'), '-NOPROTO unsupported protocol version\r\n'],
    [request('MSET', 'a'), "-wrong number of arguments for 'MSET' command\r\n"],
    [request('mset', 'a', 'b', 'c'), "-wrong number of arguments for 'mset' command\r\n"],
    [request('EVAL', 'x', '0'), "-wrong number of arguments for 'EVAL' command\r\n"],
    ['*0\r\n', '-invalid request\r\n'],
    ['+x\r\n', '-invalid request\r\n'],
    ['PING\r\n', '+PONG\r\n'],
  ];
  c.write(Buffer.concat([request('GET', 'a'), ...local.map(([r]) => Buffer.from(r as Buffer)), request('GET', 'b')]));
  await redis.expect('*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n', '$1\r\nA\r\n$1\r\nB\r\n');
  const expected = `$1\r\nA\r\n${local.map(([, a]) => a).join('')}$1\r\nB\r\n`;
  await gets(t, c, expected);
  t.equal(proxy.value('redis.p.splitter.invalid_request'), 6);
  t.equal(proxy.value('redis.p.splitter.unsupported_command'), 2);
  t.equal(proxy.value('redis.p.command.hello.total'), 7);
  t.equal(proxy.value('redis.p.command.hello.success'), 2);
  t.equal(proxy.value('redis.p.command.hello.error'), 5);
  t.equal(proxy.value('redis.p.command.mset.error'), 2);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

withFake(
  'with v3 names an unknown command is answered as by 1.40',
  async (t, { c }) => {
    const expected = "-ERR unknown command 'FOO', with args beginning with: a\r\n";
    t.equal(await c.ask(request('FOO', 'a', 'b'), expected), expected);
    const bare = "-ERR unknown command 'FOO', with args beginning with: \r\n";
    t.equal(await c.ask(request('FOO'), bare), bare);
  },
  { envoy16: false },
);

withFake('QUIT: what was asked before is answered, what comes after is not', async (t, { redis, c }) => {
  c.write(Buffer.concat([request('GET', 'a'), request('QUIT', 'x'), request('GET', 'b')]));
  await redis.expect('*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '$1\r\nA\r\n');
  t.equal(await c.rest(), '$1\r\nA\r\n+OK\r\n');
});

withFake('TIME: seconds, and the microseconds of the second', async (t, { c }) => {
  const before = Date.now();
  c.write(request('TIME'));
  const [, seconds, , micros] = (await c.until((s) => /\d\r\n$/.test(s) && s.split('\r\n').length > 5, 5000))
    .split('\r\n')
    .slice(1);
  const at = Number(seconds) * 1000 + Number(micros) / 1000;
  t.ok(at >= before && at <= Date.now(), `${seconds} ${micros}`);
});

withFake(
  'before AUTH nothing but AUTH, HELLO with AUTH, and QUIT',
  async (t, { redis, c }) => {
    const noauth = '-NOAUTH Authentication required.\r\n';
    const wrong = '-WRONGPASS invalid username-password pair\r\n';
    for (const words of [['ECHO', 'x'], ['TIME'], ['CLIENT', 'SETNAME', 'x'], ['HELLO'], ['HELLO', '2'], ['GET', 'a']])
      t.equal(await c.ask(request(...words), noauth), noauth, words.join(' '));
    t.equal(await c.ask(request('HELLO', '2', 'AUTH', 'bob', 'no'), wrong), wrong);
    t.equal(await c.ask(request('HELLO', '2', 'AUTH', 'bob', 'secret'), GREETING), GREETING);
    c.write(request('GET', 'a'));
    await redis.expect('*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '$1\r\nA\r\n');
    await gets(t, c, '$1\r\nA\r\n');
    t.equal(await c.ask(request('HELLO', '2', 'AUTH', 'eve', 'secret'), wrong), wrong);
    t.equal(await c.ask(request('GET', 'a'), noauth), noauth, 'a wrong pair takes it back');
    t.equal(await c.ask(request('QUIT'), '+OK\r\n'), '+OK\r\n');
  },
  {
    config: {
      downstreamAuthUsername: { inlineString: 'bob' },
      downstreamAuthPasswords: [{ inlineString: 'secret' }],
    },
  },
);

withFake('every command of 1.40 that goes to one host has its counters from the start', async (t, { proxy }) => {
  t.equal(commandTable(true).countedNames.length, 182);
  const names = new Set<string>();
  proxy.store.forEach({
    counter: (x) => void names.add(x.name),
    gauge: () => {},
    histogram: (h) => void names.add(h.name),
  });
  for (const command of commandTable(true).countedNames) {
    for (const n of ['total', 'success', 'error', 'error_fault', 'delay_fault', 'latency']) {
      if (!names.has(`redis.p.command.${command}.${n}`)) t.fail(`${command}.${n}`);
    }
  }
  t.notOk(names.has('redis.p.command.ping.total'));
});

withFake(
  'broken input: earlier requests are answered, then the error, then the end',
  async (t, { redis, proxy, c }) => {
    c.write(Buffer.concat([request('GET', 'a'), Buffer.from('*1\r\n!')]));
    await redis.expect('*2\r\n$3\r\nGET\r\n$1\r\na\r\n', '$1\r\nA\r\n');
    t.equal(await c.rest(), '$1\r\nA\r\n-downstream protocol error\r\n');
    t.equal(proxy.value('redis.p.downstream_cx_protocol_error'), 1);
  },
);

withFake('MGET: a GET for each key, values in order, wrong types replaced', async (t, { redis, proxy, c }) => {
  c.write(request('MGET', 'a', 'bb', 'c', 'd'));
  const sent = ['a', 'bb', 'c', 'd'].map((k) => request('get', k).toString()).join('');
  await redis.expect(sent, '$1\r\nA\r\n$-1\r\n:5\r\n-ERR x\r\n');
  const expected = '*4\r\n$1\r\nA\r\n$-1\r\n-upstream protocol error\r\n-ERR x\r\n';
  await gets(t, c, expected);
  t.equal(proxy.value('redis.p.command.mget.error'), 1);
  c.write(request('mget', 'a'));
  await redis.expect(request('get', 'a').toString(), '$1\r\nA\r\n');
  await gets(t, c, '*1\r\n$1\r\nA\r\n');
  t.equal(proxy.value('redis.p.command.mget.success'), 1);
  t.equal(proxy.value('redis.p.downstream_rq_total'), 2);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

withFake('MSET: a SET for each pair, one answer', async (t, { redis, proxy, c }) => {
  const sent = Buffer.concat([request('set', 'a', '1'), request('set', 'b', '')]).toString();
  c.write(request('MSET', 'a', '1', 'b', ''));
  await redis.expect(sent, '+OK\r\n+OK\r\n');
  await gets(t, c, '+OK\r\n');
  c.write(request('MSET', 'a', '1', 'b', ''));
  await redis.expect(sent, '+OK\r\n-OOM\r\n');
  await gets(t, c, '-finished with 1 error(s)\r\n');
  t.equal(proxy.value('redis.p.command.mset.success'), 1);
  t.equal(proxy.value('redis.p.command.mset.error'), 1);
});

withFake('DEL, EXISTS, TOUCH, UNLINK: one per key, summed', async (t, { redis, proxy, c }) => {
  for (const name of ['DEL', 'exists', 'Touch', 'UNLINK']) {
    c.write(request(name, 'a', 'b', 'c'));
    await redis.expect(['a', 'b', 'c'].map((k) => request(name, k).toString()).join(''), ':1\r\n:0\r\n:12\r\n');
    await gets(t, c, ':13\r\n');
    c.write(request(name, 'a'));
    await redis.expect(request(name, 'a').toString(), ':1\r\n');
    await gets(t, c, ':1\r\n');
    c.write(request(name, 'a'));
    await redis.expect(request(name, 'a').toString(), '-no\r\n');
    await gets(t, c, '-finished with 1 error(s)\r\n');
    c.write(request(name, 'a', 'b'));
    await redis.expect(
      ['a', 'b'].map((k) => request(name, k).toString()).join(''),
      `$100\r\n${'x'.repeat(100)}\r\n:1\r\n`,
    );
    await gets(t, c, '-finished with 1 error(s)\r\n');
    t.equal(proxy.value(`redis.p.command.${name.toLowerCase()}.success`), 2);
    t.equal(proxy.value(`redis.p.command.${name.toLowerCase()}.error`), 2);
  }
});

t.test('replies of several hosts come back in the order of the requests', async (t) => {
  const a = await FakeRedis.start();
  const b = await FakeRedis.start();
  const proxy = await startProxy([], {
    more: { a: [a.port], b: [b.port] },
    config: {
      prefixRoutes: {
        routes: [
          { prefix: 'a', cluster: 'a' },
          { prefix: 'b', cluster: 'b' },
        ],
      },
    },
  });
  const c = await Client.to(proxy.port);
  c.write(Buffer.concat(['a1', 'b1', 'a2', 'b2', 'b3', 'a3'].map((k) => request('GET', k))));
  c.write(request('MGET', 'b4', 'a4', 'x', 'b5'));
  const get = (...keys: string[]): string => keys.map((k) => request('GET', k).toString()).join('');
  const lower = (...keys: string[]): string => keys.map((k) => request('get', k).toString()).join('');
  await b.expect(get('b1', 'b2', 'b3') + lower('b4', 'b5'), '+b1\r\n+b2\r\n+b3\r\n$2\r\nb4\r\n$2\r\nb5\r\n');
  await a.take((get('a1', 'a2', 'a3') + lower('a4')).length);
  a.send('+a1\r\n+a');
  await gets(t, c, '+a1\r\n+b1\r\n');
  a.send('2\r\n+a3\r\n$2\r\na4\r\n');
  const expected = '+a2\r\n+b2\r\n+b3\r\n+a3\r\n*4\r\n$2\r\nb4\r\n$2\r\na4\r\n-no upstream host\r\n$2\r\nb5\r\n';
  await gets(t, c, expected);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  c.close();
  await proxy.close();
  await a.close();
  await b.close();
});

t.test('prefix routes: longest wins, removed where asked, any letter case', async (t) => {
  const a = await FakeRedis.start();
  const b = await FakeRedis.start();
  const proxy = await startProxy([], {
    more: { a: [a.port], b: [b.port] },
    config: {
      prefixRoutes: {
        caseInsensitive: true,
        routes: [
          { prefix: 'Ab', cluster: 'a', removePrefix: true },
          { prefix: 'abc', cluster: 'b' },
        ],
      },
    },
  });
  const c = await Client.to(proxy.port);
  c.write(request('SET', 'aBxyz', 'v'));
  await a.expect(request('SET', 'xyz', 'v').toString(), '+OK\r\n');
  await gets(t, c, '+OK\r\n');
  c.write(request('SET', 'aBCxyz', 'v'));
  await b.expect(request('SET', 'aBCxyz', 'v').toString(), '+OK\r\n');
  await gets(t, c, '+OK\r\n');
  c.write(request('DEL', 'ab1', 'AB'));
  await a.expect(request('DEL', '1').toString() + request('DEL', '').toString(), ':1\r\n:1\r\n');
  await gets(t, c, ':2\r\n');
  const large = Buffer.alloc(200_000, 'v');
  c.write(request('SET', 'ablarge', large));
  await a.expect(request('SET', 'large', large).toString(), '+OK\r\n');
  await gets(t, c, '+OK\r\n');
  t.equal(await c.ask(request('GET', 'x'), '-no upstream host\r\n'), '-no upstream host\r\n');
  t.equal(proxy.value('redis.p.command.get.error'), 1);
  c.close();
  await proxy.close();
  await a.close();
  await b.close();
});

t.test('config that Envoy refuses is refused', async (t) => {
  await t.rejects(
    startProxy([], { config: { prefixRoutes: {} } }),
    /cannot configure a redis-proxy without any upstream/,
  );
  const routes = [
    { prefix: 'a', cluster: 'redis' },
    { prefix: 'A', cluster: 'redis' },
  ];
  await t.rejects(
    startProxy([], { config: { prefixRoutes: { caseInsensitive: true, routes } } }),
    /prefix `A` already exists\./,
  );
});

withFake(
  'op_timeout closes the connection and fails all that wait; the next request connects anew',
  async (t, s) => {
    const { redis, proxy, c } = s;
    const d = await Client.to(proxy.port);
    c.write(
      Buffer.concat([request('GET', 'a'), request('MGET', 'b', 'c'), request('DEL', 'd', 'e'), request('DEL', 'f')]),
    );
    d.write(request('GET', 'z'));
    const expected =
      '-upstream failure\r\n*2\r\n-upstream failure\r\n-upstream failure\r\n-finished with 2 error(s)\r\n-finished with 1 error(s)\r\n';
    await gets(t, c, expected);
    await gets(t, d, '-upstream failure\r\n');
    t.equal(proxy.value('cluster.redis.upstream_rq_timeout'), 1);
    t.equal(proxy.value('cluster.redis.upstream_cx_destroy_local_with_active_rq'), 1);
    t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
    t.equal(proxy.value('redis.p.command.get.error'), 2);
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
    redis.onData = (socket) => socket.write('$2\r\nhi\r\n');
    t.equal(await c.ask(request('GET', 'a'), '$2\r\nhi\r\n'), '$2\r\nhi\r\n');
    t.equal(proxy.value('cluster.redis.upstream_cx_total'), 2);
    d.close();
  },
  { opTimeout: 60 },
);

withFake(
  'the upstream closes: waiting requests fail, half a reply is not forwarded',
  async (t, { redis, proxy, c }) => {
    c.write(Buffer.concat([request('GET', 'a'), request('GET', 'b')]));
    await redis.expect(request('GET', 'a').toString() + request('GET', 'b').toString(), '$5\r\nhel');
    redis.sockets[0].end();
    await gets(t, c, '-upstream failure\r\n-upstream failure\r\n');
    t.equal(proxy.value('cluster.redis.upstream_cx_destroy_remote_with_active_rq'), 1);
  },
);

withFake('an upstream that does not speak RESP, or speaks unasked, is closed', async (t, { redis, proxy, c }) => {
  c.write(request('GET', 'a'));
  await redis.expect(request('GET', 'a').toString(), 'HTTP/1.1 400\r\n');
  await gets(t, c, '-upstream failure\r\n');
  t.equal(proxy.value('cluster.redis.upstream_cx_protocol_error'), 1);
  c.write(request('GET', 'a'));
  await redis.take(request('GET', 'a').length);
  redis.send('+A\r\n+B\r\n', 1);
  await gets(t, c, '+A\r\n');
  c.write(request('GET', 'b'));
  await redis.take(request('GET', 'b').length);
  redis.send('+C\r\n', 2);
  await gets(t, c, '+C\r\n', 'not the reply nobody asked for');
  t.equal(proxy.value('cluster.redis.upstream_cx_protocol_error'), 2);
});

t.test('nobody listens', async (t) => {
  const port = await freePort();
  const proxy = await startProxy([port]);
  const c = await Client.to(proxy.port);
  const text = '-upstream failure\r\n';
  t.equal(await c.ask(request('GET', 'a'), text), text);
  t.equal(await c.ask(request('GET', 'a'), text), text);
  t.equal(proxy.value('cluster.redis.upstream_cx_connect_fail'), 2);
  c.close();
  await proxy.close();
});

t.test('no host and no such cluster', async (t) => {
  const proxy = await startProxy([]);
  const c = await Client.to(proxy.port);
  const text = '-no upstream host\r\n';
  t.equal(await c.ask(request('GET', 'a'), text), text);
  t.equal(await c.ask(request('MGET', 'a'), `*1\r\n${text}`), `*1\r\n${text}`);
  t.equal(await c.ask(request('DEL', 'a'), '-finished with 1 error(s)\r\n'), '-finished with 1 error(s)\r\n');
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  c.close();
  await proxy.close();
});

withFake('a client that goes away: its replies are dropped, the connection stays', async (t, { redis, proxy, c }) => {
  const d = await Client.to(proxy.port);
  d.write(request('GET', 'gone'));
  await redis.take(request('GET', 'gone').length);
  c.write(request('GET', 'a'));
  await redis.take(request('GET', 'a').length);
  d.socket.resetAndDestroy();
  while (proxy.value('redis.p.downstream_cx_active') > 1) await new Promise(setImmediate);
  redis.send('+D\r\n+A\r\n');
  await gets(t, c, '+A\r\n');
  t.equal(proxy.value('cluster.redis.upstream_rq_cancelled'), 1);
  t.equal(proxy.value('cluster.redis.upstream_cx_total'), 1);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

withFake('a client that half-closes still gets what it asked for', async (t, { redis, c }) => {
  c.write(request('GET', 'a'));
  c.socket.end();
  await redis.expect(request('GET', 'a').toString(), '+A\r\n');
  t.equal(await c.rest(), '+A\r\n');
});

withFake('a host that leaves its cluster finishes what is pending', async (t, { redis, proxy, c }) => {
  c.write(request('GET', 'a'));
  await redis.take(request('GET', 'a').length);
  const cluster = proxy.clusters.get('redis')!;
  cluster.update([{ priority: 0, localities: [] }]);
  t.equal(await c.ask(Buffer.alloc(0), ''), '');
  c.write(request('GET', 'b'));
  redis.send('+A\r\n');
  await gets(t, c, '+A\r\n-no upstream host\r\n');
  while (proxy.value('cluster.redis.upstream_cx_active') > 0) await new Promise(setImmediate);
  t.equal(proxy.value('cluster.redis.redis_cluster.upstream_cx_drained'), 1);
});

withFake('draining: the connection closes after the last reply', async (t, { redis, proxy, c }) => {
  c.write(request('GET', 'a'));
  await redis.take(request('GET', 'a').length);
  proxy.drain.setHealthFailed(true);
  redis.send('+A\r\n');
  t.equal(await c.rest(), '+A\r\n');
  t.equal(proxy.value('redis.p.downstream_cx_drain_close'), 1);
});

withFake(
  'AUTH with a password',
  async (t, { redis, c }) => {
    const ask = async (r: Buffer, a: string): Promise<void> => void t.equal(await c.ask(r, a), a);
    await ask(request('GET', 'a'), '-NOAUTH Authentication required.\r\n');
    await ask(request('PING'), '-NOAUTH Authentication required.\r\n');
    await ask(request('AUTH', 'wrong'), '-ERR invalid password\r\n');
    await ask(request('AUTH', 'bob', 'secret'), '-WRONGPASS invalid username-password pair\r\n');
    await ask(request('AUTH', 'default', 'secret'), '+OK\r\n');
    await ask(request('PING'), '+PONG\r\n');
    await ask(request('AUTH', 'wrong'), '-ERR invalid password\r\n');
    await ask(request('PING'), '-NOAUTH Authentication required.\r\n');
    await ask(request('AUTH', 'secret'), '+OK\r\n');
    c.write(request('GET', 'a'));
    await redis.expect(request('GET', 'a').toString(), '+A\r\n');
    await gets(t, c, '+A\r\n');
  },
  { config: { downstreamAuthPassword: { inlineString: 'secret' } } },
);

withFake('a reply split at every byte is the same reply', async (t, { redis, c }) => {
  const reply = '*3\r\n$3\r\nabc\r\n*-1\r\n*2\r\n:-12\r\n+x\r\n';
  for (let i = 1; i < reply.length; i++) {
    c.write(request('HGETALL', 'a'));
    await redis.take(request('HGETALL', 'a').length);
    redis.send(reply.slice(0, i));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    redis.send(reply.slice(i));
    await gets(t, c, reply.replace('*-1', '$-1'));
  }
});

withFake('a request split at every byte is the same request', async (t, { redis, c }) => {
  const text = Buffer.concat([request('SET', 'k', 'a\r\nb'), request('MGET', 'x', 'y'), request('DEL', 'q')]);
  const sent = Buffer.concat([
    request('SET', 'k', 'a\r\nb'),
    request('get', 'x'),
    request('get', 'y'),
    request('DEL', 'q'),
  ]);
  for (let i = 1; i < text.length; i++) {
    c.write(text.subarray(0, i));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    c.write(text.subarray(i));
    t.equal(await redis.take(sent.length), sent.toString());
    redis.send('+OK\r\n$1\r\nX\r\n$-1\r\n:1\r\n');
    await gets(t, c, '+OK\r\n*2\r\n$1\r\nX\r\n$-1\r\n:1\r\n');
  }
});

withFake(
  'command stats of the upstream, when asked for',
  async (t, { redis, proxy, c }) => {
    c.write(Buffer.concat([request('GET', 'a'), request('GET', 'a'), request('MGET', 'a')]));
    await redis.take(request('GET', 'a').length * 3);
    redis.send('+A\r\n-no\r\n$1\r\nA\r\n');
    await gets(t, c, '+A\r\n-no\r\n*1\r\n$1\r\nA\r\n');
    const own = 'cluster.redis.redis_cluster.upstream_commands.';
    t.equal(proxy.value(`${own}get.total`), 3, 'an MGET is GETs there');
    t.equal(proxy.value(`${own}get.success`), 2);
    t.equal(proxy.value(`${own}get.failure`), 1);
    t.equal(proxy.value(`${own}mget.total`), 0);
  },
  { config: { settings: { opTimeout: 5000, enableCommandStats: true } } },
);
