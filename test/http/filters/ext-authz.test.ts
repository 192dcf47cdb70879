/** envoy.filters.http.ext_authz: services that are broken, what is logged, and configs that are wrong. What it answers is compared with Envoy: conformance ext-authz/*. */
import { once } from 'node:events';
import * as http2 from 'node:http2';
import t from 'tap';
import type { ExtAuthz, ExtAuthzPerRoute, HttpConnectionManager } from '../../../src/config/schema/types.ts';
import { FrameReader, frame } from '../../../src/grpc/frames.ts';
import { loadCodec } from '../../../src/grpc/message-codec.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import { H2, http2Service } from '../../support/http2-service.ts';
import { clientCertificate, file, pair, TlsPeer, tlsChain } from '../../tls/proxy.ts';
import { answering, cluster, get, OK, ROUTER, TestProxy, turns, Upstream, until } from '../proxy.ts';

const service = (t: Test, onStream: (s: http2.ServerHttp2Stream, path: string) => void): Promise<number> =>
  http2Service(t, (s, h) => onStream(s, h[':path'] ?? ''));

type Test = { teardown(fn: () => unknown): void };
const TYPE = 'envoy.extensions.filters.http.ext_authz.v3';
const NAME = 'envoy.filters.http.ext_authz';
const BY_GRPC: ExtAuthz = {
  transportApiVersion: 'V3',
  grpcService: { envoyGrpc: { clusterName: 'g' }, timeout: 2000 },
};
const BY_HTTP: ExtAuthz = { httpService: { serverUri: { uri: 'http://a', cluster: 'a', timeout: 2000 } } };

interface Rig {
  authz: ExtAuthz;
  grpc?: number;
  http?: number;
  hcm?: HttpConnectionManager;
  route?: ExtAuthzPerRoute;
  envoy16?: boolean;
}
async function rig(t: Test, { authz, grpc = 1, http = 1, hcm = {}, route, envoy16 = false }: Rig): Promise<TestProxy> {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const filter = { name: NAME, typedConfig: { typeUrl: `${TYPE}.ExtAuthz`, value: authz } };
  const own = route && {
    typedPerFilterConfig: new Map([[NAME, { typeUrl: `${TYPE}.ExtAuthzPerRoute`, value: route }]]),
  };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u' }, ...own }];
  const p = await TestProxy.start({
    envoy16,
    hcm: {
      httpFilters: [filter, ROUTER],
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] },
      ...hcm,
    },
    clusters: [cluster('u', [u.port]), cluster('g', [grpc], H2), cluster('a', [http])],
  });
  t.teardown(() => p.stop());
  return p;
}

async function status(p: TestProxy, request = get()): Promise<string> {
  const c = p.connect();
  const { start } = await c.send(request).message();
  c.close();
  return start.slice(9, 12);
}

t.test('a service that answers a gigabyte is an error, and nothing of it is kept', async (t) => {
  const before = heldMemory.bytes;
  const grpc = await service(t, (s) => {
    s.respond({ ':status': 200, 'content-type': 'application/grpc' });
    s.write(Buffer.from([0, 0x40, 0, 0, 0]));
  });
  const p = await rig(t, { authz: BY_GRPC, grpc });
  t.equal(await status(p), '403');
  t.equal(p.value('http.h.ext_authz.error'), 1);
  const a = await Upstream.start((peer) => {
    peer.keep = false;
    peer.socket.once('data', () => {
      peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n');
      const piece = Buffer.alloc(1 << 20);
      const more = (): void => {
        while (!peer.closed && peer.socket.write(piece));
      };
      peer.socket.on('drain', more);
      more();
    });
  });
  t.teardown(() => a.stop());
  const q = await rig(t, { authz: BY_HTTP, http: a.port });
  t.equal(await status(q), '403');
  t.equal(q.value('http.h.ext_authz.error'), 1);
  await until(() => heldMemory.bytes <= before);
});

t.test('a client that goes while its service is asked: the call ends, and nothing is counted', async (t) => {
  let closed = 0;
  let asked = 0;
  const grpc = await service(t, (s) => {
    asked++;
    s.on('close', () => closed++);
  });
  const p = await rig(t, { authz: BY_GRPC, grpc });
  const c = p.connect();
  c.send(get());
  await until(() => asked === 1);
  c.socket.resetAndDestroy();
  await until(() => closed === 1);
  for (const name of ['ok', 'denied', 'error']) t.equal(p.value(`http.h.ext_authz.${name}`), 0, name);
});

t.test('a service that dies in the middle, over and over, is an error each time', async (t) => {
  const grpc = await service(t, (s) => s.session?.destroy());
  const p = await rig(t, { authz: { ...BY_GRPC, failureModeAllow: true }, grpc });
  for (let i = 0; i < 5; i++) t.equal(await status(p), '200');
  t.equal(p.value('http.h.ext_authz.failure_mode_allowed'), 5);
});

t.test('a body that waits for its service is read no further than the limits', async (t) => {
  const grpc = await service(t, () => {});
  const p = await rig(t, { authz: BY_GRPC, grpc, hcm: {} });
  const c = p.connect();
  c.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\n\r\n');
  const piece = Buffer.alloc(1 << 20);
  let sent = 0;
  while (sent < 64 && c.socket.write(piece)) sent++;
  await turns(50);
  t.ok(c.socket.writableLength > 0 || sent < 64, 'it waits');
  c.close();
});

t.test('a body above max_request_bytes in one frame is answered with 413, and nobody is asked', async (t) => {
  const grpc = await service(t, () => t.fail('asked'));
  const p = await rig(t, { authz: { ...BY_GRPC, withRequestBody: { maxRequestBytes: 10 } }, grpc });
  const session = http2.connect(`http://127.0.0.1:${p.port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.end('hello world body');
  const [h] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  t.equal(h[':status'], 413);
  session.destroy();
});

t.test('retry_policy of an HTTP service: asked again, with the body', async (t) => {
  const seen: string[] = [];
  const a = await Upstream.start((peer) => {
    peer.socket.on('data', () => {
      if (!peer.text.endsWith('hello')) return;
      seen.push(peer.text.slice(peer.text.indexOf('\r\n\r\n') + 4));
      peer.text = '';
      peer.send(seen.length === 1 ? 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n' : OK);
    });
  });
  t.teardown(() => a.stop());
  const httpService = {
    ...BY_HTTP.httpService,
    retryPolicy: { retryOn: '5xx', numRetries: 1, retryBackOff: { baseInterval: 1, maxInterval: 2 } },
  };
  const p = await rig(t, { authz: { httpService, withRequestBody: { maxRequestBytes: 100 } }, http: a.port });
  t.equal(await status(p, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello'), '200');
  t.same(seen, ['hello', 'hello']);
});

t.test('v2 asks as 1.16 does, v3 by V3 alone', async (t) => {
  const paths: string[] = [];
  const codec = await loadCodec('envoy.service.auth.v3.CheckResponse');
  const grpc = await service(t, (s, path) => {
    paths.push(path);
    s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
    s.end(frame(codec.encode({})));
  });
  const { transportApiVersion: _, ...silent } = BY_GRPC;
  t.equal(await status(await rig(t, { authz: silent, grpc, envoy16: true })), '200');
  t.equal(await status(await rig(t, { authz: { ...silent, useAlpha: true } as ExtAuthz, grpc, envoy16: true })), '200');
  t.equal(await status(await rig(t, { authz: BY_GRPC, grpc, envoy16: true })), '200');
  t.same(paths, [
    '/envoy.service.auth.v2.Authorization/Check',
    '/envoy.service.auth.v2alpha.Authorization/Check',
    '/envoy.service.auth.v3.Authorization/Check',
  ]);
  await t.rejects(rig(t, { authz: { ...silent, transportApiVersion: 'V2' }, grpc }), /v2 xDS/);
  paths.length = 0;
  t.equal(await status(await rig(t, { authz: silent, grpc })), '200');
  t.same(paths, ['/envoy.service.auth.v3.Authorization/Check']);
});

t.test('what is shared with access logs: the time it took, metadata, the decision of a shadow', async (t) => {
  const a = await Upstream.start(answering('HTTP/1.1 403 No\r\nx-why: because\r\ncontent-length: 0\r\n\r\n'));
  t.teardown(() => a.stop());
  const authz = { ...BY_HTTP, shadowMode: true, emitFilterStateStats: true, filterMetadata: { team: 'x' } };
  const p = await rig(t, {
    authz,
    http: a.port,
    hcm: {
      routeConfig: {
        virtualHosts: [
          {
            name: 'v',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }],
            responseHeadersToAdd: [
              { header: { key: 'x-latency', value: `%FILTER_STATE(${NAME}:FIELD:latency_us)%` } },
              { header: { key: 'x-team', value: `%FILTER_STATE(${NAME}:FIELD:team)%` } },
              { header: { key: 'x-shadow', value: `%FILTER_STATE(${NAME}.shadow:FIELD:check_result)%` } },
            ],
          },
        ],
      },
    },
  });
  const c = p.connect();
  const m = await c.send(get()).message();
  t.match(m.start, /200/);
  t.match(m.headers.join('\n'), /x-latency: \d+\nx-team: x\nx-shadow: DENIED/);
  c.close();
});

t.test('of a client with a certificate: who it is, the certificate, and the name it asked for', async (t) => {
  const told: {
    attributes: { source: Record<string, string>; destination: Record<string, string>; tlsSession: object };
  }[] = [];
  const request = await loadCodec('envoy.service.auth.v3.CheckRequest');
  const grpc = await service(t, (s) => {
    const frames = new FrameReader(1 << 20);
    s.on('data', (d: Buffer) => frames.push(d, (m) => told.push(request.decode(m) as never)));
    s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
    s.on('end', () => s.end(frame(Buffer.alloc(0))));
  });
  const value: ExtAuthz = { ...BY_GRPC, includePeerCertificate: true, includeTlsSession: true };
  const filter = { name: NAME, typedConfig: { typeUrl: `${TYPE}.ExtAuthz`, value } };
  const context = {
    commonTlsContext: {
      tlsCertificates: [pair('server')],
      validationContext: { trustedCa: file('ca.pem') },
    },
  };
  const p = await TestProxy.start({
    listener: { filterChains: [tlsChain(context, {}, { httpFilters: [filter, ROUTER] })] },
    clusters: [cluster('u', [1]), cluster('g', [grpc], H2)],
  });
  t.teardown(() => p.stop());
  const c = new TlsPeer(p.port, { servername: 'asked.example', ...clientCertificate('client') });
  t.match((await c.send(get()).message()).start, /200/);
  const { source, destination, tlsSession } = told[0].attributes;
  t.equal(source['principal'], 'spiffe://test/client');
  t.match(source['certificate'], /^-----BEGIN%20CERTIFICATE/);
  t.equal(destination['certificate'], undefined);
  t.equal(destination['principal'], 'spiffe://test/server');
  t.same(tlsSession, { sni: 'asked.example' });
  c.close();
});

t.test('configs that are wrong do not start', async (t) => {
  const { serverUri } = BY_HTTP.httpService ?? {};
  const patterns = { patterns: [{ exact: 'a' }] };
  const both = { serverUri: serverUri!, pathPrefix: '/a', pathOverride: '/b' };
  await t.rejects(rig(t, { authz: { httpService: both } }), /Only one of path_prefix or path_override/);
  await t.rejects(
    rig(t, {
      authz: {
        allowedHeaders: patterns,
        httpService: { serverUri: serverUri!, authorizationRequest: { allowedHeaders: patterns } },
      },
    }),
    /Invalid duplicate configuration for allowed_headers/,
  );
  await t.rejects(rig(t, { authz: {} }), /one of grpc_service and http_service/);
  await t.rejects(
    rig(t, {
      authz: BY_HTTP,
      route: { checkSettings: { disableRequestBodyBuffering: true, withRequestBody: { maxRequestBytes: 1 } } },
    }),
    /Only one of disable_request_body_buffering or/,
  );
  const header = { key: 'x', value: '%NONE%' };
  await t.rejects(
    rig(t, { authz: { httpService: { serverUri: serverUri!, authorizationRequest: { headersToAdd: [header] } } } }),
    /NONE/,
  );
});
