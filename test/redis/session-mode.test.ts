/** Session mode with a real redis-server: what a client can do that has a connection of its own while it needs one. */
import t from 'tap';
import { DrainSequence } from '../../src/transport/drain.ts';
import {
  Client,
  FakeRedis,
  freePort,
  type ProxyOptions,
  RealRedis,
  request,
  startProxy,
  type TestProxy,
} from './harness.ts';

const METADATA = (value: object): object => ({ metadata: { filterMetadata: new Map([['envoylet.redis', value]]) } });
const MODE = METADATA({ session_mode: true });
const r = request;

async function start(
  t: { teardown(fn: () => unknown): void },
  options: ProxyOptions = {},
): Promise<[RealRedis, TestProxy, () => Promise<Client>]> {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], { envoy16: false, cluster: MODE, ...options });
  const clients: Client[] = [];
  t.teardown(async () => {
    for (const c of clients) c.close();
    await proxy.close();
    await redis.stop();
  });
  return [
    redis,
    proxy,
    async () => {
      const c = await Client.to(proxy.port);
      clients.push(c);
      return c;
    },
  ];
}

/** Ask; throws when something else comes back. */
async function ask(c: Client, words: readonly string[], expected: string): Promise<void> {
  c.write(r(...words));
  const text = await c.until((s) => s.length >= expected.length, 5000);
  if (text !== expected)
    throw new Error(`${words.join(' ')}: ${JSON.stringify(text)} instead of ${JSON.stringify(expected)}`);
  await c.take(text.length);
}

/** A number of the proxy's that something else changes soon. */
async function reaches(proxy: TestProxy, name: string, value: number): Promise<void> {
  while (proxy.value(name) !== value) await new Promise((resolve) => setImmediate(resolve));
}

const PINNED = 'redis.p.session.pinned_active';

t.test('who subscribes hears messages, in RESP2 and as pushes in RESP3; the others share one connection', async (t) => {
  const [, proxy, client] = await start(t);
  const a = await client();
  const b = await client();
  const two = '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\ny\r\n:2\r\n';
  await ask(a, ['SUBSCRIBE', 'x', 'y'], two);
  await ask(a, ['PSUBSCRIBE', 'p*'], '*3\r\n$10\r\npsubscribe\r\n$2\r\np*\r\n:3\r\n');
  b.write(r('HELLO', '3'));
  await b.take((await b.until((s) => s.endsWith('modules\r\n*0\r\n'), 5000)).length);
  await ask(b, ['SSUBSCRIBE', 's'], '>3\r\n$10\r\nssubscribe\r\n$1\r\ns\r\n:1\r\n');
  t.equal(proxy.value(PINNED), 2);
  const c = await client();
  await ask(c, ['PUBLISH', 'x', 'one'], ':1\r\n');
  await ask(c, ['PUBLISH', 'pq', 'two'], ':1\r\n');
  await ask(c, ['SPUBLISH', 's', 'three'], ':1\r\n');
  const heard =
    '*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$3\r\none\r\n*4\r\n$8\r\npmessage\r\n$2\r\np*\r\n$2\r\npq\r\n$3\r\ntwo\r\n';
  t.equal(await a.ask('', heard), heard);
  const push = '>3\r\n$8\r\nsmessage\r\n$1\r\ns\r\n$5\r\nthree\r\n';
  t.equal(await b.ask('', push), push);
  await ask(b, ['GET', 'none'], '_\r\n');
  await ask(b, ['SUNSUBSCRIBE'], '>3\r\n$12\r\nsunsubscribe\r\n$1\r\ns\r\n:0\r\n');
  a.write(Buffer.concat([r('UNSUBSCRIBE'), r('PUNSUBSCRIBE'), r('SET', 'k', 'v'), r('GET', 'k')]));
  const end = '*3\r\n$12\r\npunsubscribe\r\n$2\r\np*\r\n:0\r\n+OK\r\n$1\r\nv\r\n';
  t.match(
    await a.until((s) => s.endsWith(end), 5000),
    /^(\*3\r\n\$11\r\nunsubscribe\r\n\$1\r\n[xy]\r\n:[12]\r\n){2}\*3/,
  );
  await ask(c, ['UNSUBSCRIBE'], '*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n');
  await ask(c, ['PUBSUB', 'CHANNELS'], '*0\r\n');
});

t.test('who blocks holds up nobody, and has its connection no longer than it needs it', async (t) => {
  const [, proxy, client] = await start(t, { cluster: METADATA({ session_mode: true, idle_timeout: 0.05 }) });
  const a = await client();
  const b = await client();
  a.write(Buffer.concat([r('BLPOP', 'l', '0'), r('GET', 'k')]));
  await reaches(proxy, PINNED, 1);
  await ask(b, ['SET', 'k', 'later'], '+OK\r\n');
  await ask(b, ['RPUSH', 'l', 'x'], ':1\r\n');
  t.equal(
    await a.ask('', '*2\r\n$1\r\nl\r\n$1\r\nx\r\n$5\r\nlater\r\n'),
    '*2\r\n$1\r\nl\r\n$1\r\nx\r\n$5\r\nlater\r\n',
  );
  await ask(a, ['BLPOP', 'l', '0.01'], '*-1\r\n');
  await ask(a, ['XREAD', 'BLOCK', '10', 'STREAMS', 's', '$'], '*-1\r\n');
  await ask(a, ['WAIT', '0', '10'], ':0\r\n');
  await reaches(proxy, PINNED, 0);
  t.equal(proxy.value('redis.p.session.pinned_total'), 1, 'one for all of them');
  await ask(a, ['GET', 'k'], '$5\r\nlater\r\n');
});

t.test('what one waits for does not time out, what the host does not answer does', async (t) => {
  const host = await FakeRedis.start();
  const proxy = await startProxy([host.port], { envoy16: false, cluster: MODE, opTimeout: 60 });
  const a = await Client.to(proxy.port);
  a.write(r('BLPOP', 'l', '0'));
  await host.take(r('BLPOP', 'l', '0').length);
  const b = await Client.to(proxy.port);
  for (let i = 0; i < 2; i++) t.equal(await b.ask(r('DEBUG', 'x'), '-upstream failure\r\n'), '-upstream failure\r\n');
  host.send('*-1\r\n');
  t.equal(await a.ask('', '*-1\r\n'), '*-1\r\n');
  t.equal(proxy.value('cluster.redis.upstream_rq_timeout'), 2);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
  a.close();
  b.close();
  await proxy.close();
  await host.close();
});

t.test('requests are executed in their order whichever way they go', async (t) => {
  const [, proxy, client] = await start(t);
  const a = await client();
  const batch: Buffer[] = [];
  let expected = '';
  for (let i = 0; i < 300; i++) {
    batch.push(r('SET', 'n', `${i}`), r('MULTI'), r('INCR', 'n'), r('GET', 'n'), r('EXEC'), r('GET', 'n'), r('PING'));
    const n = `${i + 1}`;
    const value = `$${n.length}\r\n${n}\r\n`;
    expected += `+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:${n}\r\n${value}${value}+PONG\r\n`;
  }
  t.equal(await a.ask(Buffer.concat(batch), expected), expected);
  t.equal(proxy.value(PINNED), 1);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(proxy.value('redis.p.downstream_rq_total'), 2100);
  a.write(Buffer.concat([...batch, r('QUIT')]));
  t.equal(await a.rest(), `${expected}+OK\r\n`, 'and all of them before the connection closes');
});

t.test(
  'what the proxy answers itself comes in its turn among the replies of the client’s own connection',
  async (t) => {
    const [, proxy, client] = await start(t);
    const a = await client();
    const batch = [r('MULTI'), r('PSYNC', '?', '-1'), r('SET', 'k', '1'), r('CLIENT', 'REPLY', 'OFF'), r('HELLO', '4')];
    batch.push(r('GET', 'k'), r('EXEC'), r('GET', 'k'));
    const expected =
      "+OK\r\n-ERR 'PSYNC' is not supported by the proxy\r\n+QUEUED\r\n-ERR CLIENT REPLY OFF is not supported by the proxy\r\n" +
      '-NOPROTO unsupported protocol version\r\n+QUEUED\r\n*2\r\n+OK\r\n$1\r\n1\r\n$1\r\n1\r\n';
    for (let i = 0; i < 10; i++) {
      a.write(Buffer.concat(batch));
      t.equal(await a.until((text) => text.length >= expected.length, 5000), expected);
      await a.take(expected.length);
    }
    t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  },
);

t.test('WATCH guards, with any commands between', async (t) => {
  const [, , client] = await start(t);
  const a = await client();
  const b = await client();
  for (const [by, result] of [
    [b, '*-1\r\n'],
    [null, '*1\r\n+OK\r\n'],
  ] as const) {
    await ask(a, ['WATCH', 'w'], '+OK\r\n');
    await ask(a, ['GET', 'none'], '$-1\r\n');
    if (by !== null) await ask(by, ['SET', 'w', '1'], '+OK\r\n');
    await ask(a, ['MULTI'], '+OK\r\n');
    await ask(a, ['FLUSHALL'], '+QUEUED\r\n');
    await ask(a, ['EXEC'], result);
  }
});

t.test('databases, names and tracking are each client’s own', async (t) => {
  const [, proxy, client] = await start(t);
  const a = await client();
  const b = await client();
  await ask(a, ['SELECT', '3'], '+OK\r\n');
  await ask(a, ['SET', 'd', 'three'], '+OK\r\n');
  await ask(b, ['GET', 'd'], '$-1\r\n');
  await ask(a, ['GET', 'd'], '$5\r\nthree\r\n');
  await ask(a, ['SELECT', 'x'], '-ERR value is not an integer or out of range\r\n');
  await ask(a, ['SELECT', '0'], '+OK\r\n');
  await ask(a, ['GET', 'd'], '$-1\r\n');
  await ask(b, ['CLIENT', 'GETNAME'], '$-1\r\n');
  await ask(
    b,
    ['CLIENT', 'SETNAME', 'with space'],
    '-ERR Client names cannot contain spaces, newlines or special characters.\r\n',
  );
  await ask(b, ['CLIENT', 'SETNAME', 'me'], '+OK\r\n');
  await ask(b, ['CLIENT', 'GETNAME'], '$2\r\nme\r\n');
  await ask(b, ['CLIENT', 'REPLY', 'OFF'], '-ERR CLIENT REPLY OFF is not supported by the proxy\r\n');
  b.write(r('CLIENT', 'INFO'));
  t.match(await b.until((s) => s.includes('resp='), 5000), / name=me /);
  const c = await client();
  c.write(r('HELLO', '3', 'SETNAME', 'it'));
  await c.take((await c.until((s) => s.endsWith('modules\r\n*0\r\n'), 5000)).length);
  await ask(c, ['CLIENT', 'TRACKING', 'ON'], '+OK\r\n');
  await ask(c, ['GET', 'tracked'], '_\r\n');
  await ask(a, ['SET', 'tracked', '1'], '+OK\r\n');
  const news = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$7\r\ntracked\r\n';
  t.equal(await c.ask('', news), news);
  await ask(c, ['CLIENT', 'GETNAME'], '$2\r\nit\r\n');
  await ask(c, ['RESET'], '+RESET\r\n');
  await ask(c, ['CLIENT', 'GETNAME'], '$-1\r\n');
  await reaches(proxy, PINNED, 2);
  await ask(c, ['PSYNC', '?', '-1'], "-ERR 'PSYNC' is not supported by the proxy\r\n");
});

t.test('MONITOR shows what others do, until RESET', async (t) => {
  const [, , client] = await start(t);
  const a = await client();
  const b = await client();
  await ask(a, ['MONITOR'], '+OK\r\n');
  await ask(b, ['SET', 'seen', '1'], '+OK\r\n');
  const line = await a.until((s) => s.endsWith('"SET" "seen" "1"\r\n'), 5000);
  t.match(line, /^\+\d+\.\d+ /);
  await a.take(line.length);
  await ask(a, ['RESET'], '+RESET\r\n');
  await ask(a, ['GET', 'seen'], '$1\r\n1\r\n');
});

t.test(
  'a client that leaves in the middle of its transaction, or while it blocks, takes its connection along',
  async (t) => {
    const [, proxy, client] = await start(t);
    const a = await client();
    const b = await client();
    const c = await client();
    await ask(a, ['MULTI'], '+OK\r\n');
    await ask(a, ['SET', 'never', '1'], '+QUEUED\r\n');
    b.write(r('BLPOP', 'l', '0'));
    await reaches(proxy, PINNED, 2);
    a.close();
    b.close();
    await reaches(proxy, PINNED, 0);
    await ask(c, ['RPUSH', 'l', 'x'], ':1\r\n');
    await ask(c, ['LLEN', 'l'], ':1\r\n');
    await ask(c, ['EXISTS', 'never'], ':0\r\n');
    t.equal(proxy.value('cluster.redis.circuit_breakers.default.cx_open'), 0);
  },
);

t.test('when Redis goes: who waits is told, who had something there is closed', async (t) => {
  const [redis, proxy, client] = await start(t);
  const waits = await client();
  const listens = await client();
  const amid = await client();
  waits.write(r('BLPOP', 'l', '0'));
  await ask(listens, ['SUBSCRIBE', 'x'], '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n');
  await ask(amid, ['MULTI'], '+OK\r\n');
  await reaches(proxy, PINNED, 3);
  await redis.stop();
  t.equal(await waits.ask('', '-upstream failure\r\n'), '-upstream failure\r\n');
  t.equal(await listens.rest(), '');
  t.equal(await amid.rest(), '');
  t.equal(proxy.value('redis.p.session.pinned_lost'), 2);
  t.equal(proxy.value(PINNED), 0);
  const again = await RealRedis.start(redis.port);
  await ask(waits, ['DBSIZE'], ':0\r\n');
  await ask(waits, ['MULTI'], '+OK\r\n');
  await ask(waits, ['EXEC'], '*0\r\n');
  await again.stop();
});

t.test('connections of their own are the cluster’s: above max_connections there is none', async (t) => {
  const [, proxy, client] = await start(t, {
    cluster: { ...MODE, circuitBreakers: { thresholds: [{ maxConnections: 1 }] } },
  });
  const a = await client();
  const b = await client();
  await ask(a, ['MULTI'], '+OK\r\n');
  const none = "-ERR no connection of its own is left for this client: the cluster's max_connections are in use\r\n";
  await ask(b, ['SUBSCRIBE', 'x'], none);
  await ask(b, ['GET', 'x'], '$-1\r\n');
  t.equal(proxy.value('redis.p.session.pinned_overflow'), 1);
  t.equal(proxy.value('cluster.redis.upstream_cx_overflow'), 1);
  const c = await client();
  c.write(Buffer.concat([r('SET', 'x', '1'), r('MULTI'), r('SET', 'x', '2'), r('EXEC')]));
  t.equal(await c.rest(), `+OK\r\n${none}`, 'nothing of a transaction that cannot be one is executed');
  await ask(b, ['GET', 'x'], '$1\r\n1\r\n');
  a.close();
  await reaches(proxy, PINNED, 0);
  await ask(b, ['SUBSCRIBE', 'x'], '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n');
});

t.test(
  'who has asked for a database that its host is lost with is closed, and asks nothing of another one',
  async (t) => {
    const host = await FakeRedis.start();
    const proxy = await startProxy([host.port], { envoy16: false, cluster: MODE });
    const a = await Client.to(proxy.port);
    a.write(r('SELECT', '3'));
    await host.take(r('SELECT', '3').length);
    host.sockets[0].destroy();
    a.write(r('SET', 'k', 'v'));
    t.equal(await a.rest(), '');
    t.equal(proxy.value('redis.p.session.pinned_lost'), 1);
    t.equal(proxy.value('cluster.redis.upstream_cx_total'), 1, 'not sent to database 0');
    await proxy.close();
    await host.close();
  },
);

t.test('a subscriber that does not read is not buffered for', async (t) => {
  const host = await FakeRedis.start();
  const proxy = await startProxy([host.port], { envoy16: false, cluster: MODE, bufferLimit: 64 * 1024 });
  const a = await Client.to(proxy.port);
  a.write(r('SUBSCRIBE', 'x'));
  await host.take(r('SUBSCRIBE', 'x').length);
  const hello = '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n';
  host.send(hello);
  t.equal(await a.ask('', hello), hello);
  a.socket.pause();
  const message = Buffer.concat([
    Buffer.from('*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$32768\r\n'),
    Buffer.alloc(32768, 'm'),
    Buffer.from('\r\n'),
  ]);
  const messages = 400;
  for (let i = 0; i < messages; i++) host.send(message);
  while (proxy.value('cluster.redis.upstream_flow_control_paused_reading_total') === 0)
    await new Promise((resolve) => setImmediate(resolve));
  t.ok(proxy.value('redis.p.downstream_cx_tx_bytes_buffered') < 1024 * 1024);
  a.socket.resume();
  const all = messages * message.length;
  t.equal((await a.take(all)).length, all, 'and goes on when it reads');
  a.close();
  await proxy.close();
  await host.close();
});

t.test('a host that sends what nobody asked for, or no RESP, is closed', async (t) => {
  for (const bad of [':1\r\n:2\r\n', ':1\r\nx', ':1\r\n*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\nm\r\n']) {
    const host = await FakeRedis.start();
    const proxy = await startProxy([host.port], { envoy16: false, cluster: MODE });
    const a = await Client.to(proxy.port);
    a.write(r('FOO'));
    await host.take(r('FOO').length);
    host.send(bad);
    t.equal(await a.ask('', ':1\r\n'), ':1\r\n');
    await reaches(proxy, 'cluster.redis.upstream_cx_protocol_error', 1);
    a.write(r('GET', 'k'));
    await host.take(r('GET', 'k').length);
    host.send('$-1\r\n', 1);
    t.equal(await a.ask('', '$-1\r\n'), '$-1\r\n', 'the client has lost nothing');
    a.close();
    await proxy.close();
    await host.close();
  }
});

t.test('a listener that drains lets a transaction end', async (t) => {
  const [, proxy, client] = await start(t);
  const a = await client();
  await ask(a, ['MULTI'], '+OK\r\n');
  proxy.drain.begin(new DrainSequence({ strategy: 'immediate', timeMs: 1 }));
  await ask(a, ['SET', 'x', '1'], '+QUEUED\r\n');
  a.write(r('EXEC'));
  t.equal(await a.rest(), '*1\r\n+OK\r\n');
});

t.test('before AUTH nothing goes to Redis', async (t) => {
  const [, proxy, client] = await start(t, { config: { downstreamAuthPasswords: [{ inlineString: 'pw' }] } });
  const a = await client();
  for (const words of [['SUBSCRIBE', 'x'], ['FOO'], ['GET', 'x'], ['MULTI']])
    await ask(a, words, '-NOAUTH Authentication required.\r\n');
  t.equal(proxy.value('redis.p.session.pinned_total'), 0);
  await ask(a, ['AUTH', 'pw'], '+OK\r\n');
  await ask(a, ['MULTI'], '+OK\r\n');
  await ask(a, ['EXEC'], '*0\r\n');
  const long = ['DEL', ...'abcdefghij'];
  await ask(a, long, ':0\r\n');
  await ask(a, ['RESET'], '+RESET\r\n');
  await ask(a, ['GET', 'x'], '-NOAUTH Authentication required.\r\n');
  // Short ones only, as before AUTH.
  await ask(a, long, '-downstream protocol error\r\n');
});

t.test('where the proxy asks for no password, AUTH is Redis’s, for the client alone', async (t) => {
  const [, proxy, client] = await start(t);
  const a = await client();
  const b = await client();
  await ask(b, ['ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@all', '-set'], '+OK\r\n');
  await ask(a, ['AUTH', 'reader', 'no'], '-WRONGPASS invalid username-password pair or user is disabled.\r\n');
  await ask(a, ['AUTH', 'reader', 'pw'], '+OK\r\n');
  await ask(a, ['SET', 'x', '1'], "-NOPERM this user has no permissions to run the 'set' command\r\n");
  await ask(b, ['SET', 'x', '1'], '+OK\r\n');
  await ask(a, ['GET', 'x'], '$1\r\n1\r\n');
  t.equal(proxy.value(PINNED), 1);
  const c = await client();
  c.write(r('HELLO', '3', 'AUTH', 'reader', 'pw'));
  await c.take((await c.until((s) => s.endsWith('modules\r\n*0\r\n'), 5000)).length);
  await ask(c, ['SET', 'x', '1'], "-NOPERM this user has no permissions to run the 'set' command\r\n");
  await ask(c, ['GET', 'none'], '_\r\n');
  await ask(b, ['GET', 'none'], '$-1\r\n');
});

t.test('a cluster that comes later has it too, from the first byte of the first client', async (t) => {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], {
    envoy16: false,
    config: { prefixRoutes: { catchAllRoute: { cluster: 'late' } } },
  });
  const none = await Client.to(proxy.port);
  await ask(none, ['GET', 'x'], '-no upstream host\r\n');
  const lbEndpoints = [{ endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: redis.port } } } }];
  const loadAssignment = { clusterName: 'late', endpoints: [{ lbEndpoints }] };
  proxy.clusters.control.put({ name: 'late', type: 'STATIC', loadAssignment, ...MODE } as never);
  while (proxy.clusters.get('late') === undefined) await new Promise((resolve) => setImmediate(resolve));
  const clients = await Promise.all([1, 2, 3].map(() => Client.to(proxy.port)));
  for (const c of clients) c.write(Buffer.concat([r('SELECT', '2'), r('DBSIZE')]));
  for (const c of clients) t.equal((await c.take(9)).toString(), '+OK\r\n:0\r\n');
  const gone = await Client.to(proxy.port);
  gone.close();
  for (const c of [none, ...clients]) c.close();
  await proxy.close();
  await redis.stop();
});

t.test('what is wrong with the metadata, or does not go with it, is refused by name', async (t) => {
  const port = await freePort();
  const refused = async (value: object, config: ProxyOptions['config'], text: RegExp): Promise<void> => {
    await t.rejects(startProxy([port], { envoy16: false, cluster: METADATA(value), config }), text);
  };
  const all = { cluster: 'redis' };
  await refused({ session_mode: 'yes' }, {}, /session_mode must be true or false/);
  await refused({ session_mode: true, idle: 1 }, {}, /'idle' is not known/);
  await refused({ session_mode: true, idle_timeout: 0 }, {}, /idle_timeout must be a number of seconds/);
  const on = { session_mode: true };
  await refused(on, { protocolVersion: 'RESP3' }, /protocol_version/);
  await refused(
    on,
    { prefixRoutes: { routes: [{ prefix: 'a', ...all }], catchAllRoute: all } },
    /prefix_routes.routes/,
  );
  await refused(on, { prefixRoutes: { catchAllRoute: { ...all, keyFormatter: '%KEY%' } } }, /key_formatter/);
  await refused(
    on,
    { prefixRoutes: { catchAllRoute: { ...all, requestMirrorPolicy: [all] } } },
    /request_mirror_policy/,
  );
  await refused(on, { prefixRoutes: { catchAllRoute: { ...all, readCommandPolicy: all } } }, /read_command_policy/);
  await refused(on, { settings: { opTimeout: 1000, readPolicy: 'ANY' } }, /read_policy/);
  await refused(on, { faults: [{ faultType: 'ERROR', commands: ['get'] }] }, /faults/);
});

t.test(
  'without it, or where a cluster has several Redis and keys choose none of them, these are unknown commands',
  async () => {
    const redis = [await RealRedis.start(), await RealRedis.start()];
    for (const [ports, cluster] of [
      [[redis[0].port], {}],
      [[redis[0].port], METADATA({ session_mode: false })],
      [redis.map((x) => x.port), MODE],
    ] as const) {
      const proxy = await startProxy(ports, { envoy16: false, cluster });
      const c = await Client.to(proxy.port);
      const unknown = "-ERR unknown command 'BLPOP', with args beginning with: l\r\n";
      await ask(c, ['BLPOP', 'l', '0'], unknown);
      await ask(c, ['HELLO', '3'], '-NOPROTO unsupported protocol version\r\n');
      c.close();
      await proxy.close();
    }
    for (const x of redis) await x.stop();
  },
);
