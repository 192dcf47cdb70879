/** envoy.filters.http.ext_proc: processors that are broken or hostile, routes, and configs that are wrong. What it does is compared with Envoy: conformance ext-proc/*. */
import type * as http2 from 'node:http2';
import t from 'tap';
import type {
  ExternalProcessor,
  ExtProcPerRoute,
  HttpConnectionManager,
  ProcessingRequest,
} from '../../../src/config/schema/types.ts';
import { FrameReader, frame } from '../../../src/grpc/frames.ts';
import { loadCodec } from '../../../src/grpc/message-codec.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import { H2, http2Service } from '../../support/http2-service.ts';
import { answering, cluster, get, OK, ROUTER, TestProxy, turns, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };
const TYPE = 'envoy.extensions.filters.http.ext_proc.v3';
const NAME = 'envoy.filters.http.ext_proc';
const BASE: ExternalProcessor = { grpcService: { envoyGrpc: { clusterName: 'g' } }, messageTimeout: 2000 };

const request = await loadCodec('envoy.service.ext_proc.v3.ProcessingRequest');
const response = await loadCodec('envoy.service.ext_proc.v3.ProcessingResponse');

interface Call {
  readonly stream: http2.ServerHttp2Stream;
  readonly seen: ProcessingRequest[];
  say(message: object): void;
}

/** `onMessage` is told of each message, and answers. */
function processor(t: Test, onMessage: (call: Call, m: ProcessingRequest) => void): Promise<number> {
  return http2Service(t, (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    const seen: ProcessingRequest[] = [];
    const call: Call = { stream, seen, say: (m) => void (stream.destroyed || stream.write(frame(response.encode(m)))) };
    const frames = new FrameReader(1 << 24);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      frames.push(chunk, (bytes) => {
        const m = request.decode(bytes) as ProcessingRequest;
        seen.push(m);
        onMessage(call, m);
      });
    });
  });
}

interface Rig {
  config?: ExternalProcessor;
  grpc: number;
  host?: ExtProcPerRoute;
  route?: ExtProcPerRoute;
  hcm?: HttpConnectionManager;
  upstream?: Parameters<typeof Upstream.start>[0];
}
async function rig(t: Test, { config = BASE, grpc, host, route, hcm = {}, upstream = answering(OK) }: Rig) {
  const u = await Upstream.start(upstream);
  t.teardown(() => u.stop());
  const level = (value: ExtProcPerRoute | undefined) =>
    value && { typedPerFilterConfig: new Map([[NAME, { typeUrl: `${TYPE}.ExtProcPerRoute`, value }]]) };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u' }, ...level(route) }];
  const p = await TestProxy.start({
    hcm: {
      httpFilters: [{ name: NAME, typedConfig: { typeUrl: `${TYPE}.ExternalProcessor`, value: config } }, ROUTER],
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes, ...level(host) }] },
      ...hcm,
    },
    clusters: [cluster('u', [u.port]), cluster('g', [grpc], H2)],
  });
  t.teardown(() => p.stop());
  return p;
}

async function status(p: TestProxy, text = get()): Promise<string> {
  const c = p.connect();
  const { start } = await c.send(text).message();
  c.close();
  return start.slice(9, 12);
}
const stat = (p: TestProxy, name: string): number | undefined => p.value(`http.h.ext_proc.${name}`);

// The first of all: once something has loaded the evaluator it is there.
t.test(
  'attributes of responses load what evaluates them, also beside an empty list of those of requests',
  async (t) => {
    const config: ExternalProcessor = { ...BASE, requestAttributes: [], responseAttributes: ['request.path'] };
    await t.resolves(rig(t, { config, grpc: 1 }));
  },
);

t.test('a message of a gigabyte is an error, and nothing of it is kept', async (t) => {
  const before = heldMemory.bytes;
  const grpc = await processor(t, ({ stream }) => void stream.write(Buffer.from([0, 0x40, 0, 0, 0])));
  const p = await rig(t, { grpc });
  t.equal(await status(p), '500');
  t.equal(stat(p, 'streams_failed'), 1);
  await until(() => heldMemory.bytes <= before);
});

const FUZZ_MS = Number(process.env.FUZZ_MS ?? 500);
/** A minute of it by hand: FUZZ_MS=60000. */
t.test(
  'rubbish instead of messages, of any kind, ends in 500 or passes where failures may: never anything else',
  { timeout: FUZZ_MS + 30_000 },
  async (t) => {
    const end = Date.now() + FUZZ_MS;
    let seed = Number(process.env.FUZZ_SEED ?? 7);
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >> 8) % n;
    };
    const sound = [
      {
        requestHeaders: {
          response: { headerMutation: { setHeaders: [{ header: { key: 'a', rawValue: Buffer.from('b') } }] } },
        },
      },
      { requestHeaders: { response: { status: 'CONTINUE_AND_REPLACE', bodyMutation: { body: Buffer.from('x') } } } },
      { immediateResponse: { status: { code: 'Forbidden' }, body: Buffer.from('no') } },
      { requestHeaders: {}, modeOverride: { responseBodyMode: 'STREAMED' }, dynamicMetadata: { a: { b: 1 } } },
    ].map((m) => response.encode(m));
    const grpc = await processor(t, ({ stream }) => {
      const bytes = Buffer.from(sound[random(sound.length)]);
      for (let i = random(4); i > 0; i--) bytes[random(bytes.length)] = random(256);
      stream.write(frame(bytes.subarray(0, bytes.length - random(3))));
    });
    const p = await rig(t, { grpc, config: { ...BASE, messageTimeout: 50, allowModeOverride: true } });
    for (let i = 0; i < 100 || Date.now() < end; i++) {
      const code = Number(await status(p));
      if (code < 200 || code > 999) t.fail(`${code} after ${i} runs`);
    }
    t.equal(p.value('http.h.downstream_rq_active'), 0);
  },
);

t.test('a status of more than three digits is none: the answer is 200', async (t) => {
  // 1008, as protobuf has it: nobody's name.
  const grpc = await processor(
    t,
    ({ stream }) => void stream.write(frame(Buffer.from([0x3a, 5, 0x0a, 3, 0x08, 0xf0, 0x07]))),
  );
  const p = await rig(t, { grpc });
  t.equal(await status(p), '200');
});

t.test(
  'an answer that is streamed piece by piece is none of those that are known: the call fails as at any other wrong one',
  async (t) => {
    const streamed = { streamedImmediateResponse: { headersResponse: {} } };
    const grpc = await processor(t, (call, m) => void (m.requestHeaders !== undefined && call.say(streamed)));
    const p = await rig(t, { grpc });
    t.equal(await status(p), '500');
    t.equal(stat(p, 'spurious_msgs_received'), 1);
  },
);

t.test('a client that goes while its processor is asked: the stream ends', async (t) => {
  let closed = 0;
  let asked = 0;
  const grpc = await processor(t, ({ stream }) => {
    asked++;
    stream.on('close', () => closed++);
  });
  const p = await rig(t, { grpc });
  const c = p.connect();
  c.send(get());
  await until(() => asked === 1);
  c.socket.resetAndDestroy();
  await until(() => closed === 1);
  t.equal(stat(p, 'streams_closed'), 1);
  t.equal(stat(p, 'streams_failed'), 0);
});

t.test('a body that waits for its processor is read no further than the limits, in any mode', async (t) => {
  for (const mode of ['NONE', 'STREAMED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED'] as const) {
    const grpc = await http2Service(t, (stream) => {
      stream.on('error', () => {});
      stream.pause();
    });
    const processingMode = { requestBodyMode: mode, requestTrailerMode: 'SEND' as const };
    const p = await rig(t, { grpc, config: { ...BASE, messageTimeout: 60_000, processingMode } });
    const c = p.connect();
    c.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n');
    const piece = Buffer.alloc(1 << 20);
    let sent = 0;
    const more = (): void => {
      while (sent < 64 && c.socket.write(piece)) sent++;
      sent++;
    };
    c.socket.on('drain', more);
    more();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await turns(200);
    }
    t.ok(sent < 64, `${mode}: ${sent} MiB`);
    c.close();
  }
});

t.test('a body above the limit is 413 where it is buffered', async (t) => {
  const grpc = await processor(t, (call) => call.say({ requestHeaders: {} }));
  const p = await rig(t, {
    grpc,
    config: { ...BASE, processingMode: { requestBodyMode: 'BUFFERED', responseHeaderMode: 'SKIP' } },
  });
  const c = p.connect();
  c.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3000000\r\n\r\n`);
  c.socket.write(Buffer.alloc(3000000));
  t.match((await c.message()).start, '413');
  c.close();
});

t.test('a processor that streams a response faster than its client reads is paused', async (t) => {
  let written = 0;
  const grpc = await processor(t, (call, m) => {
    if (m.responseHeaders === undefined) return;
    call.say({ responseHeaders: {} });
    const body = Buffer.alloc(1 << 18);
    const message = frame(
      response.encode({ responseBody: { response: { bodyMutation: { streamedResponse: { body } } } } }),
    );
    const more = (): void => {
      do written++;
      while (written < 512 && call.stream.write(message));
    };
    call.stream.on('drain', more);
    more();
  });
  const p = await rig(t, {
    grpc,
    config: {
      ...BASE,
      processingMode: {
        requestHeaderMode: 'SKIP',
        responseBodyMode: 'FULL_DUPLEX_STREAMED',
        responseTrailerMode: 'SEND',
      },
    },
  });
  const c = p.connect();
  c.socket.pause();
  c.send(get());
  await until(() => written > 8);
  let before = -1;
  while (before !== written) {
    before = written;
    await turns(200);
  }
  t.ok(written < 512, `${written} pieces of 256 KiB`);
  c.close();
});

t.test('routes: the most specific level counts, field by field; one that is off asks nobody', async (t) => {
  const seen: ProcessingRequest[] = [];
  const metadata: (string | undefined)[] = [];
  const grpc = await processor(t, (call, m) => {
    seen.push(m);
    call.say(m.requestHeaders === undefined ? { requestBody: {} } : { requestHeaders: {} });
  });
  const named = await http2Service(t, (stream, h) => {
    metadata.push(h['x-a'] as string, h['x-b'] as string, h['x-c'] as string);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { endStream: false });
    stream.on('data', () => stream.write(frame(response.encode({ requestHeaders: {} }))));
  });
  const p = await rig(t, {
    grpc,
    host: { overrides: { processingMode: { requestBodyMode: 'BUFFERED', responseHeaderMode: 'SKIP' } } },
    route: { overrides: { failureModeAllow: true } },
  });
  t.equal(await status(p, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi'), '200');
  t.match(seen, [{ requestHeaders: {} }, { requestBody: { body: Buffer.from('hi'), endOfStream: true } }]);
  const q = await rig(t, { grpc: 1, route: { disabled: true } });
  t.equal(await status(q), '200');
  t.equal(stat(q, 'streams_started'), 0);
  const r = await rig(t, {
    grpc: named,
    config: {
      grpcService: {
        ...BASE.grpcService,
        initialMetadata: [
          { key: 'x-a', value: '1' },
          { key: 'x-b', value: '1' },
        ],
      },
      processingMode: { responseHeaderMode: 'SKIP' },
    },
    host: {
      overrides: {
        grpcInitialMetadata: [
          { key: 'x-b', value: '2' },
          { key: 'x-c', value: '2' },
        ],
      },
    },
    route: { overrides: { grpcInitialMetadata: [{ key: 'x-c', value: '3' }] } },
  });
  t.equal(await status(r), '200');
  t.same(metadata, ['1', '2', '3']);
});

t.test('what cannot be is refused when it is loaded', async (t) => {
  const wrong: readonly [ExternalProcessor, RegExp][] = [
    [{}, /One and only one of grpc_service or http_service/],
    [
      { ...BASE, disableClearRouteCache: true, routeCacheAction: 'CLEAR' },
      /disable_clear_route_cache and route_cache_action/,
    ],
    [
      { ...BASE, processingMode: { requestBodyMode: 'FULL_DUPLEX_STREAMED' } },
      /request_trailer_mode has to be set to SEND/,
    ],
    [{ ...BASE, requestAttributes: ['request.path +'] }, /Not able to parse expression/],
  ];
  for (const [config, text] of wrong) await t.rejects(rig(t, { config, grpc: 1 }), text);
});
