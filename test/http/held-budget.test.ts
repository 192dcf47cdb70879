/**
 * While more than the budget is held for peers everything still gets through: nothing waits for itself. In both directions at once, over
 * both versions of HTTP on either side, with budgets that hardly hold a read.
 */
import * as http from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { frame, H2Peer, requestFields } from './h2.ts';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from './proxy.ts';

const MB = 1 << 20;
// A bound on a machine that has much else to do.
t.setTimeout(240_000);
const STREAMS = 12;
/** Node resets what would take more than 10 MB. */
const NO_LIMIT = { maxSessionMemory: 1000 };
const BUDGET = MB / 2;

/** Answers with what it is sent, as it comes; or with `size` bytes. */
async function upstream(t: Test, version: 1 | 2): Promise<number> {
  const answer = (path: string, req: Readable, res: Writable): void => {
    const size = Number(/\/(\d+)$/.exec(path)?.[1] ?? 0);
    if (size > 0) {
      req.resume();
      res.end(Buffer.alloc(size, 'd'));
    } else req.pipe(res);
  };
  const server =
    version === 1
      ? http.createServer((req, res) => answer(req.url!, req, res))
      : http2.createServer(NO_LIMIT, (req, res) => answer(req.url, req, res.stream));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    if (server instanceof http.Server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Sends `body`, reads the answer in its own time; the answer's length. */
type Exchange = (path: string, body: Buffer) => Promise<number>;

function client(t: Test, version: 1 | 2, port: number): Exchange {
  /** Slower than it could: every read waits a turn or two. */
  const read = (stream: Readable): Promise<number> =>
    new Promise((resolve, reject) => {
      let n = 0;
      stream.on('data', (d: Buffer) => {
        n += d.length;
        stream.pause();
        setTimeout(() => stream.resume(), 1);
      });
      stream.on('end', () => resolve(n));
      stream.on('error', reject);
      stream.on('close', () => reject(new Error(`closed after ${n} bytes`)));
    });
  if (version === 1) {
    const agent = new http.Agent({ keepAlive: true });
    t.teardown(() => agent.destroy());
    return (path, body) =>
      new Promise((resolve, reject) => {
        const req = http.request({ port, host: '127.0.0.1', path, method: 'POST', agent });
        req.on('error', reject);
        req.on('response', (res) => read(res).then(resolve, reject));
        req.end(body);
      });
  }
  const session = http2.connect(`http://127.0.0.1:${port}`, NO_LIMIT);
  session.on('error', () => {});
  t.teardown(() => session.destroy());
  return (path, body) => {
    const stream: Duplex = session.request({ ':path': path, ':method': 'POST' });
    const answered = read(stream);
    stream.end(body);
    return answered;
  };
}

for (const down of [1, 2] as const) {
  for (const up of [1, 2] as const) {
    t.test(`HTTP/${down} to HTTP/${up}: downloads, uploads and echoes end, whatever is held`, async (t) => {
      const port = await upstream(t, up);
      const protocol = up === 2 ? { http2ProtocolOptions: {} } : {};
      // HTTP/2 windows are shares of it.
      heldMemory.budget = BUDGET;
      const routes = [{ match: { prefix: '/' }, route: { cluster: 'u', timeout: 0 } }];
      const p = await TestProxy.start({
        clusters: [cluster('u', [port], protocol)],
        hcm: { routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] } },
      });
      t.teardown(() => {
        heldMemory.budget = Number.POSITIVE_INFINITY;
        p.stop();
      });
      const exchange = client(t, down, p.port);
      // What goes from HTTP/1 to HTTP/1 is not held before the kernel's buffers are full.
      const size = down === 1 && up === 1 ? 8 * MB : MB;
      const body = Buffer.alloc(size, 'u');
      const all: Promise<number>[] = [];
      for (let i = 0; i < STREAMS; i++) {
        all.push(exchange(`/${size}`, Buffer.alloc(1)), exchange('/echo', body), exchange(`/1`, body));
      }
      const lengths = await Promise.all(all);
      t.equal(lengths.filter((n) => n === size).length, 2 * STREAMS);
      t.equal(lengths.filter((n) => n === 1).length, STREAMS);
      t.ok(p.value('envoylet.held_budget_exceeded_total') > 0, 'it was above');
    });
  }
}

t.test(
  'what was sent on windows given earlier is given up where it exceeds the budget by itself; others are served',
  async (t) => {
    const stuck = await Upstream.start();
    const ok = await Upstream.start(answering(OK));
    heldMemory.budget = MB;
    const routes = [
      { match: { prefix: '/ok' }, route: { cluster: 'ok' } },
      { match: { prefix: '/' }, route: { cluster: 'u' } },
    ];
    // One connection: all requests but the first wait for it, with their bodies.
    const p = await TestProxy.start({
      clusters: [
        cluster('u', [stuck.port], { circuitBreakers: { thresholds: [{ maxConnections: 1 }] } }),
        cluster('ok', [ok.port]),
      ],
      hcm: { routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] } },
    });
    t.teardown(() => {
      heldMemory.budget = Number.POSITIVE_INFINITY;
      p.stop();
      stuck.stop();
      ok.stop();
    });
    const clients: H2Peer[] = [];
    for (let i = 0; i < 80; i++) {
      const h = new H2Peer(p.connect()).start().headers(1, requestFields('/', 'POST'), false);
      // All that HTTP/2 lets a client send before it has heard from us.
      for (const n of [16384, 16384, 16384, 16383]) h.peer.send(frame('DATA', 0, 1, Buffer.alloc(n)));
      clients.push(h);
    }
    await until(() => p.value('envoylet.held_given_up_total') > 0);
    await until(() => p.value('http.h.downstream_cx_rx_bytes_total') > 80 * 65535);
    t.ok(heldMemory.bytes < 4 * MB, `${heldMemory.bytes} of 5 MiB are held`);
    const reset = await Promise.any(clients.map((h) => h.until((f) => f.type === 'RST_STREAM')));
    t.equal(reset.code, 11, 'ENHANCE_YOUR_CALM');
    const c = p.connect();
    t.equal((await c.send(get('/ok')).message()).body, 'ok', 'others are served');
    for (const h of clients) h.peer.close();
    c.close();
  },
);

t.test('nothing is counted as held once all is over', async () => {
  // Of the connections just closed.
  await until(() => heldMemory.bytes === 0);
});
