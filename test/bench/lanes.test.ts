import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import { createSecureServer as createSecure } from 'node:http2';
import { connect, createServer } from 'node:net';
import t, { type Test } from 'tap';
import { grpcBackend } from '../../bench/backends/grpc.ts';
import { http1Backend } from '../../bench/backends/http1.ts';
import { clearKeys, fillRedis, mustBeSpread } from '../../bench/backends/redis-keys.ts';
import { check } from '../../bench/checks/check.ts';
import { certificateIn } from '../../bench/contenders/certificate.ts';
import { Http1Lane } from '../../bench/load/http1.ts';
import { grpcLanes, STREAM_MESSAGES } from '../../bench/load/http2.ts';
import { http2Lanes } from '../../bench/load/http2-get.ts';
import { openIdle } from '../../bench/load/idle.ts';
import type { Job, JobKind } from '../../bench/load/job.ts';
import type { Lane, Pacer } from '../../bench/load/pacer.ts';
import { command, KEYS, keyName, RedisLane, VALUE_BYTES } from '../../bench/load/redis.ts';
import { TcpLane } from '../../bench/load/tcp.ts';
import { redisUpstream } from '../../src/demo/redis-upstream.ts';
import { listening } from '../support/listening.ts';

const jobFor = (kind: JobKind, port: number, what: string, more: Partial<Job> = {}): Job => ({
  kind,
  port,
  connections: 2,
  depth: 1,
  what,
  bodyBytes: 0,
  rate: 0,
  warmup: 0,
  seconds: 1,
  pid: 0,
  ...more,
});

/** Sends on each lane until `sends` were answered in all, or one failed; says what came back. */
function drive(make: (pacer: Pacer) => { lanes: Lane[]; close(): void }, sends: number) {
  return new Promise<{ done: number; failed: number; requests: number }>((resolve) => {
    const got = { done: 0, failed: 0, requests: 0 };
    const end = (): void => {
      close();
      resolve(got);
    };
    const pacer = {
      done: (lane: Lane) => {
        if (got.done === sends) return;
        got.done++;
        got.requests += lane.size;
        if (got.done === sends) end();
        else lane.send();
      },
      failed: () => {
        got.failed++;
        end();
      },
    };
    const { lanes, close } = make(pacer as unknown as Pacer);
    for (const lane of lanes) lane.send();
  });
}

const lanesOf =
  <L extends Lane & { close(): void }>(make: (pacer: Pacer) => L) =>
  (pacer: Pacer) => {
    const lanes = [make(pacer), make(pacer)];
    return { lanes, close: () => void lanes.map((lane) => lane.close()) };
  };

t.test('HTTP/1.1: kept, new connections, large bodies either way', async (t) => {
  const server = http1Backend();
  let connections = 0;
  server.on('connection', () => connections++);
  const port = await listening(t, server);
  const http1 = (kind: JobKind, what: string, bodyBytes = 0) =>
    drive(
      lanesOf((pacer) => new Http1Lane(pacer, jobFor(kind, port, what, { bodyBytes }))),
      20,
    );
  t.match(await http1('http1', '/small'), { done: 20, failed: 0 });
  t.equal(connections, 2, 'kept');
  t.match(await http1('http1', '/64k'), { done: 20, failed: 0 });
  t.match(await http1('http1', '/upload', 64 * 1024), { done: 20, failed: 0 });
  connections = 0;
  t.match(await http1('http1-new', '/small'), { done: 20, failed: 0 });
  t.ok(connections >= 20, `${connections} connections for 20 requests`);
});

t.test('gRPC: unary, server stream, bidi', async (t) => {
  const port = await listening(t, grpcBackend());
  const grpc = (kind: JobKind, method: string, sends: number) =>
    drive((pacer) => grpcLanes(pacer, jobFor(kind, port, `/bench.Echo/${method}`, { depth: 3 })), sends);
  t.match(await grpc('grpc-unary', 'Unary', 30), { done: 30, failed: 0, requests: 30 });
  t.match(await grpc('grpc-server-stream', 'ServerStream', 12), { failed: 0, requests: 12 * STREAM_MESSAGES });
  t.match(await grpc('grpc-bidi', 'Bidi', 10 * STREAM_MESSAGES), { done: 10 * STREAM_MESSAGES, failed: 0 });
});

t.test('Redis: GET, SET, MGET, a pipeline', async (t) => {
  const port = await listening(t, redisUpstream());
  const redis = (what: string, depth: number, bodyBytes = 0) =>
    drive(
      lanesOf((pacer) => new RedisLane(pacer, jobFor('redis', port, what, { depth, bodyBytes }), 1)),
      40,
    );
  await fillRedis(port);
  for (const what of ['set', 'get']) t.match(await redis(what, 1, 100), { done: 40, failed: 0, requests: 40 });
  t.match(await redis('get', 16), { done: 40, failed: 0, requests: 640 });
  t.match(await redis('mget', 1), { failed: 1 }, 'the stand-in alone knows no MGET: a proxy splits it');
  const value = `$${VALUE_BYTES}\r\n${'x'.repeat(VALUE_BYTES)}\r\n`;
  const array = `*10\r\n${value.repeat(10)}`;
  const splitting = await listening(
    t,
    createServer((s) => s.on('data', (b) => s.write(array.repeat(b.toString().split('MGET').length - 1)))),
  );
  const mget = lanesOf((pacer) => new RedisLane(pacer, jobFor('redis', splitting, 'mget', { depth: 2 }), 1));
  t.match(await drive(mget, 20), { done: 20, failed: 0, requests: 40 });
});

t.test('TCP: MiB by MiB', async (t) => {
  const port = await listening(t, http1Backend());
  t.match(
    await drive(
      lanesOf((pacer) => new TcpLane(pacer, jobFor('tcp-stream', port, ''))),
      6,
    ),
    { done: 6, failed: 0 },
  );
});

t.test('idle connections stay open', async (t) => {
  const port = await listening(t, http1Backend());
  const over = async (job: Job): Promise<unknown> => {
    const { connections, failed } = await openIdle(job);
    const open = connections.filter((c) => c.open).length;
    for (const c of connections) c.close();
    return [open, failed];
  };
  t.same(await over(jobFor('idle', port, '/small', { connections: 100 })), [100, 0]);
  const grpc = await listening(t, grpcBackend());
  t.same(await over(jobFor('idle-grpc', grpc, '/bench.Echo/Unary', { connections: 100 })), [100, 0]);
  const redis = await listening(t, redisUpstream());
  t.same(await over(jobFor('idle', redis, 'ping', { connections: 100 })), [100, 0]);
  t.same(await over(jobFor('idle', port, 'ping', { connections: 3 })), [0, 3], 'another protocol is no answer');
});

t.test('a wrong answer or a lost connection is a failure, not a figure', async (t) => {
  const saying = async (text: string): Promise<number> =>
    await listening(
      t,
      createServer((s) => s.once('data', () => s.end(text))),
    );
  const bad = await saying('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n');
  t.match(
    await drive(
      lanesOf((p) => new Http1Lane(p, jobFor('http1', bad, '/small'))),
      1,
    ),
    { done: 0 },
  );
  const cut = await saying('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it');
  t.match(
    await drive(
      lanesOf((p) => new Http1Lane(p, jobFor('http1', cut, '/small'))),
      1,
    ),
    { done: 0 },
  );
  for (const wrong of [
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ]) {
    const port = await saying(wrong);
    for (const what of ['/small', '/64k', '/upload']) {
      const got = await drive(
        lanesOf((p) => new Http1Lane(p, jobFor('http1', port, what))),
        1,
      );
      t.match(got, { done: 0 }, `${what}: a body of another length`);
    }
    t.equal((await openIdle(jobFor('idle', port, '/small', { connections: 1 }))).failed, 1);
  }
  for (const [what, wrong] of [
    ['mget', `*10\r\n${'-upstream failure\r\n'.repeat(10)}`],
    ['mget', `*10\r\n${'$-1\r\n'.repeat(10)}`],
    ['get', '$-1\r\n'],
  ]) {
    const port = await saying(wrong);
    const got = await drive(
      lanesOf((p) => new RedisLane(p, jobFor('redis', port, what), 1)),
      1,
    );
    t.match(got, { done: 0 }, JSON.stringify(wrong));
  }
  const error = await saying('-ERR no\r\n');
  t.match(
    await drive(
      lanesOf((p) => new RedisLane(p, jobFor('redis', error, 'get'), 1)),
      1,
    ),
    { done: 0 },
  );
  t.match(await drive((p) => grpcLanes(p, jobFor('grpc-unary', bad, '/bench.Echo/Unary')), 1), { done: 0 });
});

t.test('the check passes what is right, and says what is wrong', async (t) => {
  const http1 = await listening(t, http1Backend());
  await check('http1', http1);
  await check('tcp', http1);
  await check('grpc', await listening(t, grpcBackend()));
  await t.rejects(check('redis', await listening(t, redisUpstream())), /MGET.*got "-ERR unknown command 'MGET'/);
  const silent = await listening(t, createServer());
  for (const group of ['http1', 'grpc', 'redis', 'tcp', 'tls'] as const) {
    await t.rejects(check(group, silent, 50), /no complete answer within 0\.05 s/, group);
  }
});

/** HTTP/1.1 and HTTP/2 over TLS in front of a backend. */
async function overTls(t: Test, backend: number, status?: number): Promise<number> {
  const directory = t.testdir();
  const { cert, key } = certificateIn(directory);
  const server = createSecure({ cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true }, (req, res) => {
    const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !name.startsWith(':')));
    const out = request({ port: backend, host: '127.0.0.1', method: req.method, path: req.url, headers }, (answer) => {
      res.writeHead(status ?? answer.statusCode ?? 0, { 'content-length': answer.headers['content-length'] });
      answer.pipe(res as unknown as ServerResponse);
    });
    req.pipe(out);
  });
  return await listening(t, server);
}

t.test('over TLS: kept connections, new ones, HTTP/2, and what is answered wrongly', async (t) => {
  const backend = await listening(t, http1Backend());
  const port = await overTls(t, backend);
  await check('tls', port);
  const job = (kind: JobKind, to: number): Job => jobFor(kind, to, '/small', { tls: true });
  for (const kind of ['http1', 'http1-new'] as const) {
    const got = await drive(
      lanesOf((p) => new Http1Lane(p, job(kind, port))),
      6,
    );
    t.match(got, { done: 6, failed: 0 }, kind);
  }
  const two = (to: number) => (p: Pacer) => http2Lanes(p, { ...job('http2', to), depth: 3 });
  t.match(await drive(two(port), 12), { done: 12, failed: 0 });
  const bad = await overTls(t, backend, 500);
  await t.rejects(check('tls', bad), /status: expected 200, got 500/);
  t.match(await drive(two(bad), 1), { done: 0 });
  await t.rejects(check('tls', backend));
});

t.test('the check sees what a proxy does to a request: its body, its headers, bytes of a stream', async (t) => {
  const backend = await listening(t, http1Backend());
  const through = async (body: (b: Buffer) => Buffer, headers: (h: IncomingHttpHeaders) => IncomingHttpHeaders) =>
    await listening(
      t,
      createHttp((req, res) => {
        const pieces: Buffer[] = [];
        req.on('data', (piece: Buffer) => pieces.push(piece));
        req.on('end', () => {
          const { method, url: path } = req;
          const out = request(
            { port: backend, host: '127.0.0.1', method, path, headers: headers(req.headers) },
            (a) => {
              res.writeHead(a.statusCode ?? 0, a.headers);
              a.pipe(res);
            },
          );
          out.end(body(Buffer.concat(pieces)));
        });
      }),
    );
  const zeroed = (b: Buffer): Buffer => Buffer.alloc(b.length);
  await check(
    'http1',
    await through(
      (b) => b,
      (h) => h,
    ),
  );
  await t.rejects(check('http1', await through(zeroed, (h) => h)), /POST, digest and header that arrived/);
  const bare = (h: IncomingHttpHeaders): IncomingHttpHeaders =>
    h['content-length'] === undefined ? {} : { 'content-length': h['content-length'] };
  await t.rejects(check('http1', await through((b) => b, bare)), /value 0", got .*\(no header\)/);
  const swapping = await listening(
    t,
    createServer((socket) => {
      const up = connect(backend, '127.0.0.1');
      // Of what a client sends, the last byte of each large piece is another one.
      socket.on('data', (b) => {
        if (b.length > 1000) b[b.length - 1] ^= 1;
        up.write(b);
      });
      up.pipe(socket);
      up.on('error', () => {});
      socket.on('close', () => up.destroy());
    }),
  );
  await t.rejects(check('tcp', swapping), /POST, digest and header that arrived/);
});

t.test('a chunked upload has its digest, too', async (t) => {
  const port = await listening(t, http1Backend());
  const ask = async (headers: Record<string, string>): Promise<string> => {
    const req = request({ port, host: '127.0.0.1', method: 'POST', path: '/digest', headers });
    req.write('hel');
    req.end('lo');
    const [res] = await once(req, 'response');
    return Buffer.concat(await res.toArray()).toString();
  };
  const chunked = await ask({ 'transfer-encoding': 'chunked' });
  t.match(chunked, '/digest 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 (no header)');
  t.equal(await ask({ 'content-length': '5' }), chunked);
});

t.test('keys on one server are not spread, whatever the contender before has left there', async (t) => {
  const ports = [await listening(t, redisUpstream()), await listening(t, redisUpstream())];
  await fillRedis(ports[0]);
  await fillRedis(ports[1]);
  await mustBeSpread(ports);
  await clearKeys(ports);
  await fillRedis(ports[0]);
  await t.rejects(mustBeSpread(ports), /not spread over the servers: they hold 1000 and 0 of 1000/);
  // Half a hash's worth is enough; a handful is not.
  const set = async (n: number): Promise<void> => {
    const socket = connect(ports[1], '127.0.0.1');
    for (let i = 0; i < n; i++) socket.write(command(['SET', keyName(i), 'x']));
    let got = '';
    while (got.length < n * 5) got += String((await once(socket, 'data'))[0]);
    socket.destroy();
  };
  await set(5);
  await t.rejects(mustBeSpread(ports), /hold 1000 and 5/);
  await set(KEYS / 2);
  await mustBeSpread(ports);
});
