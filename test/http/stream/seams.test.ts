/**
 * Three filters in one chain that do what the real ones to come will do: one waits for the answer of a service, one changes every body in
 * both directions, one throws wherever it pleases. Whatever they, the clients and the host do: each request has its own outcome,
 * nothing is mixed up, and nothing is left.
 */
import * as http from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { HttpFactoryContext } from '../../../src/http/factory-context.ts';
import { asyncClient } from '../../../src/http/router/async-client.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  STOP_ALL_WATERMARK,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../../../src/http/stream/filter.ts';
import { captureLog } from '../../../src/log/logger.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import type { AsyncClient, AsyncRequest } from '../../../src/upstream/async.ts';
import type { ClusterRef } from '../../../src/upstream/cluster-ref.ts';
import { chain, filterEntry } from '../filters.ts';
import { cluster, TestProxy, until } from '../proxy.ts';

/** mulberry32: the same run every time. */
function randomOf(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

/** Holds the request, and its client's reading, until a service has answered: 403 is given back. */
class Asking extends StreamFilter {
  static client: AsyncClient;
  static service: ClusterRef;
  private request: AsyncRequest | null = null;

  override decodeHeaders(h: Headers): HeadersStatus {
    const head = new Headers();
    head.method = 'GET';
    head.path = `/check${h.path}`;
    head.authority = 'service';
    const { service, client } = Asking;
    if (service.current === null) throw new Error('no service');
    const options = { timeoutMs: 5000, parent: this.stream };
    this.request = client.send(service.current, head, null, options, (response) => {
      this.request = null;
      if (response?.headers.status === 200) this.stream.continueDecoding(this);
      else this.stream.sendLocalReply({ status: 403, body: 'refused', details: 'asking_refused' });
    });
    return STOP_ALL_WATERMARK;
  }
  override onDestroy(): void {
    this.request?.cancel();
  }
}

/** Every piece of a body comes twice. */
class Doubling extends StreamFilter {
  override decodeHeaders(h: Headers): HeadersStatus {
    h.remove('content-length');
    return CONTINUE;
  }
  override decodeData(data: Buffer, end: boolean): DataStatus {
    this.stream.injectDecoded(this, Buffer.concat([data, data]), end);
    return STOP_NO_BUFFER;
  }
  override decodeTrailers(): TrailersStatus {
    this.stream.continueDecoding(this);
    return CONTINUE;
  }
  override encodeHeaders(h: Headers): HeadersStatus {
    h.remove('content-length');
    return CONTINUE;
  }
  override encodeData(data: Buffer, end: boolean): DataStatus {
    this.stream.injectEncoded(this, Buffer.concat([data, data]), end);
    return STOP_NO_BUFFER;
  }
  override encodeTrailers(): TrailersStatus {
    this.stream.continueEncoding(this);
    return CONTINUE;
  }
}

const PLACES = [
  'decodeHeaders',
  'decodeData',
  'decodeTrailers',
  'encodeHeaders',
  'encodeData',
  'encodeTrailers',
  'end',
];

/** Throws where its request says. */
class Throwing extends StreamFilter {
  static thrown = 0;
  private at = '';
  private check(place: string): 0 {
    if (this.at !== place) return CONTINUE;
    Throwing.thrown++;
    throw new Error(`thrown in ${place}`);
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
    this.check('end');
  }
}

interface Plan {
  path: string;
  body: string;
  trailers: boolean;
  throws: string;
  /** Bytes of the answer after which the client gives up; 0: it does not. */
  givesUpAt: number;
  /** ms that it does not read. */
  pause: number;
}
interface Outcome {
  status: number;
  body: string;
  reset: boolean;
  trailers: boolean;
}

/** Both sides of this test say what they do by the path. */
function planOf(random: () => number, i: number): Plan {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const kind = pick(['echo', 'echo', 'echo', 'echo', 'reset', 'refused', 'early']);
  const size = pick([0, 1, 100, 5000, 40_000, 150_000]);
  return {
    path: `/${kind}/${i}`,
    body: String.fromCharCode(97 + (i % 26)).repeat(size),
    trailers: size > 0 && random() < 0.4,
    throws: random() < 0.3 ? pick(PLACES) : '',
    givesUpAt: random() < 0.1 ? 1 + Math.floor(random() * 20_000) : 0,
    pause: random() < 0.2 ? 5 : 0,
  };
}

type Server = (req: http.IncomingMessage | http2.Http2ServerRequest, res: http.ServerResponse) => void;

const h2Reset = (req: http.IncomingMessage | http2.Http2ServerRequest): void =>
  (req as http2.Http2ServerRequest).stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);

/** Answers with what it got; with trailers where it got some. */
const host: Server = (req, res) => {
  const path = req.url ?? '';
  req.on('error', () => {});
  res.on('error', () => {});
  if (path.startsWith('/reset')) {
    setImmediate(() => (req.httpVersionMajor === 2 ? h2Reset(req) : req.destroy()));
    return;
  }
  if (path.startsWith('/early')) {
    res.writeHead(200);
    res.end('early');
    req.resume();
    return;
  }
  const parts: Buffer[] = [];
  req.on('data', (d: Buffer) => parts.push(d));
  req.on('end', () => {
    res.writeHead(200, { 'x-path': path });
    if (req.trailers['x-t'] !== undefined) res.addTrailers({ 'x-t': String(req.trailers['x-t']) });
    res.end(Buffer.concat(parts));
  });
};
/** The service: takes 10 ms. */
const service: Server = (req, res) => {
  setTimeout(() => {
    res.writeHead((req.url ?? '').startsWith('/check/refused') ? 403 : 200);
    res.end();
  }, 10);
};

function overHttp2(client: http2.ClientHttp2Session, plan: Plan): Promise<Outcome> {
  return new Promise((resolve) => {
    const outcome: Outcome = { status: 0, body: '', reset: false, trailers: false };
    const s = client.request(
      { ':path': plan.path, ':method': 'POST', ...(plan.throws === '' ? {} : { 'x-throw': plan.throws }) },
      { waitForTrailers: plan.trailers },
    );
    s.on('wantTrailers', () => s.sendTrailers({ 'x-t': '1' }));
    s.on('response', (h) => {
      outcome.status = h[':status'] ?? 0;
      if (plan.pause > 0) {
        s.pause();
        setTimeout(() => s.resume(), plan.pause);
      }
    });
    s.on('trailers', () => {
      outcome.trailers = true;
    });
    s.setEncoding('latin1');
    s.on('data', (d) => {
      outcome.body += d;
      if (plan.givesUpAt > 0 && outcome.body.length >= plan.givesUpAt) s.close(http2.constants.NGHTTP2_CANCEL);
    });
    s.on('error', () => {
      outcome.reset = true;
    });
    s.on('close', () => {
      outcome.reset ||= s.rstCode !== 0;
      resolve(outcome);
    });
    s.end(plan.body);
  });
}

function overHttp1(agent: http.Agent, port: number, plan: Plan): Promise<Outcome> {
  return new Promise((resolve) => {
    const outcome: Outcome = { status: 0, body: '', reset: false, trailers: false };
    const done = (): void => resolve(outcome);
    const headers = { 'transfer-encoding': 'chunked', ...(plan.throws === '' ? {} : { 'x-throw': plan.throws }) };
    const r = http.request({ agent, port, host: '127.0.0.1', method: 'POST', path: plan.path, headers }, (res) => {
      outcome.status = res.statusCode ?? 0;
      if (plan.pause > 0) {
        res.pause();
        setTimeout(() => res.resume(), plan.pause);
      }
      res.setEncoding('latin1');
      res.on('data', (d) => {
        outcome.body += d;
        if (plan.givesUpAt > 0 && outcome.body.length >= plan.givesUpAt) r.destroy();
      });
      res.on('end', () => {
        outcome.trailers = res.trailers['x-t'] !== undefined;
      });
      res.on('error', () => {
        outcome.reset = true;
      });
      res.on('close', () => {
        outcome.reset ||= !res.complete;
        done();
      });
    });
    r.on('error', () => {
      outcome.reset = true;
      if (outcome.status === 0) done();
    });
    if (plan.trailers) r.addTrailers({ 'x-t': '1' });
    r.end(plan.body);
  });
}

/** Null: as it must be. */
function wrong(plan: Plan, o: Outcome): string | null {
  const told = `${JSON.stringify({ ...plan, body: plan.body.length })} → ${o.status} ${o.body.length}${o.reset ? ' reset' : ''}`;
  const letter = plan.body[0] ?? '';
  const foreign = o.status === 200 && plan.path.startsWith('/echo') && [...new Set(o.body)].some((c) => c !== letter);
  if (foreign) return `bytes of another request: ${told}`;
  if (plan.throws !== '' || plan.givesUpAt > 0) {
    // It was reset, answered with 500, or did not come by the place where it throws; never anything else.
    return o.reset || [0, 200, 403, 500, 503].includes(o.status) ? null : told;
  }
  if (plan.path.startsWith('/refused')) return o.status === 403 && o.body === 'refusedrefused' ? null : told;
  if (plan.path.startsWith('/reset')) return o.status === 503 ? null : told;
  if (plan.path.startsWith('/early')) return o.reset || o.body === 'earlyearly' ? null : told;
  const whole = o.status === 200 && !o.reset && o.body.length === 4 * plan.body.length;
  return whole && o.trailers === plan.trailers ? null : told;
}

for (const [down, up] of [
  ['HTTP/1.1', 'HTTP/1.1'],
  ['HTTP/1.1', 'HTTP/2'],
  ['HTTP/2', 'HTTP/1.1'],
  ['HTTP/2', 'HTTP/2'],
]) {
  t.test(`${down} to ${up}: 120 requests, one filter that waits, one that doubles, one that throws`, async (t) => {
    const lines: string[] = [];
    t.teardown(captureLog((line) => lines.push(line)));
    const server = up === 'HTTP/2' ? http2.createServer(host as never) : http.createServer(host as never);
    const asked = http.createServer(service as never);
    for (const s of [server, asked]) await new Promise<void>((resolve) => s.listen(0, '127.0.0.1', resolve));
    const port = (s: http.Server | http2.Http2Server): number => (s.address() as AddressInfo).port;
    const init = (ctx: HttpFactoryContext): void => {
      Asking.client = asyncClient(ctx);
      Asking.service = ctx.clusters.ref('service');
    };
    const trailers = { httpProtocolOptions: { enableTrailers: true } };
    const httpFilters = chain(
      filterEntry('asking', () => new Asking(), { init }),
      filterEntry('doubling', () => new Doubling()),
      filterEntry('throwing', () => new Throwing()),
    );
    const p = await TestProxy.start({
      listener: { perConnectionBufferLimitBytes: 64 * 1024 },
      hcm: { httpFilters, ...trailers },
      clusters: [
        cluster('u', [port(server)], {
          perConnectionBufferLimitBytes: 64 * 1024,
          ...(up === 'HTTP/2' ? { http2ProtocolOptions: {} } : trailers),
        }),
        cluster('service', [asked.address() === null ? 0 : port(asked)]),
      ],
    });
    const held = heldMemory.bytes;
    const thrown = Throwing.thrown;
    const random = randomOf(12);
    const plans = Array.from({ length: 120 }, (_, i) => planOf(random, i));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    const client = down === 'HTTP/2' ? http2.connect(`http://127.0.0.1:${p.port}`) : null;
    t.teardown(() => {
      agent.destroy();
      client?.destroy();
      p.stop();
      server.close();
      asked.close();
    });
    const queue = plans.map((plan, i) => ({ plan, i }));
    const faults: string[] = [];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { plan } = next;
        const outcome = await (client === null ? overHttp1(agent, p.port, plan) : overHttp2(client, plan));
        const fault = wrong(plan, outcome);
        if (fault !== null) faults.push(fault);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    t.same(faults, []);
    await until(() => p.value('http.h.downstream_rq_active') === 0);
    await until(() => p.value('cluster.u.upstream_rq_active') === 0);
    await until(() => p.value('cluster.service.upstream_rq_active') === 0);
    t.equal(p.value('cluster.u.upstream_rq_pending_active'), 0);
    t.ok(Throwing.thrown - thrown > 8, `${Throwing.thrown - thrown} have thrown`);
    t.equal(p.value('http.h.downstream_rq_internal_error'), Throwing.thrown - thrown);
    t.equal(lines.filter((l) => l.includes('internal error')).length, Throwing.thrown - thrown, 'each is said once');
    t.equal(p.value('http.h.rq_total') + p.value('http.async-client.rq_total') > 160, true);
    if (client !== null) t.equal(p.value('http.h.downstream_cx_total'), 1, 'all on one connection');
    if (up === 'HTTP/2') t.ok(p.value('cluster.u.upstream_cx_total') <= 2);
    await until(() => heldMemory.bytes <= held);
    t.equal(heldMemory.bytes, held, 'nothing is held any more');
  });
}
