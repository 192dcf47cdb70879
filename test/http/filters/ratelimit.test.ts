import type * as http2 from 'node:http2';
import t from 'tap';
import type {
  HttpConnectionManager,
  Messages,
  RateLimitAction,
  RouteRateLimit,
} from '../../../src/config/schema/types.ts';
import { FrameReader, frame } from '../../../src/grpc/frames.ts';
import { loadCodec } from '../../../src/grpc/message-codec.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import { H2, http2Service } from '../../support/http2-service.ts';
import { answering, cluster, get, header, OK, ROUTER, TestProxy, turns, Upstream, until } from '../proxy.ts';

const service = (t: Test, onStream: (s: http2.ServerHttp2Stream, path: string) => void): Promise<number> =>
  http2Service(t, (s, h) => onStream(s, h[':path'] ?? ''));

type Test = { teardown(fn: () => unknown): void };
type RateLimit = Messages['envoy.extensions.filters.http.ratelimit.v3.RateLimit'];
const TYPE = 'envoy.extensions.filters.http.ratelimit.v3.RateLimit';
const ONE: readonly RouteRateLimit[] = [{ actions: [{ genericKey: { descriptorValue: 'x' } }] }];
const LIMIT: RateLimit = {
  domain: 'd',
  timeout: 2000,
  rateLimitService: { transportApiVersion: 'V3', grpcService: { envoyGrpc: { clusterName: 'g' } } },
};

async function rig(
  t: Test,
  config: RateLimit,
  grpc: number,
  limits: readonly RouteRateLimit[] = ONE,
  more: { envoy16?: boolean; hcm?: HttpConnectionManager } = {},
): Promise<TestProxy> {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const filter = { name: 'l', typedConfig: { typeUrl: TYPE, value: config } };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u', rateLimits: limits } }];
  const p = await TestProxy.start({
    envoy16: more.envoy16 ?? false,
    hcm: {
      httpFilters: [filter, ROUTER],
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] },
      ...more.hcm,
    },
    clusters: [cluster('u', [u.port]), cluster('g', [grpc], H2)],
  });
  t.teardown(() => p.stop());
  return p;
}

/** Answers OK and keeps what it was told. */
async function telling(t: Test): Promise<{ port: number; told: unknown[]; paths: string[] }> {
  const told: unknown[] = [];
  const paths: string[] = [];
  const request = await loadCodec('envoy.service.ratelimit.v3.RateLimitRequest');
  const response = await loadCodec('envoy.service.ratelimit.v3.RateLimitResponse');
  const port = await service(t, (s, path) => {
    paths.push(path);
    const frames = new FrameReader(1 << 20);
    s.on('data', (d: Buffer) => frames.push(d, (m) => told.push(request.decode(m))));
    s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
    s.on('end', () => s.end(frame(response.encode({ overallCode: 'OK' }))));
  });
  return { port, told, paths };
}

async function status(p: TestProxy, request = get()): Promise<string> {
  const c = p.connect();
  const { start } = await c.send(request).message();
  c.close();
  return start.slice(9, 12);
}

t.test('a service that announces a gigabyte, or dies, is an error, and nothing of it is kept', async (t) => {
  const before = heldMemory.bytes;
  const grpc = await service(t, (s) => {
    s.respond({ ':status': 200, 'content-type': 'application/grpc' });
    s.write(Buffer.from([0, 0x40, 0, 0, 0]));
  });
  const p = await rig(t, { ...LIMIT, failureModeDeny: true }, grpc);
  t.equal(await status(p), '500');
  const q = await rig(t, LIMIT, await service(t, (s) => s.session?.destroy()));
  for (let i = 0; i < 3; i++) t.equal(await status(q), '200');
  t.equal(q.value('cluster.u.ratelimit.failure_mode_allowed'), 3);
  await turns();
  t.equal(heldMemory.bytes, before);
});

t.test('a client that goes while the service is asked: the call ends, and nothing is counted', async (t) => {
  let asked = 0;
  let closed = 0;
  const grpc = await service(t, (s) => {
    asked++;
    s.on('close', () => closed++);
  });
  const p = await rig(t, LIMIT, grpc);
  const c = p.connect();
  c.send(get());
  await until(() => asked === 1);
  c.socket.resetAndDestroy();
  await until(() => closed === 1);
  for (const name of ['ok', 'error', 'over_limit']) t.equal(p.value(`cluster.u.ratelimit.${name}`), 0, name);
});

t.test('v2 asks as 1.16 does', async (t) => {
  const { port, paths } = await telling(t);
  const { transportApiVersion: _, ...old } = LIMIT.rateLimitService!;
  t.equal(await status(await rig(t, { ...LIMIT, rateLimitService: old }, port, ONE, { envoy16: true })), '200');
  t.equal(await status(await rig(t, { ...LIMIT, rateLimitService: old }, port)), '200');
  t.same(paths, [
    '/envoy.service.ratelimit.v2.RateLimitService/ShouldRateLimit',
    '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
  ]);
});

t.test("the address is the client's that x-forwarded-for names, of either family", async (t) => {
  const { port, told } = await telling(t);
  const actions: RateLimitAction[] = [
    { remoteAddress: {} },
    { maskedRemoteAddress: { v4PrefixMaskLen: 16, v6PrefixMaskLen: 64 } },
  ];
  const p = await rig(t, LIMIT, port, [{ actions }], { hcm: { useRemoteAddress: true, xffNumTrustedHops: 1 } });
  t.equal(await status(p, get('/', 'x-forwarded-for: 10.1.2.3\r\n')), '200');
  t.equal(await status(p, get('/', 'x-forwarded-for: 2001:db8:1:2:3::4\r\n')), '200');
  const values = told.map((r) =>
    (r as { descriptors: { entries: { value: string }[] }[] }).descriptors[0].entries.map((e) => e.value),
  );
  t.same(values, [
    ['10.1.2.3', '10.1.0.0/16'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
  ]);
});

t.test('what a service wants to add and cannot stand on the wire is left out', async (t) => {
  const response = await loadCodec('envoy.service.ratelimit.v3.RateLimitResponse');
  const grpc = await service(t, (s) => {
    s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
    s.end(
      frame(
        response.encode({
          overallCode: 'OVER_LIMIT',
          responseHeadersToAdd: [
            { key: 'x bad', value: 'v' },
            { key: 'x-split', value: 'a\r\nb: c' },
            { key: 'X-Good', value: 'é' },
          ],
        }),
      ),
    );
  });
  const p = await rig(t, LIMIT, grpc);
  const c = p.connect();
  const m = await c.send(get()).message();
  t.match(m.start, /429/);
  t.equal(header(m, 'x-good'), Buffer.from('é').toString('latin1'));
  t.equal(header(m, 'x-split'), undefined);
  t.notMatch(m.headers.join('\n'), /x bad/);
  c.close();
});

t.test('configs that are wrong do not start', async (t) => {
  const both = [{ ...ONE[0], hitsAddend: { number: 1, format: '%BYTES_SENT%' } }];
  await t.rejects(rig(t, { ...LIMIT, rateLimits: both }, 1), /only one of number and format/);
  await t.rejects(rig(t, { ...LIMIT, rateLimits: [{ ...ONE[0], hitsAddend: { format: '%NONE%' } }] }, 1), /NONE/);
  await t.rejects(rig(t, LIMIT, 1, [{ actions: [{}] }]), /needs one of its fields/);
  const match = { addressMatcher: { ranges: [{ addressPrefix: 'x', prefixLen: 8 }] }, descriptorValue: 'v' };
  await t.rejects(rig(t, LIMIT, 1, [{ actions: [{ remoteAddressMatch: match }] }]), /range of addresses/);
});
