/**
 * What peers that do not read, or read slowly, can make the proxy hold, seen from outside: resident memory of a process of its own. What
 * all the streams of one connection have queued counts against one limit, and nobody else is held up by it.
 */
import * as net from 'node:net';
import t from 'tap';
import { frame, H2Peer, requestFields } from '../http/h2.ts';
import { get, OK, Peer, until } from '../http/proxy.ts';
import { listening } from '../support/listening.ts';
import { cluster, httpManager, MeasuredProxy, redisProxy } from '../support/measured-proxy.ts';

const MB = 1 << 20;
// A bound on a machine that has much else to do.
t.setTimeout(240_000);
const skip = process.platform === 'linux' ? false : 'resident memory is read from /proc';

const connect = (port: number): Peer => {
  const p = new Peer(net.connect({ port, host: '127.0.0.1' }));
  p.keep = false;
  return p;
};

/** Answers each HTTP/1 request by its path: /ok at once, /big with `size` bytes. */
function origin(size: number): net.Server {
  const big = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`),
    Buffer.alloc(size, 'x'),
  ]);
  return net.createServer((s) => {
    s.on('error', () => {});
    s.on('data', (d: Buffer) => {
      for (const head of d.toString('latin1').split('\r\n\r\n').slice(0, -1)) s.write(head.includes('/ok ') ? OK : big);
    });
  });
}

/** A client of its own gets an answer. */
async function served(t: { equal(a: unknown, b: unknown, m: string): void }, port: number): Promise<void> {
  const c = new Peer(net.connect(port, '127.0.0.1'));
  t.equal((await c.send(get('/ok')).message()).body, 'ok', 'others are served');
  c.close();
}

for (const version of ['v2', 'v3'] as const) {
  t.test(
    `a client uploads over HTTP/2 to a host that does not read, ${version} config: at most 32 MiB`,
    { skip },
    async (t) => {
      const stuck = net.createServer((s) => void s.pause());
      const port = await listening(t, stuck);
      const p = await MeasuredProxy.start(t, { filters: [httpManager(version)], clusters: [cluster(port)] });
      const before = await p.settled();
      const c = connect(p.port);
      const h = new H2Peer(c);
      h.start().headers(1, requestFields('/', 'POST'), false);
      // As much as the windows allow, but never more than 300 MiB.
      const windows = [65535, 65535];
      const data = frame('DATA', 0, 1, Buffer.alloc(16384));
      let sent = 0;
      const pump = setInterval(() => {
        for (const w of h.frames.splice(0)) {
          if (w.type === 'WINDOW_UPDATE') windows[w.stream] += w.payload.readUInt32BE(0);
          for (let at = 0; w.type === 'SETTINGS' && at < w.payload.length; at += 6) {
            if (w.payload.readUInt16BE(at) === 4) windows[1] += w.payload.readUInt32BE(at + 2) - 65535;
          }
        }
        for (; Math.min(...windows) >= 16384 && sent < 300 * MB && c.socket.writableLength < MB; sent += 16384) {
          windows[0] -= 16384;
          windows[1] -= 16384;
          c.send(data);
        }
      }, 1);
      t.teardown(() => clearInterval(pump));
      await until(() => sent > 8 * MB);
      const grown = (await p.settledBelow(before + 32)) - before;
      t.ok(grown <= 32, `${grown.toFixed(1)} MiB for ${sent / MB} MiB sent`);
      c.close();
    },
  );
}

t.test(
  '10 connections × 100 HTTP/2 streams without window, 64 KiB asked for on each: at most 40 MB',
  { skip },
  async (t) => {
    const port = await listening(t, origin(64 * 1024));
    const p = await MeasuredProxy.start(t, {
      filters: [httpManager('v3')],
      clusters: [cluster(port, { circuit_breakers: { thresholds: [{ max_connections: 2000, max_requests: 2000 }] } })],
    });
    await served(t, p.port);
    const before = await p.settled();
    const peers: H2Peer[] = [];
    for (let i = 0; i < 10; i++) {
      // SETTINGS_INITIAL_WINDOW_SIZE 0.
      const h = new H2Peer(connect(p.port)).start([[4, 0]]);
      for (let s = 0; s < 100; s++) h.headers(2 * s + 1, requestFields('/big'), true);
      peers.push(h);
    }
    const heads = (h: H2Peer): number => h.frames.filter((f) => f.type === 'HEADERS').length;
    await until(() => peers.every((h) => heads(h) === 100));
    t.pass('every stream has its head: a client may wait for that before it opens its windows');
    const grown = ((await p.settledBelow(before + 38)) - before) * 1.048576;
    t.ok(grown <= 40, `${grown.toFixed(1)} MB`);
    await served(t, p.port);

    // The last stream of the first connection opens its window: neither its neighbours nor their bytes hold it up.
    const h = peers[0]!;
    h.peer.send(frame('WINDOW_UPDATE', 0, 199, Buffer.from([0, 1, 0, 0])));
    h.peer.send(frame('WINDOW_UPDATE', 0, 0, Buffer.from([0, 1, 0, 0])));
    await h.until((f) => f.stream === 199 && f.type === 'DATA' && f.end);
    t.equal(h.dataBytes, 64 * 1024, 'all of its body, nothing of the others');
    // And all the rest, once they may.
    for (let s = 0; s < 99; s++) h.peer.send(frame('WINDOW_UPDATE', 0, 2 * s + 1, Buffer.from([0, 1, 0, 0])));
    h.peer.send(frame('WINDOW_UPDATE', 0, 0, Buffer.from([0, 128, 0, 0])));
    await until(() => h.dataBytes === 100 * 64 * 1024);
    for (const x of peers) x.peer.close();
  },
);

t.test('20 Redis clients ask for 20 MB each and read nothing: at most 40 MB', { skip }, async (t) => {
  const size = 20_000_000;
  const reply = Buffer.concat([Buffer.from(`$${size}\r\n`), Buffer.alloc(size, 'v'), Buffer.from('\r\n')]);
  const redis = net.createServer((s) => {
    s.on('data', (d: Buffer) => {
      for (const r of d.toString('latin1').split('*2\r\n').slice(1)) s.write(r.includes('big') ? reply : '+OK\r\n');
    });
  });
  const port = await listening(t, redis);
  const p = await MeasuredProxy.start(t, { filters: [redisProxy()], clusters: [cluster(port)] });
  const before = await p.settled();
  const slow: Peer[] = [];
  for (let i = 0; i < 20; i++) {
    const c = connect(p.port);
    c.socket.pause();
    c.send('*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n');
    slow.push(c);
    // Who does not read is left alone on its connection: the next gets one of its own. Paused for good once the kernel takes no more.
    for (let same = 0; same < 10; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const flow = 'cluster.u.upstream_flow_control';
      const resumed = await p.value(`${flow}_resumed_reading_total`);
      same = (await p.value(`${flow}_paused_reading_total`)) - resumed > i ? same + 1 : 0;
    }
  }
  const grown = ((await p.settledBelow(before + 38)) - before) * 1.048576;
  t.ok(grown <= 40, `${grown.toFixed(1)} MB`);
  const c = new Peer(net.connect(p.port, '127.0.0.1'));
  t.equal(await c.send('*2\r\n$3\r\nGET\r\n$2\r\nok\r\n').until('+OK\r\n'), '+OK\r\n', 'others are served');
  c.close();
  // Nothing is lost of what was asked for.
  const one = slow[7]!;
  one.socket.resume();
  await until(() => one.received === reply.length);
  for (const x of slow) x.close();
});
