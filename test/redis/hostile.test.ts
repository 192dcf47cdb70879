import { Redis } from 'ioredis';
import t from 'tap';
import { Client, RealRedis, request, startProxy } from './harness.ts';

/** Same numbers every run. */
function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % n;
  };
}

const CORPUS: (string | Buffer)[] = [
  '*1\r\n$1048577\r\n',
  '*1048577\r\n',
  '*-1\r\n*0\r\n*1\r\n',
  '*2\r\n$3\r\nGET\r\n$-1\r\n',
  '*2\r\n$3\r\nGET\r\n$5\r\nab',
  '*2\r\n$3\r\nGET\r\n$03\r\nabc\r\n',
  '*2\r\n$3\r\nGET\r\n$3\r\nabcd\r\n',
  '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n*1\r\n$4\r\nPING\r\n',
  '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$22\r\n*1\r\n$8\r\nSHUTDOWN\r\nxx\r\n',
  `${'*1\r\n'.repeat(100_000)}`,
  `*${'9'.repeat(100_000)}\r\n`,
  `$${'1'.repeat(100_000)}\r\n`,
  `+${'a'.repeat(200_000)}\r\n`,
  'SET k "\r\n',
  `GET ${'a'.repeat(70_000)}\r\n`,
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\nSET hacked 1\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  Buffer.from('160301020001000001fc0303', 'hex'),
  request('EVAL', 'return 1', '-1', 'k'),
  request('EVAL', 'return 1', '99999999999999999999', 'k'),
  request('EVAL', "return redis.call('SHUTDOWN')", '1', 'k'),
  request('SHUTDOWN', 'NOSAVE'),
  request('CONFIG', 'SET', 'dir', '/tmp'),
  request('SUBSCRIBE', 'x'),
  request('MONITOR', 'x'),
  request('CLIENT', 'KILL', 'TYPE', 'normal'),
  request('CLIENT', 'REPLY', 'OFF'),
  request('MULTI', 'x'),
  request('HELLO', '3'),
  request('QUIT', 'x'),
  request('RESET', 'x'),
  request('SYNC', 'x'),
  request('get\0', 'k'),
  request('GET', 'k', 'too', 'many'),
  request('', 'k'),
  request('MGET', ...new Array(20_000).fill('k')),
  request('DEL', ...new Array(20_000).fill('nobody')),
];

t.test('whatever one client sends, the others and the shared connection never notice', async (t) => {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port]);
  const good = new Redis({ port: proxy.port, host: '127.0.0.1', enableReadyCheck: false });
  const random = generator(4711);
  await good.set('good', '0');

  let running = true;
  let rounds = 0;
  const watch = (async () => {
    while (running) {
      const [a, b] = await Promise.all([good.incr('good'), good.mget('good', 'none')]);
      if (String(a) !== b[0] || b[1] !== null) throw new Error(`${a} ${b}`);
      rounds++;
    }
  })();

  const pieces = [
    '*1\r\n',
    '*2\r\n',
    '*3\r\n',
    '$3\r\n',
    'GET\r\n',
    'SET\r\n',
    '$1\r\n',
    'k\r\n',
    '$-1\r\n',
    ':1\r\n',
    '\r\n',
    '*0\r\n',
    'PING\r\n',
    '\0',
    '"',
    '+x\r\n',
    '$0\r\n',
  ];
  const inputs = CORPUS.map((c) => (typeof c === 'string' ? Buffer.from(c, 'latin1') : c));
  for (let i = 0; i < 300; i++) {
    let text = '';
    for (let n = 1 + random(12); n > 0; n--) text += pieces[random(pieces.length)];
    inputs.push(Buffer.from(text, 'latin1'));
  }
  for (let i = 0; i < 100; i++) {
    // A good pipeline with some bytes changed.
    const b = Buffer.concat([request('SET', 'x', 'value'), request('GET', 'x'), request('MGET', 'x', 'y')]);
    for (let n = 1 + random(3); n > 0; n--) b[random(b.length)] = random(256);
    inputs.push(b);
  }
  const ends = inputs.map(async (input, i) => {
    const c = await Client.to(proxy.port);
    c.write(input);
    if (i % 3 === 0) {
      // Gone without waiting.
      await new Promise(setImmediate);
      c.socket.resetAndDestroy();
      return;
    }
    c.socket.end();
    await c.rest();
    c.close();
  });
  await Promise.all(ends);
  running = false;
  await watch;
  t.ok(rounds > 0);
  t.equal(await good.get('hacked'), null);
  t.equal(proxy.value('cluster.redis.upstream_cx_total'), 1, 'the one connection of the beginning');
  t.equal(proxy.value('cluster.redis.upstream_cx_protocol_error'), 0);
  good.disconnect();
  while (proxy.value('redis.p.downstream_cx_active') > 0) await new Promise(setImmediate);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  while (proxy.value('cluster.redis.upstream_rq_active') > 0) await new Promise(setImmediate);
  await proxy.close();
  await redis.stop();
});

t.test('random pipelines over three servers, cut anywhere, give what one server gives', async (t) => {
  const servers = await Promise.all([RealRedis.start(), RealRedis.start(), RealRedis.start()]);
  const reference = await RealRedis.start();
  const proxy = await startProxy(
    servers.map((s) => s.port),
    { cluster: { lbPolicy: 'MAGLEV' } },
  );
  const random = generator(99);
  for (let round = 0; round < 20; round++) {
    const c = await Client.to(proxy.port);
    const direct = await Client.to(reference.port);
    const parts: Buffer[] = [];
    const key = (): string => `r${round}:${random(30)}`;
    for (let i = 0; i < 200; i++) {
      const kind = random(8);
      if (kind === 0) parts.push(request('MGET', key(), key(), key()));
      else if (kind === 1) parts.push(request('MSET', key(), 'a', key(), 'b'));
      else if (kind === 2) parts.push(request('DEL', key(), key()));
      else if (kind === 3) parts.push(request('EXISTS', key(), key(), key()));
      else if (kind === 4) parts.push(request('PING'));
      else if (kind === 5)
        parts.push(request('SET', key(), 'v'.repeat(random(4) === 0 ? random(100_000) : random(50))));
      else if (kind === 6) parts.push(request('APPEND', key(), '\r\n$1\r\n'));
      else parts.push(request('GET', key()));
    }
    parts.push(request('SETRANGE', `end${round}`, '70007', 'x'));
    const all = Buffer.concat(parts);
    direct.write(all);
    for (let i = 0; i < all.length; ) {
      const n = 1 + random(random(2) === 0 ? 40 : 40_000);
      c.write(all.subarray(i, i + n));
      i += n;
      if (random(3) === 0) await new Promise(setImmediate);
    }
    const expected = await direct.until((s) => s.endsWith(':70008\r\n'), 20_000);
    const got = await c.until((s) => s.endsWith(':70008\r\n'), 20_000);
    t.ok(got === expected, `round ${round}: ${expected.length} bytes`);
    c.close();
    direct.close();
  }
  await proxy.close();
  for (const s of [...servers, reference]) await s.stop();
});

t.test('who has not authenticated is held to small requests, however they are cut; afterwards to none', async (t) => {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], { config: { downstreamAuthPassword: { inlineString: 'x' } } });
  t.teardown(async () => {
    await proxy.close();
    await redis.stop();
  });
  const noauth = '-NOAUTH Authentication required.\r\n';
  const broken = '-downstream protocol error\r\n';
  const ten = request('MGET', ...new Array(9).fill('k'));
  const long = request('SET', 'k', 'x'.repeat(16 * 1024));
  const rows: [input: Buffer | string, answer: string][] = [
    [Buffer.concat([ten, ten]), noauth + noauth + broken],
    [long, noauth + broken],
    [request('MGET', ...new Array(10).fill('k')), broken],
    ['*11\r\n', broken],
    [request('SET', 'k', 'x'.repeat(16 * 1024 + 1)), broken],
    ['*2\r\n$3\r\nGET\r\n$16385\r\n', broken],
    [
      Buffer.concat([request('AUTH', 'wrong'), request('MGET', ...new Array(10).fill('k'))]),
      `-ERR invalid password\r\n${broken}`,
    ],
  ];
  for (const [input, answer] of rows) {
    for (const cut of [1e6, 1]) {
      const c = await Client.to(proxy.port);
      const bytes = Buffer.concat([
        Buffer.from(input),
        answer.startsWith(broken) ? Buffer.alloc(0) : Buffer.from('*99\r\n'),
      ]);
      // The beginning byte by byte is enough.
      const fine = cut === 1 ? Math.min(bytes.length, 400) : 0;
      for (let i = 0; i < fine; i++) c.write(bytes.subarray(i, i + 1));
      c.write(bytes.subarray(fine));
      t.equal(await c.rest(), answer, `${bytes.toString('latin1', 0, 30)} by ${cut}`);
      c.close();
    }
  }
  const c = await Client.to(proxy.port);
  const many = request('MSET', ...new Array(40).fill('x'.repeat(20_000)));
  t.equal(await c.ask(Buffer.concat([request('AUTH', 'x'), many]), '+OK\r\n+OK\r\n'), '+OK\r\n+OK\r\n');
  c.write(Buffer.concat([request('AUTH', 'no'), ten, many]));
  t.equal(await c.rest(), `-ERR invalid password\r\n${noauth}${broken}`, 'who was taken back');
  c.close();
});
