/** Long bodies, which are lent from where they were read (src/platform/lent.ts), arrive as they were sent whoever is on their way. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import t, { type Test } from 'tap';
import type { HttpConnectionManager, Route } from '../../src/config/schema/types.ts';
import { CONTINUE, type DataStatus, StreamFilter } from '../../src/http/stream/filter.ts';
import { listening } from '../support/listening.ts';
import { filterEntry } from './filters.ts';
import { cluster, ROUTER, TestProxy } from './proxy.ts';

/** Longer than a read, and of no length that anything else has. */
const BODY = randomBytes(300_007);
const LONG = randomBytes(12_000_011);

/** Keeps all data of both directions. */
class Keeps extends StreamFilter {
  static readonly seen: Buffer[][] = [];
  private readonly request: Buffer[] = [];
  private readonly response: Buffer[] = [];
  constructor() {
    super();
    Keeps.seen.push(this.request, this.response);
  }
  override decodeData(data: Buffer): DataStatus {
    this.request.push(data);
    return CONTINUE;
  }
  override encodeData(data: Buffer): DataStatus {
    this.response.push(data);
    return CONTINUE;
  }
}

const read = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const all: Buffer[] = [];
  for await (const d of stream) all.push(d);
  return Buffer.concat(all);
};

interface Backend {
  readonly port: number;
  /** Bodies of the requests, in the order in which they ended. */
  readonly bodies: Buffer[];
}

/** Answers with the request's body: with its length, in chunks, or until it closes, as the path says; `/long` with LONG. */
async function backend(t: Test): Promise<Backend> {
  const bodies: Buffer[] = [];
  let tries = 0;
  const server = http.createServer(async (req, res) => {
    const body = await read(req);
    bodies.push(body);
    if (req.url === '/again' && tries++ % 2 === 0) res.writeHead(503).end();
    else if (req.url === '/long') res.writeHead(200, { 'content-length': LONG.length }).end(LONG);
    else if (req.url === '/chunked') {
      res.writeHead(200);
      res.write(body.subarray(0, 100_000));
      res.end(body.subarray(100_000));
    } else if (req.url === '/close') {
      res.useChunkedEncodingByDefault = false;
      res.writeHead(200, { connection: 'close' }).end(body);
    } else res.writeHead(200, { 'content-length': body.length }).end(body);
  });
  return { port: await listening(t, server), bodies };
}

async function start(t: Test, hcm: HttpConnectionManager, ports: Record<string, number>): Promise<number> {
  const proxy = await TestProxy.start({ hcm, clusters: Object.entries(ports).map(([name, p]) => cluster(name, [p])) });
  t.teardown(() => proxy.stop());
  return proxy.port;
}

const routes = (list: readonly Route[]): HttpConnectionManager => ({
  routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes: list }] },
});

async function ask(port: number, path: string, body: Buffer | null, agent: http.Agent): Promise<http.IncomingMessage> {
  const req = http.request({ port, path, method: body === null ? 'GET' : 'POST', agent });
  req.end(body ?? undefined);
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  return res;
}

const agentOf = (t: Test): http.Agent => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  return agent;
};

for (const path of ['/length', '/chunked', '/close']) {
  t.test(`a long body comes back whole: ${path}`, async (t) => {
    const b = await backend(t);
    const port = await start(t, {}, { u: b.port });
    const agent = agentOf(t);
    for (let i = 0; i < 3; i++) {
      const res = await ask(port, path, BODY, agent);
      t.ok(BODY.equals(await read(res)), 'the answer');
      t.ok(BODY.equals(b.bodies[i]), 'the request');
    }
  });
}

t.test('a client that reads slowly gets all of a long answer', async (t) => {
  const b = await backend(t);
  const port = await start(t, {}, { u: b.port });
  const res = await ask(port, '/long', null, agentOf(t));
  const all: Buffer[] = [];
  for await (const d of res) {
    all.push(d as Buffer);
    if (all.length % 16 === 0) await new Promise(setImmediate);
  }
  t.ok(LONG.equals(Buffer.concat(all)));
});

t.test('what is kept for another try, and for a mirror, is what was sent', async (t) => {
  const b = await backend(t);
  const m = await backend(t);
  const again: Route = {
    match: { prefix: '/' },
    route: {
      cluster: 'u',
      retryPolicy: { retryOn: '5xx', numRetries: { value: 1 } },
      requestMirrorPolicies: [{ cluster: 'm' }],
    },
  } as unknown as Route;
  const port = await start(t, { ...routes([again]) }, { u: b.port, m: m.port });
  const res = await ask(port, '/again', BODY, agentOf(t));
  t.equal(res.statusCode, 200);
  t.ok(BODY.equals(await read(res)));
  t.equal(b.bodies.length, 2);
  for (const body of b.bodies) t.ok(BODY.equals(body), 'each try');
  while (m.bodies.length === 0) await new Promise(setImmediate);
  t.ok(BODY.equals(m.bodies[0]), 'the mirror');
});

t.test('a filter that holds the body gives it on as it came', async (t) => {
  const b = await backend(t);
  const buffer = {
    name: 'envoy.filters.http.buffer',
    typedConfig: {
      typeUrl: 'envoy.extensions.filters.http.buffer.v3.Buffer',
      value: { maxRequestBytes: 1_000_000 },
    },
  };
  const port = await start(t, { httpFilters: [buffer, ROUTER] } as HttpConnectionManager, { u: b.port });
  const res = await ask(port, '/length', BODY, agentOf(t));
  t.ok(BODY.equals(await read(res)));
  t.ok(BODY.equals(b.bodies[0]));
});

t.test('a client of HTTP/2 gets what a host of HTTP/1 sends, through its window', async (t) => {
  const b = await backend(t);
  const port = await start(t, {}, { u: b.port });
  const session = http2.connect(`http://127.0.0.1:${port}`);
  t.teardown(() => session.destroy());
  const stream = session.request({ ':path': '/length', ':method': 'POST' });
  stream.end(BODY);
  t.ok(BODY.equals(await read(stream)));
  t.ok(BODY.equals(b.bodies[0]));
});

t.test('HTTP/2 both ways: long and short messages, kept by nobody and by a filter', async (t) => {
  const server = http2.createServer();
  server.on('stream', async (stream) => {
    const body = await read(stream);
    stream.respond({ ':status': 200 });
    // A long one, many short ones, and a long one that ends.
    stream.write(body.subarray(0, 150_000));
    for (let at = 150_000; at < 200_000; at += 500) stream.write(body.subarray(at, at + 500));
    stream.end(body.subarray(200_000));
  });
  const port = await listening(t, server);
  const looks = filterEntry('looks', () => new Keeps());
  for (const httpFilters of [[ROUTER], [looks, ROUTER]]) {
    const proxy = await TestProxy.start({
      hcm: { httpFilters },
      clusters: [cluster('u', [port], { http2ProtocolOptions: {} })],
    });
    t.teardown(() => proxy.stop());
    const session = http2.connect(`http://127.0.0.1:${proxy.port}`);
    t.teardown(() => session.destroy());
    const bodies = await Promise.all(
      Array.from({ length: 8 }, () => {
        const stream = session.request({ ':path': '/', ':method': 'POST' });
        stream.end(BODY);
        return read(stream);
      }),
    );
    for (const body of bodies) t.ok(BODY.equals(body));
  }
  t.equal(Keeps.seen.length, 16);
  for (const seen of Keeps.seen) t.ok(BODY.equals(Buffer.concat(seen)), 'what the filter kept is what came');
});
