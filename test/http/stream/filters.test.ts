import * as http2 from 'node:http2';
import t from 'tap';
import type { Headers } from '../../../src/codec/headers.ts';
import {
  type AnyFilter,
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  RESET_INSTEAD,
  STOP,
  STOP_ALL_WATERMARK,
  STOP_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../../../src/http/stream/filter.ts';
import { chain, filterEntry } from '../filters.ts';
import { answering, cluster, get, header, OK, type ProxyConfig, TestProxy, turns, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };

async function rig(
  t: Test,
  make: (() => AnyFilter)[],
  onPeer: Parameters<typeof Upstream.start>[0] = answering(OK),
  more: ProxyConfig = {},
): Promise<{ u: Upstream; p: TestProxy }> {
  const u = await Upstream.start(onPeer);
  const httpFilters = chain(...make.map((m, i) => filterEntry(`f${i}`, m)));
  const clusters = [cluster('u', [u.port], { httpProtocolOptions: { enableTrailers: true } })];
  const p = await TestProxy.start({ clusters, ...more, hcm: { httpFilters, ...more.hcm } });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  return { u, p };
}

/** Nothing of what a filter can do. */
class Passing extends StreamFilter {}

const CALLBACKS = [
  'decodeHeaders',
  'decodeData',
  'decodeTrailers',
  'encodeHeaders',
  'encodeData',
  'encodeTrailers',
  'onStreamComplete',
  'onDestroy',
] as const;

/** Throws where its request says, in `x-throw`. */
class Throwing extends StreamFilter {
  private at = '';
  private check(callback: string): 0 {
    if (this.at === callback) throw new Error(`thrown in ${callback}`);
    return CONTINUE;
  }
  override decodeHeaders(h: Headers): HeadersStatus {
    this.at = h.get('x-throw') ?? '';
    return this.check('decodeHeaders');
  }
  override decodeData(): DataStatus {
    return this.check('decodeData');
  }
  override decodeTrailers(): TrailersStatus {
    return this.check('decodeTrailers');
  }
  override encodeHeaders(): HeadersStatus {
    return this.check('encodeHeaders');
  }
  override encodeData(): DataStatus {
    return this.check('encodeData');
  }
  override encodeTrailers(): TrailersStatus {
    return this.check('encodeTrailers');
  }
  override onStreamComplete(): void {
    this.check('onStreamComplete');
  }
  override onDestroy(): void {
    this.check('onDestroy');
  }
}

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n';

interface Answer {
  status: number;
  body: string;
  reset: boolean;
}

function ask(client: http2.ClientHttp2Session, where: string): Promise<Answer> {
  return new Promise((resolve) => {
    const s = client.request({ ':path': '/', ':method': 'POST', 'x-throw': where }, { waitForTrailers: true });
    const answer: Answer = { status: 0, body: '', reset: false };
    s.on('response', (h) => {
      answer.status = h[':status'] ?? 0;
    });
    s.setEncoding('utf8');
    s.on('data', (d) => {
      answer.body += d;
    });
    s.on('error', () => {
      answer.reset = true;
    });
    s.on('wantTrailers', () => s.sendTrailers({ z: '1' }));
    s.on('close', () => resolve(answer));
    s.end('body');
  });
}

t.test('HTTP/2: what throws in a stream ends that stream only, with 500 or a reset, counted', async (t) => {
  let busy = 0;
  const { p, u } = await rig(t, [() => new Throwing(), () => new Passing()], (peer) => {
    let rest = '';
    peer.socket.on('data', (c) => {
      rest += c.toString('latin1');
      // The request for /slow stays open; the others are answered once they are whole.
      for (let at = rest.search(/0\r\n(z: 1\r\n)?\r\n/); at >= 0; at = rest.search(/0\r\n(z: 1\r\n)?\r\n/)) {
        const whole = rest.slice(0, at);
        rest = rest.slice(rest.indexOf('\r\n\r\n', at) + 4);
        if (whole.startsWith('GET /slow')) busy++;
        else peer.send(CHUNKED);
      }
      if (rest.startsWith('GET /slow')) {
        busy++;
        rest = '';
      }
    });
  });
  const client = http2.connect(`http://127.0.0.1:${p.port}`);
  t.teardown(() => client.destroy());
  const slow = client.request({ ':path': '/slow' });
  const slowAnswer = new Promise<number>((resolve, reject) => {
    slow.on('response', (h) => resolve(h[':status'] ?? 0));
    slow.on('error', reject);
  });
  await until(() => busy === 1);
  t.match(await ask(client, 'nowhere'), { status: 200, body: 'ok', reset: false });
  for (const [i, callback] of CALLBACKS.entries()) {
    const answer = await ask(client, callback);
    const late = callback === 'encodeData' || callback === 'encodeTrailers';
    if (i >= 6) t.match(answer, { status: 200, body: 'ok' }, `${callback}: the answer was out`);
    else if (late) t.match(answer, { status: 200, reset: true }, callback);
    else t.match(answer, { status: 500, body: 'Internal Server Error', reset: false }, callback);
    t.equal(p.value('http.h.downstream_rq_internal_error'), i + 1, `${callback} is counted`);
  }
  t.equal(p.value('http.h.downstream_rq_active'), 1, 'nothing is left of them');
  t.equal(p.value('cluster.u.upstream_rq_active'), 1);
  u.accepted[0].send(OK);
  t.equal(await slowAnswer, 200, 'a neighbour that ran all the time is answered');
  t.equal(p.value('http.h.downstream_cx_total'), 1);
});

t.test('HTTP/1.1: the same, and the next request is served', async (t) => {
  const { p } = await rig(t, [() => new Throwing()]);
  const c = p
    .connect()
    .send(get('/', 'x-throw: decodeHeaders\r\n'))
    .send(get('/', 'x-throw: encodeHeaders\r\n'))
    .send(get());
  for (const status of [500, 500, 200]) t.match((await c.message()).start, `HTTP/1.1 ${status}`);
  t.equal(p.value('http.h.downstream_rq_internal_error'), 2);
  c.close();
});

t.test('a filter that is alone with the router: the terminal filter itself throws', async (t) => {
  class Broken extends StreamFilter {
    override decodeHeaders(h: Headers): HeadersStatus {
      if (h.path === '/throw') throw new Error('thrown in the terminal filter');
      this.stream.sendLocalReply({ status: 204, body: '', details: 'fine' });
      return CONTINUE;
    }
  }
  const p = await TestProxy.start({ hcm: { httpFilters: [filterEntry('t', () => new Broken(), { terminal: true })] } });
  t.teardown(() => p.stop());
  const c = p.connect().send(get('/throw')).send(get());
  t.match((await c.message()).start, /500/);
  t.match((await c.message()).start, /204/);
  c.close();
});

t.test(
  'an answer from a filter goes through the response side of all filters, and no filter gets the request any more',
  async (t) => {
    const seen: string[] = [];
    const named = (name: string, answers: boolean) => () =>
      new (class extends StreamFilter {
        override decodeHeaders(): HeadersStatus {
          seen.push(`${name} request`);
          if (!answers) return CONTINUE;
          this.stream.sendLocalReply({ status: 403, body: 'no', details: 'test_denied', headers: ['x-why', 'test'] });
          seen.push('asked');
          return STOP;
        }
        override encodeHeaders(h: Headers): HeadersStatus {
          seen.push(`${name} response`);
          h.add(`x-${name}`, '1');
          return CONTINUE;
        }
        override onLocalReply(): 0 {
          seen.push(`${name} told`);
          return CONTINUE;
        }
      })();
    const { p } = await rig(t, [named('a', false), named('b', true), named('c', false)]);
    const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc');
    const m = await c.message();
    t.match(m.start, /403/);
    t.equal(m.body, 'no');
    for (const name of ['x-a', 'x-b', 'x-c', 'x-why']) t.ok(header(m, name), name);
    t.same(seen, [
      'a request',
      'b request',
      'a told',
      'b told',
      'c told',
      'asked',
      'c response',
      'b response',
      'a response',
    ]);
    c.close();
  },
);

t.test('requests that are refused before the filters still pass them on the way back', async (t) => {
  const { p } = await rig(t, [
    () =>
      new (class extends StreamFilter {
        override encodeHeaders(h: Headers): HeadersStatus {
          h.add('x-seen', String(h.status));
          return CONTINUE;
        }
      })(),
  ]);
  const c = p.connect().send(get('/#f'));
  t.equal(header(await c.message(), 'x-seen'), '400');
  await c.rest();
});

t.test('a filter may ask for a reset instead of a local reply', async (t) => {
  const { p } = await rig(t, [
    () =>
      new (class extends StreamFilter {
        override decodeHeaders(): HeadersStatus {
          this.stream.sendLocalReply({ status: 403, body: '', details: 'x' });
          return STOP;
        }
        override onLocalReply(): typeof RESET_INSTEAD {
          return RESET_INSTEAD;
        }
      })(),
  ]);
  const c = p.connect().send(get());
  t.equal(await c.rest(), '');
});

t.test('a response whose headers are held is answered past the filters; one that has begun is reset', async (t) => {
  class Answering extends StreamFilter {
    override encodeHeaders(h: Headers): HeadersStatus {
      h.add('x-seen', '1');
      return STOP;
    }
    override encodeData(): DataStatus {
      this.stream.sendLocalReply({ status: 502, body: 'bad', details: 'test' });
      return STOP_BUFFER;
    }
  }
  const { p } = await rig(t, [() => new Answering()]);
  const c = p.connect().send(get());
  const m = await c.message();
  t.match(m.start, /502/);
  t.equal(m.body, 'bad');
  t.equal(header(m, 'x-seen'), undefined);
  c.close();
});

t.test('a body above the limit that is held: 413; with a watermark the client is paused and goes on', async (t) => {
  for (const watermark of [false, true]) {
    let held: Holding | null = null;
    class Holding extends StreamFilter {
      override decodeHeaders(): HeadersStatus {
        held = this;
        return watermark ? STOP_ALL_WATERMARK : STOP;
      }
      override decodeData(): DataStatus {
        return watermark ? CONTINUE : STOP_BUFFER;
      }
    }
    let got = 0;
    const { p } = await rig(
      t,
      [() => new Holding()],
      (peer) => {
        peer.keep = false;
        peer.socket.on('data', () => {
          got = peer.received;
          if (got > 200_000) peer.send(OK);
        });
      },
      { listener: { perConnectionBufferLimitBytes: 16_384 } },
    );
    const c = p.connect().send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\n\r\n`);
    c.send(Buffer.alloc(200_000, 97));
    if (!watermark) {
      t.match((await c.message()).start, /413/);
      t.equal(p.value('http.h.downstream_rq_too_large'), 1);
      c.close();
      continue;
    }
    await until(() => p.value('http.h.downstream_flow_control_paused_reading_total') === 1);
    await turns();
    t.equal(p.value('http.h.downstream_rq_too_large'), 0);
    t.ok(((held as Holding | null)?.stream.decodingBuffer()?.length as number) < 150_000, 'the rest waits outside');
    const filter = held as unknown as Holding;
    filter.stream.continueDecoding(filter);
    t.match((await c.message()).start, /200/);
    t.ok(got > 200_000);
    c.close();
  }
});

t.test('trailers: seen, changed, added with the last data', async (t) => {
  class Trailers extends StreamFilter {
    override decodeData(_d: Buffer, end: boolean): DataStatus {
      if (end) this.stream.addDecodedTrailers().add('x-up', '1');
      return CONTINUE;
    }
    override encodeTrailers(h: Headers): TrailersStatus {
      h.add('x-down', '2');
      return CONTINUE;
    }
  }
  const seen: string[] = [];
  const u = await Upstream.start((peer) => {
    peer.socket.on('data', () => {
      if (!peer.text.endsWith('0\r\nx-up: 1\r\n\r\n')) return;
      seen.push(peer.text);
      peer.send(CHUNKED);
    });
  });
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port], { httpProtocolOptions: { enableTrailers: true } })],
    hcm: { httpFilters: chain(filterEntry('trailers', () => new Trailers())) },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const client = http2.connect(`http://127.0.0.1:${p.port}`);
  t.teardown(() => client.destroy());
  const s = client.request({ ':path': '/', ':method': 'POST' });
  const trailers = new Promise<http2.IncomingHttpHeaders>((resolve) => s.on('trailers', resolve));
  s.on('error', (e) => t.fail(e.message));
  s.resume();
  s.end('body');
  t.match(await trailers, { x: 'y', 'x-down': '2' });
  t.equal(seen.length, 1);
});

t.test('a client that is congested before its request is read is known to the filters', async (t) => {
  const calls: string[] = [];
  let over = false;
  class Watching extends StreamFilter {
    override onAboveWriteBuffer(): void {
      calls.push('above');
    }
    override onBelowWriteBuffer(): void {
      calls.push('below');
    }
    override onStreamComplete(): void {
      over = true;
    }
  }
  const { p } = await rig(t, [() => new Watching()], undefined, {
    listener: { perConnectionBufferLimitBytes: 1024 },
  });
  // Answers pile up behind a client that does not read; the filter of the next request is told so when it is made.
  const c = p.connect();
  c.socket.pause();
  for (let i = 0; i < 300; i++) c.send(get());
  await turns();
  c.socket.resume();
  await until(() => p.value('http.h.downstream_rq_2xx') === 300);
  await until(() => over);
  t.equal(calls.filter((s) => s === 'above').length, calls.filter((s) => s === 'below').length, calls.join(' '));
  c.close();
});
