/** Session mode before several real Redis that a hash of the key chooses: who subscribes, blocks, watches or has a transaction is one shard's. */
import t from 'tap';
import { Client, FakeRedis, type ProxyOptions, RealRedis, request, startProxy, type TestProxy } from './harness.ts';

const MODE = { metadata: { filterMetadata: new Map([['envoylet.redis', { session_mode: true }]]) } };
const r = request;
const CROSSES = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const ELSEWHERE =
  '-CROSSSLOT not of the Redis that this connection is held by (a transaction, a subscription, watched keys)\r\n';
const ABORTED = '-EXECABORT Transaction discarded because of previous errors.\r\n';
const PINNED = 'redis.p.session.pinned_active';
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

interface Stand {
  readonly proxy: TestProxy;
  readonly servers: readonly RealRedis[];
  client(): Promise<Client>;
  /** Keys and channels of the first and of the second Redis. */
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** Ask; throws when something else comes back. */
async function ask(c: Client, words: readonly string[], expected: string): Promise<void> {
  c.write(r(...words));
  const text = await c.until((s) => s.length >= expected.length, 5000);
  if (text !== expected)
    throw new Error(`${words.join(' ')}: ${JSON.stringify(text)} instead of ${JSON.stringify(expected)}`);
  await c.take(text.length);
}

async function reaches(proxy: TestProxy, name: string, value: number): Promise<void> {
  while (proxy.value(name) !== value) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether somebody waits there. */
async function blocked(server: RealRedis): Promise<boolean> {
  const c = await Client.to(server.port);
  c.write(r('INFO', 'clients'));
  const text = await c.until((s) => s.includes('blocked_clients:') && s.endsWith('\r\n\r\n'), 5000);
  c.close();
  return text.includes('blocked_clients:1');
}

async function start(
  t: { teardown(fn: () => unknown): void },
  lbPolicy: 'MAGLEV' | 'RING_HASH' = 'MAGLEV',
  options: ProxyOptions = {},
): Promise<Stand> {
  const servers = [await RealRedis.start(), await RealRedis.start()];
  const proxy = await startProxy(
    servers.map((s) => s.port),
    { envoy16: false, ...options, cluster: { lbPolicy, ...MODE, ...options.cluster } },
  );
  const clients: Client[] = [];
  const to = async (port: number): Promise<Client> => {
    const c = await Client.to(port);
    clients.push(c);
    return c;
  };
  t.teardown(async () => {
    for (const c of clients) c.close();
    await proxy.close();
    for (const s of servers) await s.stop();
  });
  const c = await to(proxy.port);
  const first = await to(servers[0].port);
  const a: string[] = [];
  const b: string[] = [];
  for (let i = 0; a.length < 4 || b.length < 4; i++) {
    const key = `k${i}`;
    await ask(c, ['SET', key, 'v'], '+OK\r\n');
    const [, n] = await first.ask(r('EXISTS', key), ':1\r\n');
    (n === '1' ? a : b).push(key);
  }
  await ask(c, ['FLUSHALL'], '+OK\r\n');
  return { proxy, servers, a, b, client: () => to(proxy.port) };
}

for (const lbPolicy of ['MAGLEV', 'RING_HASH'] as const) {
  t.test(`${lbPolicy}: who has nothing that is one shard's is served as without`, async (t) => {
    const { proxy, client, a, b } = await start(t, lbPolicy);
    const c = await client();
    await ask(c, ['MSET', a[0], '1', b[0], '2'], '+OK\r\n');
    await ask(c, ['MGET', a[0], b[0]], `*2\r\n${bulk('1')}${bulk('2')}`);
    await ask(c, ['DEL', a[0], b[0]], ':2\r\n');
    await ask(c, ['SELECT', '0'], '+OK\r\n');
    await ask(c, ['OBJECT', 'ENCODING', a[0]], '$-1\r\n');
    await ask(c, ['LCS', a[0], a[1]], '$0\r\n\r\n');
    await ask(c, ['LCS', a[0], b[1]], CROSSES);
    await ask(c, ['EVAL_RO', 'return 7', '1', b[0]], ':7\r\n');
    await ask(c, ['PING'], '+PONG\r\n');
    await ask(c, ['GET', a[0]], '$-1\r\n');
    t.equal(proxy.value('redis.p.session.pinned_total'), 0);
  });
}

t.test('what one shard cannot mean for all is refused by name', async (t) => {
  const { proxy, client } = await start(t);
  const c = await client();
  const no = (what: string): string => `-ERR ${what} is not supported where the cluster has several Redis\r\n`;
  await ask(c, ['SELECT', '1'], '-ERR SELECT is not allowed in cluster mode\r\n');
  await ask(c, ['MONITOR'], no('MONITOR'));
  await ask(c, ['client', 'tracking', 'on'], no('CLIENT TRACKING'));
  await ask(c, ['PSUBSCRIBE', 'a*'], no('PSUBSCRIBE'));
  await ask(c, ['WAIT', '1', '0'], no('WAIT'));
  await ask(c, ['DBSIZE'], "-ERR unknown command 'DBSIZE', with args beginning with: \r\n");
  await ask(c, ['FOO', 'x'], "-ERR unknown command 'FOO', with args beginning with: x\r\n");
  await ask(c, ['PSYNC', '?', '-1'], "-ERR 'PSYNC' is not supported by the proxy\r\n");
  await ask(c, ['CLIENT', 'LIST'], "-ERR CLIENT subcommand 'LIST' is not supported by the proxy\r\n");
  await ask(c, ['CLIENT', 'SETNAME', 'me'], '+OK\r\n');
  await ask(c, ['CLIENT', 'GETNAME'], bulk('me'));
  await ask(c, ['AUTH', 'x'], '-ERR Client sent AUTH, but no password is set\r\n');
  t.equal(proxy.value('redis.p.session.pinned_total'), 0);
});

t.test('who subscribes hears what is published of its channels’ shard', async (t) => {
  const { proxy, client, a, b } = await start(t);
  const [ear, other, mouth] = [await client(), await client(), await client()];
  await ask(ear, ['SUBSCRIBE', a[0]], `*3\r\n${bulk('subscribe')}${bulk(a[0])}:1\r\n`);
  await ask(other, ['SSUBSCRIBE', b[0]], `*3\r\n${bulk('ssubscribe')}${bulk(b[0])}:1\r\n`);
  await ask(mouth, ['PUBLISH', a[0], 'one'], ':1\r\n');
  await ask(mouth, ['SPUBLISH', b[0], 'two'], ':1\r\n');
  const one = `*3\r\n${bulk('message')}${bulk(a[0])}${bulk('one')}`;
  const two = `*3\r\n${bulk('smessage')}${bulk(b[0])}${bulk('two')}`;
  t.equal(await ear.ask('', one), one);
  t.equal(await other.ask('', two), two);
  await ask(mouth, ['SUBSCRIBE', a[0], b[0]], CROSSES);
  await ask(ear, ['SUBSCRIBE', b[0]], ELSEWHERE);
  const only = (name: string): string =>
    `-ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n`;
  await ask(ear, ['GET', b[0]], only('get'));
  await ask(ear, ['MULTI'], only('multi'));
  await ask(ear, ['PING'], `*2\r\n${bulk('pong')}$0\r\n\r\n`);
  await ask(ear, ['UNSUBSCRIBE', a[0]], `*3\r\n${bulk('unsubscribe')}${bulk(a[0])}:0\r\n`);
  await ask(ear, ['MGET', a[0], b[0]], '*2\r\n$-1\r\n$-1\r\n');
  await ask(ear, ['SUBSCRIBE', b[0]], `*3\r\n${bulk('subscribe')}${bulk(b[0])}:1\r\n`);
  t.equal(proxy.value(PINNED), 2);
  t.equal(proxy.value('redis.p.session.pinned_total'), 3);
});

t.test('in RESP3 who subscribes has the rest of its shard, and is told where something is another one’s', async (t) => {
  const { client, a, b } = await start(t);
  const [ear, mouth] = [await client(), await client()];
  ear.write(r('HELLO', '3'));
  await ear.take((await ear.until((s) => s.endsWith('modules\r\n*0\r\n'), 5000)).length);
  await ask(ear, ['MGET', a[0], b[0]], '*2\r\n_\r\n_\r\n');
  await ask(ear, ['SUBSCRIBE', a[0]], `>3\r\n${bulk('subscribe')}${bulk(a[0])}:1\r\n`);
  await ask(ear, ['GET', a[1]], '_\r\n');
  await ask(ear, ['GET', b[1]], ELSEWHERE);
  await ask(ear, ['MGET', a[1], b[1]], ELSEWHERE);
  await ask(ear, ['PING'], '+PONG\r\n');
  await ask(ear, ['SELECT', '0'], '+OK\r\n');
  await ask(mouth, ['PUBLISH', a[0], 'x'], ':1\r\n');
  const push = `>3\r\n${bulk('message')}${bulk(a[0])}${bulk('x')}`;
  t.equal(await ear.ask('', push), push);
  await ask(ear, ['RESET'], '+RESET\r\n');
  await ask(ear, ['GET', b[1]], '$-1\r\n');
});

t.test('who blocks waits at the shard of its keys, and for keys of several it is told', async (t) => {
  const { servers, client, a, b } = await start(t);
  const [c, d] = [await client(), await client()];
  for (const [words, key] of [
    [['BLPOP', b[0], b[1], '0'], b[0]],
    [['BLMPOP', '0', '2', a[0], a[1], 'LEFT'], a[1]],
    [['BZPOPMIN', b[0], '0'], b[0]],
    [['XREAD', 'BLOCK', '0', 'STREAMS', a[2], '$'], a[2]],
  ] as const) {
    c.write(Buffer.concat([r(...words), r('GET', a[3]), r('GET', b[3])]));
    const add =
      words[0] === 'BZPOPMIN'
        ? ['ZADD', key, '1', 'x']
        : words[0] === 'XREAD'
          ? ['XADD', key, '1-1', 'f', 'x']
          : ['RPUSH', key, 'x'];
    // Until it waits there: an entry that came before `$` was said would be none.
    while (!(await blocked(words[0] === 'BLPOP' || words[0] === 'BZPOPMIN' ? servers[1] : servers[0])))
      await new Promise((resolve) => setImmediate(resolve));
    d.write(r(...add));
    const end = '$-1\r\n$-1\r\n';
    const text = await c.until((s) => s.endsWith(end), 5000);
    t.ok(text.startsWith('*') && text.includes(key), words[0]);
    await c.take(text.length);
    await d.take((await d.until((s) => s.endsWith('\r\n'), 5000)).length);
    await ask(d, ['DEL', key], words[0] === 'XREAD' ? ':1\r\n' : ':0\r\n');
  }
  for (const words of [
    ['BLPOP', a[0], b[0], '0'],
    ['BLMOVE', a[0], b[0], 'LEFT', 'LEFT', '0'],
    ['BLMPOP', '0', '2', a[0], b[0], 'LEFT'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', a[0], b[0], '>', '>'],
  ])
    await ask(c, words, CROSSES);
  await ask(c, ['BLPOP', a[0]], "-ERR wrong number of arguments for 'blpop' command\r\n");
  await ask(c, ['BLMPOP', '0', '9', a[0], 'LEFT'], '-ERR syntax error\r\n');
  await ask(c, ['BLPOP', a[0], 'x'], '-ERR timeout is not a float or out of range\r\n');
});

t.test('a transaction is its first key’s shard’s; a key of another one aborts it', async (t) => {
  const { proxy, client, a, b } = await start(t);
  const c = await client();
  await ask(c, ['MULTI'], '+OK\r\n');
  t.equal(proxy.value(PINNED), 0, 'nobody knows whose it is');
  await ask(c, ['SET', b[0], '1'], '+QUEUED\r\n');
  await ask(c, ['MGET', b[0], b[1]], '+QUEUED\r\n');
  await ask(c, ['EXEC'], `*2\r\n+OK\r\n*2\r\n${bulk('1')}$-1\r\n`);
  const pipeline = Buffer.concat([
    ...[r('SET', a[0], '1'), r('MULTI'), r('INCR', a[0]), r('INCR', b[1]), r('PING'), r('EXEC')],
    ...[r('GET', a[0]), r('GET', b[1]), r('MULTI'), r('GET', b[0]), r('EXEC'), r('MULTI'), r('EXEC'), r('EXEC')],
    ...[
      r('MULTI'),
      r('SELECT', '0'),
      r('EXEC'),
      r('MULTI'),
      r('INCR', a[0]),
      r('DISCARD'),
      r('MULTI'),
      r('DISCARD'),
      r('DISCARD'),
    ],
    ...[r('MULTI'), r('MGET', a[0], b[0]), r('EXEC'), r('MULTI'), r('MULTI'), r('WATCH', a[0]), r('EXEC')],
    r('GET', b[0]),
  ]);
  const expected =
    `+OK\r\n+OK\r\n+QUEUED\r\n${ELSEWHERE}-'PING' command is not supported within transaction\r\n${ABORTED}` +
    `${bulk('1')}$-1\r\n+OK\r\n+QUEUED\r\n*1\r\n${bulk('1')}+OK\r\n*0\r\n-ERR EXEC without MULTI\r\n` +
    `+OK\r\n-'SELECT' command is not supported within transaction\r\n${ABORTED}+OK\r\n+QUEUED\r\n+OK\r\n+OK\r\n+OK\r\n-ERR DISCARD without MULTI\r\n` +
    `+OK\r\n${CROSSES}${ABORTED}+OK\r\n-ERR MULTI calls can not be nested\r\n-ERR WATCH inside MULTI is not allowed\r\n*0\r\n` +
    bulk('1');
  for (let i = 0; i < 20; i++) {
    c.write(pipeline);
    t.equal(await c.until((text) => text.length >= expected.length, 5000), expected);
    await c.take(expected.length);
  }
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
  t.equal(proxy.value('redis.p.session.pinned_lost'), 0);
});

t.test('WATCH guards at its shard; what is read besides is read anywhere', async (t) => {
  const { client, a, b } = await start(t);
  const [c, d] = [await client(), await client()];
  for (const [by, result] of [
    [d, '*-1\r\n'],
    [null, '*1\r\n+OK\r\n'],
  ] as const) {
    await ask(c, ['WATCH', a[0]], '+OK\r\n');
    await ask(c, ['MGET', a[1], b[1]], '*2\r\n$-1\r\n$-1\r\n');
    await ask(c, ['WATCH', b[0]], ELSEWHERE);
    await ask(c, ['BLPOP', b[0], '1'], ELSEWHERE);
    if (by !== null) await ask(by, ['SET', a[0], '1'], '+OK\r\n');
    c.write(Buffer.concat([r('GET', b[2]), r('MULTI'), r('SET', a[2], '1'), r('EXEC')]));
    const all = `$-1\r\n+OK\r\n+QUEUED\r\n${result}`;
    t.equal(await c.ask('', all), all);
  }
  await ask(c, ['WATCH', a[0]], '+OK\r\n');
  await ask(c, ['UNWATCH'], '+OK\r\n');
  await ask(c, ['WATCH', b[0]], '+OK\r\n');
  await ask(c, ['WATCH', a[0], b[0]], CROSSES);
  await ask(c, ['WATCH'], "-ERR wrong number of arguments for 'watch' command\r\n");
});

t.test('who leaves while it blocks with requests behind takes its connection along', async (t) => {
  const { proxy, client, a, b } = await start(t);
  const c = await client();
  c.write(Buffer.concat([r('BLPOP', a[0], '0'), r('SET', b[0], 'never')]));
  await reaches(proxy, PINNED, 1);
  c.write(r('SET', b[0], 'nor this'));
  c.socket.end();
  await reaches(proxy, PINNED, 0);
  const d = await client();
  await ask(d, ['RPUSH', a[0], 'x'], ':1\r\n');
  await ask(d, ['LLEN', a[0]], ':1\r\n');
  await ask(d, ['EXISTS', b[0]], ':0\r\n');
});

t.test('what follows one that blocks is read up to 64 KiB, and all of it executed', async (t) => {
  const { proxy, client, a, b } = await start(t);
  const [c, d] = [await client(), await client()];
  const value = 'v'.repeat(10_000);
  const behind = Array.from({ length: 60 }, (_, i) => r('SET', b[i % b.length], `${value}${i}`));
  c.write(r('BLPOP', a[0], '0'));
  await reaches(proxy, PINNED, 1);
  for (const part of behind) {
    c.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ask(d, ['RPUSH', a[0], 'x'], ':1\r\n');
  const expected = `*2\r\n${bulk(a[0])}${bulk('x')}${'+OK\r\n'.repeat(behind.length)}`;
  t.equal(await c.ask('', expected), expected);
});

t.test('connections of their own are counted over all shards, and above max_connections there is none', async (t) => {
  const { proxy, client, a, b } = await start(t, 'MAGLEV', {
    cluster: { circuitBreakers: { thresholds: [{ maxConnections: 1 }] } },
  });
  const [c, d] = [await client(), await client()];
  await ask(c, ['SUBSCRIBE', a[0]], `*3\r\n${bulk('subscribe')}${bulk(a[0])}:1\r\n`);
  const none = "-ERR no connection of its own is left for this client: the cluster's max_connections are in use\r\n";
  await ask(d, ['SUBSCRIBE', b[0]], none);
  await ask(d, ['GET', b[0]], '$-1\r\n');
  d.write(Buffer.concat([r('MULTI'), r('SET', b[0], '1'), r('EXEC')]));
  t.equal(await d.rest(), `+OK\r\n${none}`, 'what was to be one is not executed in parts');
  const e = await client();
  await ask(e, ['EXISTS', b[0]], ':0\r\n');
  t.equal(proxy.value('redis.p.session.pinned_overflow'), 2);
});

t.test('when the shard that holds them dies: who waits is told, who had something there is closed', async (t) => {
  const { proxy, servers, client, a, b } = await start(t);
  const [waits, listens, amid, elsewhere] = [await client(), await client(), await client(), await client()];
  waits.write(r('BLPOP', a[0], '0'));
  await ask(listens, ['SUBSCRIBE', a[0]], `*3\r\n${bulk('subscribe')}${bulk(a[0])}:1\r\n`);
  await ask(amid, ['MULTI'], '+OK\r\n');
  await ask(amid, ['SET', a[0], '1'], '+QUEUED\r\n');
  await ask(elsewhere, ['SUBSCRIBE', b[0]], `*3\r\n${bulk('subscribe')}${bulk(b[0])}:1\r\n`);
  await reaches(proxy, PINNED, 4);
  await servers[0].stop();
  t.equal(await waits.ask('', '-upstream failure\r\n'), '-upstream failure\r\n');
  t.equal(await listens.rest(), '');
  t.equal(await amid.rest(), '');
  t.equal(proxy.value('redis.p.session.pinned_lost'), 2);
  await ask(waits, ['PUBLISH', b[0], 'x'], ':1\r\n');
  const message = `*3\r\n${bulk('message')}${bulk(b[0])}${bulk('x')}`;
  t.equal(await elsewhere.ask('', message), message, 'the other shard’s have noticed nothing');
});

t.test('a shard that hangs in a transaction: its client is closed after op_timeout', async (t) => {
  const hosts = [await FakeRedis.start(), await FakeRedis.start()];
  const proxy = await startProxy(
    hosts.map((h) => h.port),
    { envoy16: false, opTimeout: 60, cluster: { lbPolicy: 'MAGLEV', ...MODE } },
  );
  const c = await Client.to(proxy.port);
  c.write(Buffer.concat([r('MULTI'), r('SET', 'k', 'v')]));
  t.equal(await c.rest(), '+OK\r\n');
  t.equal(proxy.value('redis.p.session.pinned_lost'), 1);
  t.equal(proxy.value('cluster.redis.upstream_rq_timeout'), 1);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
  await proxy.close();
  for (const h of hosts) await h.close();
});

t.test('a host that refuses MULTI gets nothing that should have been queued', async (t) => {
  const hosts = [await FakeRedis.start(), await FakeRedis.start()];
  for (const h of hosts)
    h.onData = (socket, data) => void socket.write(data.includes('MULTI') ? '-NOPERM no\r\n+OK\r\n' : '+OK\r\n');
  const proxy = await startProxy(
    hosts.map((h) => h.port),
    { envoy16: false, cluster: { lbPolicy: 'MAGLEV', ...MODE } },
  );
  const c = await Client.to(proxy.port);
  c.write(Buffer.concat([r('MULTI'), r('SET', 'k', 'v')]));
  t.equal(await c.rest(), '+OK\r\n', 'the client is closed');
  t.equal(proxy.value('redis.p.session.pinned_lost'), 1);
  await proxy.close();
  for (const h of hosts) await h.close();
});

t.test(
  'before AUTH nobody is connected anywhere; a connection of a client’s own is the user’s that the cluster has',
  async (t) => {
    const user = ['--user', 'proxy', 'on', '>pw', '~*', '&*', '+@all'];
    const servers = [await RealRedis.start(0, user), await RealRedis.start(0, user)];
    const auth = { authUsername: { inlineString: 'proxy' }, authPassword: { inlineString: 'pw' } };
    const proxy = await startProxy(
      servers.map((s) => s.port),
      {
        envoy16: false,
        cluster: {
          lbPolicy: 'MAGLEV',
          ...MODE,
          typedExtensionProtocolOptions: new Map([
            ['envoy.filters.network.redis_proxy', { typeUrl: 'o', value: auth }],
          ]),
        } as never,
        config: { downstreamAuthPasswords: [{ inlineString: 'mine' }] },
      },
    );
    const [c, d] = [await Client.to(proxy.port), await Client.to(proxy.port)];
    for (const words of [
      ['SUBSCRIBE', 'x'],
      ['BLPOP', 'x', '0'],
      ['MULTI'],
      ['WATCH', 'x'],
      ['XINFO', 'STREAM', 'x'],
      ['FOO'],
    ])
      await ask(c, words, '-NOAUTH Authentication required.\r\n');
    t.equal(proxy.value('redis.p.session.pinned_total'), 0);
    await ask(c, ['AUTH', 'mine'], '+OK\r\n');
    d.write(r('HELLO', '3', 'AUTH', 'default', 'mine'));
    await d.take((await d.until((s) => s.endsWith('modules\r\n*0\r\n'), 5000)).length);
    await ask(c, ['SSUBSCRIBE', 'x'], `*3\r\n${bulk('ssubscribe')}${bulk('x')}:1\r\n`);
    await ask(d, ['SSUBSCRIBE', 'x'], `>3\r\n${bulk('ssubscribe')}${bulk('x')}:1\r\n`);
    let listeners = 0;
    for (const s of servers) {
      const direct = await Client.to(s.port);
      direct.write(r('CLIENT', 'LIST'));
      const list = await direct.until((text) => text.includes('cmd=client|list'), 5000);
      listeners += list.match(/ ssub=1 .* user=proxy .* resp=[23]/g)?.length ?? 0;
      direct.close();
    }
    t.equal(listeners, 2);
    const push = `>3\r\n${bulk('smessage')}${bulk('x')}${bulk('m')}`;
    await ask(d, ['SPUBLISH', 'x', 'm'], `${push}:2\r\n`);
    const two = `*3\r\n${bulk('smessage')}${bulk('x')}${bulk('m')}`;
    t.equal(await c.until((s) => s.length >= two.length, 5000), two);
    for (const one of [c, d]) one.close();
    await proxy.close();
    for (const s of servers) await s.stop();
  },
);
