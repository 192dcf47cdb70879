import t from 'tap';
import { END_HEADERS, END_STREAM, frame, getBlock, H2Peer, headerBlock, requestFields } from './h2.ts';
import {
  answering,
  cluster,
  get,
  OK,
  type Peer,
  type ProxyConfig,
  TestProxy,
  turns,
  Upstream,
  until,
} from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };
async function rig(
  t: Test,
  config: ProxyConfig,
  onPeer?: (p: Peer, i: number) => void,
  more = {},
): Promise<{ u: Upstream; p: TestProxy }> {
  const u = await Upstream.start(onPeer);
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port], more)], ...config });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  return { u, p };
}

const LIMIT = 64 * 1024;
/** What one event-loop turn may add on top of a watermark: a read in flight on either side, and its framing. */
const SLACK = 256 * 1024;
const listener = { perConnectionBufferLimitBytes: LIMIT };
const HUGE = 1 << 30;

/** Sends zeros for as long as the kernel takes them; bytes taken so far. */
function flood(peer: Peer, total: number): { sent: () => number; stop: () => void } {
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  let stopped = false;
  const more = (): void => {
    while (!stopped && sent < total && peer.socket.writableLength < 1024 * 1024) {
      sent += chunk.length;
      peer.socket.write(chunk);
    }
  };
  peer.socket.on('drain', more);
  more();
  return {
    sent: () => sent - peer.socket.writableLength,
    stop: () => {
      stopped = true;
    },
  };
}

/** Waits until a number has not changed for a while. */
async function steady(value: () => number): Promise<number> {
  for (let last = -1, same = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const v = value();
    same = v === last ? same + 1 : 0;
    last = v;
    if (same >= 5) return v;
  }
}

/** Bytes all parts of the proxy hold. */
function held(p: TestProxy): number {
  const names = [
    'http.h.downstream_cx_tx_bytes_buffered',
    'cluster.u.upstream_cx_tx_bytes_buffered',
    'http2.pending_send_bytes',
    'cluster.u.http2.pending_send_bytes',
  ];
  return names.reduce((n, name) => n + p.value(name), 0);
}

for (const downstream of ['HTTP/1.1', 'HTTP/2'] as const) {
  t.test(`a GiB to an ${downstream} client that does not read: bounded, and all of it once it reads`, async (t) => {
    const { u, p } = await rig(t, { listener }, undefined, { perConnectionBufferLimitBytes: LIMIT });
    const c = p.connect();
    c.keep = false;
    if (downstream === 'HTTP/2') {
      const h = new H2Peer(c);
      // Windows as large as they get: the socket is what stops.
      h.start([[4, 0x7fffffff]]).peer.send(frame('WINDOW_UPDATE', 0, 0, Buffer.from([0x7f, 0xff, 0, 0])));
      h.request(1);
    } else c.send(get());
    c.socket.pause();
    const up = await u.accept();
    await up.until('\r\n\r\n');
    up.send(`HTTP/1.1 200 OK\r\ncontent-length: ${HUGE}\r\n\r\n`);
    const f = flood(up, HUGE);
    const taken = await steady(f.sent);
    t.ok(taken < 64 << 20, `the host was stopped after ${taken >> 20} MiB, the kernel's buffers`);
    t.ok(held(p) <= 2 * LIMIT + SLACK, `${held(p)} bytes held`);
    t.ok(p.value('cluster.u.upstream_flow_control_paused_reading_total') > 0);
    const before = c.received;
    c.socket.resume();
    await until(() => c.received > before + (32 << 20));
    t.ok(held(p) <= 2 * LIMIT + SLACK, `${held(p)} bytes held while it flows`);
    f.stop();
    c.close();
    await until(() => p.value('cluster.u.upstream_cx_active') === 0 && held(p) === 0);
    t.equal(p.value('cluster.u.upstream_rq_active'), 0);
  });

  t.test(`a GiB from an ${downstream} client to a host that does not read: bounded`, async (t) => {
    const { u, p } = await rig(t, { listener }, (up) => up.socket.pause(), { perConnectionBufferLimitBytes: LIMIT });
    const c = p.connect();
    let f: ReturnType<typeof flood>;
    if (downstream === 'HTTP/2') {
      const h = new H2Peer(c);
      h.start().headers(1, requestFields('/', 'POST'), false);
      // As much as the windows allow, 16 KiB a frame.
      const windows = [65535, 65535];
      let sent = 0;
      const data = frame('DATA', 0, 1, Buffer.alloc(16384));
      const pump = setInterval(() => {
        for (const w of h.frames) {
          if (w.type === 'WINDOW_UPDATE') windows[w.stream] += w.payload.readUInt32BE(0);
          for (let at = 0; w.type === 'SETTINGS' && at < w.payload.length; at += 6) {
            if (w.payload.readUInt16BE(at) === 4) windows[1] += w.payload.readUInt32BE(at + 2) - 65535;
          }
        }
        h.frames = [];
        for (; Math.min(...windows) >= 16384 && sent < HUGE && c.socket.writableLength < 1 << 20; sent += 16384) {
          windows[0] -= 16384;
          windows[1] -= 16384;
          c.send(data);
        }
      }, 1);
      f = { sent: () => sent - c.socket.writableLength, stop: () => clearInterval(pump) };
    } else {
      c.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${HUGE}\r\n\r\n`);
      f = flood(c, HUGE);
    }
    const taken = await steady(f.sent);
    t.ok(taken < 64 << 20, `the client was stopped after ${taken >> 20} MiB`);
    const bound = downstream === 'HTTP/2' ? (16 << 20) + SLACK : 2 * LIMIT + SLACK;
    t.ok(held(p) <= bound, `${held(p)} bytes held`);
    t.ok(p.value('cluster.u.upstream_flow_control_backed_up_total') > 0);
    const up = u.accepted[0];
    up.keep = false;
    up.socket.resume();
    const before = up.received;
    await until(() => up.received > before + (32 << 20));
    f.stop();
    c.close();
    await until(() => p.value('cluster.u.upstream_cx_active') === 0 && held(p) === 0);
  });
}

t.test(
  'HTTP/1 pipelining of requests answered by the proxy itself, nothing read: bounded, then all answered',
  async (t) => {
    const { p } = await rig(t, { listener, hcm: { routeConfig: { virtualHosts: [] } } });
    const c = p.connect();
    c.socket.pause();
    c.keep = false;
    // Of a length that lets reads end inside a request.
    const one = get('/pipelined');
    const batch = Buffer.from(one.repeat(2000));
    let batches = 0;
    const more = (): void => {
      while (batches < 500 && c.socket.writableLength < 1 << 20) {
        batches++;
        c.socket.write(batch);
      }
    };
    c.socket.on('drain', more);
    more();
    const answered = await steady(() => p.value('http.h.downstream_rq_total'));
    t.ok(answered < 500 * 2000, `${answered} answered`);
    t.ok(held(p) < (1 << 20) + (256 << 10), `${held(p)} bytes held: the limit and what one read leads to`);
    c.socket.resume();
    await until(
      () =>
        p.value('http.h.downstream_rq_total') === 1_000_000 ||
        c.closed ||
        p.value('http.h.downstream_rq_total') > answered + 100_000,
    );
    t.ok(p.value('http.h.downstream_rq_total') > answered + 99_999, 'goes on');
  },
);

t.test('HTTP/1 pipelining through a host: one at a time, in order', async (t) => {
  const { u, p } = await rig(
    t,
    {},
    answering(
      (r) => `HTTP/1.1 200 OK\r\ncontent-length: ${/\/(\d+)/.exec(r)![1].length}\r\n\r\n${/\/(\d+)/.exec(r)![1]}`,
    ),
  );
  const c = p.connect();
  c.send(Array.from({ length: 300 }, (_, i) => get(`/${i}`)).join(''));
  for (let i = 0; i < 300; i++) {
    const m = await c.message();
    if (m.body !== String(i)) t.fail(`${i}: ${m.body}`);
  }
  t.equal(u.accepted.length, 1);
});

t.test('rapid reset: 20,000 HEADERS and RST_STREAM: the connection goes, the host sees few', async (t) => {
  const { u, p } = await rig(t, {}, answering(OK));
  const h = new H2Peer(p.connect());
  h.start();
  const parts: Buffer[] = [];
  const cancel = Buffer.from([0, 0, 0, 8]);
  for (let i = 0; i < 20_000; i++) {
    const id = 2 * i + 1;
    parts.push(frame('HEADERS', END_STREAM | END_HEADERS, id, getBlock), frame('RST_STREAM', 0, id, cancel));
  }
  h.peer.send(Buffer.concat(parts));
  await until(() => h.peer.ended);
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  t.ok(p.value('http.h.downstream_rq_total') < 4000, `${p.value('http.h.downstream_rq_total')} requests begun`);
  t.ok(u.accepted.length < 50, `${u.accepted.length} upstream connections`);
  await until(
    () => p.value('cluster.u.upstream_rq_pending_active') === 0 && p.value('cluster.u.upstream_rq_active') === 0,
  );
  t.equal(p.value('http.h.downstream_rq_active'), 0);
});

t.test('rapid reset, slowly: given up before their answers, they close the connection as well', async (t) => {
  const { p } = await rig(t, {}, () => {});
  const h = new H2Peer(p.connect());
  h.start();
  for (let i = 0; i < 600 && !h.peer.ended; i++) {
    h.peer.send(
      Buffer.concat([
        frame('HEADERS', END_STREAM | END_HEADERS, 2 * i + 1, getBlock),
        frame('RST_STREAM', 0, 2 * i + 1, Buffer.from([0, 0, 0, 8])),
      ]),
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => h.peer.ended);
  t.equal(p.value('http.h.downstream_rq_too_many_premature_resets'), 1);
  await until(() => p.value('cluster.u.upstream_rq_active') === 0);
});

t.test('MadeYouReset: frames that make the proxy reset its streams', async (t) => {
  const { p } = await rig(t, {}, () => {});
  const h = new H2Peer(p.connect());
  h.start();
  const parts: Buffer[] = [];
  for (let i = 0; i < 10_000; i++) {
    const id = 2 * i + 1;
    // A WINDOW_UPDATE that overflows the stream's window is a stream error.
    parts.push(
      frame('HEADERS', END_STREAM | END_HEADERS, id, getBlock),
      frame('WINDOW_UPDATE', 0, id, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    );
  }
  h.peer.send(Buffer.concat(parts));
  await until(() => h.peer.ended);
  t.ok(p.value('http.h.downstream_rq_total') < 4000, `${p.value('http.h.downstream_rq_total')} requests begun`);
  await until(() => p.value('cluster.u.upstream_rq_active') === 0 && p.value('http.h.downstream_rq_active') === 0);
});

t.test('more streams than max_concurrent_streams are refused, the others served', async (t) => {
  const { u, p } = await rig(t, { hcm: { http2ProtocolOptions: { maxConcurrentStreams: 3 } } });
  const h = new H2Peer(p.connect());
  h.start();
  for (let i = 0; i < 5; i++) h.request(2 * i + 1);
  const refused = [await h.until((f) => f.type === 'RST_STREAM'), await h.until((f) => f.type === 'RST_STREAM')];
  t.same(
    refused.map((f) => [f.stream, f.code]),
    [
      [7, 7],
      [9, 7],
    ],
  );
  for (let i = 0; i < 3; i++) {
    const up = await u.accept();
    await up.until('\r\n\r\n');
    up.send(OK);
    await h.until((f) => f.type === 'DATA' && f.end);
  }
});

t.test('control frames without reading the answers: the connection goes', async (t) => {
  const { p } = await rig(t, { listener });
  const h = new H2Peer(p.connect());
  h.start();
  await turns();
  h.peer.socket.pause();
  const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame('PING', 0, 0, Buffer.alloc(8))));
  let n = 0;
  const more = (): void => {
    while (n < 300 && h.peer.socket.writableLength < 1 << 20) {
      n++;
      h.peer.socket.write(pings);
    }
  };
  h.peer.socket.on('drain', more);
  more();
  await until(() => p.value('http.h.downstream_cx_active') === 0 && p.value('http.h.downstream_cx_total') === 1);
  t.equal(p.value('http.h.downstream_cx_tx_bytes_buffered'), 0);
});

t.test('a header list without end (CONTINUATION flood) is cut', async (t) => {
  const { p } = await rig(t, {});
  const h = new H2Peer(p.connect());
  h.start();
  h.peer.send(frame('HEADERS', 0, 1, getBlock));
  const more = frame('CONTINUATION', 0, 1, headerBlock([['x-a', 'y'.repeat(100)]]));
  for (let i = 0; i < 3000 && !h.peer.ended; i++) {
    h.peer.send(more);
    if (i % 50 === 0) await turns(1);
  }
  await until(() => h.peer.ended);
  t.equal(p.value('http.h.downstream_rq_active'), 0);
});

t.test('huge heads, requests and answers', async (t) => {
  const big = 'x'.repeat(70_000);
  const bigger = 'x'.repeat(200_000);
  const { u, p } = await rig(
    t,
    {},
    answering((r) => (r.includes('/big') ? `HTTP/1.1 200 OK\r\nx: ${bigger}\r\ncontent-length: 0\r\n\r\n` : OK)),
  );
  t.match(
    (
      await p
        .connect()
        .send(get('/', `x: ${big}\r\n`))
        .message()
    ).start,
    '431',
  );
  t.match(
    (
      await p
        .connect()
        .send(get(`/${big}`))
        .message()
    ).start,
    '431',
  );
  t.match(
    (
      await p
        .connect()
        .send(get('/', 'x: y\r\n'.repeat(101)))
        .message()
    ).start,
    '431',
  );
  t.match((await p.connect().send(get('/big')).message()).start, /50[23]/);
  t.equal(
    (
      await p
        .connect()
        .send(get('/', `x: ${'x'.repeat(50_000)}\r\n`))
        .message()
    ).body,
    'ok',
    'large but allowed',
  );
  await until(() => p.value('cluster.u.upstream_rq_active') === 0);
  t.ok(u.accepted.length >= 2);
});
