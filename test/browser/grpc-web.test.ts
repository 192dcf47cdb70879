/**
 * A browser through cors, grpc_web and grpc_json_transcoder: a page of another origin calls a gRPC service with the npm client `grpc-web` and
 * with fetch. The service is @grpc/grpc-js; nothing between them is ours but the proxy.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import t from 'tap';
import type { HttpConnectionManager } from '../../src/config/schema/types.ts';
import { bookstore } from '../http/filters/bookstore.ts';
import { cluster, ROUTER, TestProxy } from '../http/proxy.ts';
import { H2 } from '../support/http2-service.ts';
import { listening } from '../support/listening.ts';
import { findChromium, open } from './chromium.ts';

t.setTimeout(120_000);
const chromium = findChromium();
const local = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

type Test = { teardown(fn: () => unknown): void };

/** What it was asked with. */
interface Seen {
  readonly method: string;
  readonly own: string | undefined;
}

async function service(t: Test, seen: Seen[]): Promise<number> {
  const loaded = grpc.loadPackageDefinition(loadFileDescriptorSetFromBuffer(bookstore(), { longs: Number }));
  const { Bookstore } = loaded['bookstore'] as unknown as { Bookstore: grpc.ServiceClientConstructor };
  const note = (method: string, call: { metadata: grpc.Metadata }): void => {
    seen.push({ method, own: call.metadata.get('x-own')[0]?.toString() });
  };
  const server = new grpc.Server();
  server.addService(Bookstore.service, {
    getShelf(call: grpc.ServerUnaryCall<{ shelf: number }, unknown>, done: grpc.sendUnaryData<unknown>) {
      note('GetShelf', call);
      const { shelf } = call.request;
      if (!(Number(shelf) > 0)) {
        done({ code: grpc.status.NOT_FOUND, details: 'no shelf é' });
        return;
      }
      const trailer = new grpc.Metadata();
      trailer.set('x-trailer', 'at the end');
      done(null, { id: shelf, theme: 'Musik' }, trailer);
    },
    createShelf(call: grpc.ServerUnaryCall<{ shelf: { theme: string } }, unknown>, done: grpc.sendUnaryData<unknown>) {
      note('CreateShelf', call);
      done(null, { id: 1, theme: call.request.shelf.theme });
    },
    listBooks(call: grpc.ServerWritableStream<unknown, unknown>) {
      note('ListBooks', call);
      for (let id = 1; id <= 3; id++) call.write({ id });
      call.end();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  t.teardown(() => server.forceShutdown());
  return port;
}

function proxyConfig(): HttpConnectionManager {
  const named = (name: string, type: string, value: object) => ({
    name: `envoy.filters.http.${name}`,
    typedConfig: { typeUrl: `envoy.extensions.filters.http.${name}.v3.${type}`, value },
  });
  const policy = {
    allowOriginStringMatch: [{ prefix: 'http://127.0.0.1:' }],
    allowMethods: 'GET, POST',
    allowHeaders: 'content-type, x-grpc-web, x-user-agent, x-own, grpc-timeout',
    exposeHeaders: 'grpc-status, grpc-message, x-told',
  };
  const CORS = 'envoy.extensions.filters.http.cors.v3.CorsPolicy';
  const perFilter = new Map([['envoy.filters.http.cors', { typeUrl: CORS, value: policy }]]);
  const none = new Map([
    ['envoy.filters.http.cors', { typeUrl: CORS, value: { allowOriginStringMatch: [{ exact: 'http://other' }] } }],
  ]);
  return {
    statPrefix: 'h',
    httpFilters: [
      named('cors', 'Cors', {}),
      named('grpc_web', 'GrpcWeb', {}),
      named('grpc_json_transcoder', 'GrpcJsonTranscoder', {
        services: ['bookstore.Bookstore'],
        protoDescriptorBin: bookstore(),
        convertGrpcStatus: true,
      }),
      ROUTER,
    ],
    routeConfig: {
      virtualHosts: [
        {
          name: 'all',
          domains: ['*'],
          typedPerFilterConfig: perFilter,
          routes: [
            { match: { prefix: '/closed' }, route: { cluster: 'u' }, typedPerFilterConfig: none },
            {
              match: { prefix: '/' },
              route: { cluster: 'u' },
              responseHeadersToAdd: [{ header: { key: 'x-told', value: 'by the proxy' } }],
            },
          ],
        },
      ],
    },
  } as HttpConnectionManager;
}

/** Serves the page, and waits for what it says in the end. */
async function page(t: Test): Promise<{ port: number; outcome: Promise<Record<string, unknown>> }> {
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': ['text/html', '<!doctype html><title>test</title><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', local('./page.js')],
    '/grpc-web.js': ['text/javascript', local('../../node_modules/grpc-web/index.esm.js')],
  };
  const server = http.createServer();
  const outcome = new Promise<Record<string, unknown>>((resolve) => {
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const { pathname } = new URL(request.url ?? '/', 'http://a');
      if (pathname === '/outcome') {
        let text = '';
        request.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        request.on('end', () => {
          response.end();
          resolve(JSON.parse(text) as Record<string, unknown>);
        });
        return;
      }
      const [type, text] = files[pathname] ?? ['text/plain', ''];
      response.writeHead(text === '' ? 404 : 200, { 'content-type': type });
      response.end(text);
    });
  });
  return { port: await listening(t, server), outcome };
}

t.test(
  'a page of another origin calls a gRPC service, with grpc-web and as JSON',
  { skip: chromium === null ? 'no Chromium on the PATH nor in CHROMIUM: the browser test is left out' : false },
  async (t) => {
    const seen: Seen[] = [];
    const u = await service(t, seen);
    const p = await TestProxy.start({ hcm: proxyConfig(), clusters: [cluster('u', [u], H2)] });
    t.teardown(() => p.stop());
    const { port, outcome } = await page(t);
    const proxy = encodeURIComponent(`http://127.0.0.1:${p.port}`);
    const browser = open(t, chromium as string, `http://127.0.0.1:${port}/?proxy=${proxy}`);
    const died = once(browser, 'exit').then(([code]): Record<string, unknown> => ({ ended: String(code) }));
    const got = await Promise.race([outcome, died]);
    const shelf = '080712054d7573696b';
    t.notOk(got['thrown'] ?? got['ended'], 'the page came to its end');
    t.same(got['text'], { answer: shelf, trailer: 'at the end' }, 'application/grpc-web-text');
    t.same(got['binary'], { answer: shelf, trailer: 'at the end' }, 'application/grpc-web');
    t.match(got['fails'], { code: 5, message: 'no shelf é' });
    t.same(got['stream'], { messages: ['0801', '0802', '0803'] }, 'each message by itself, and the end');
    t.same(got['get'], { status: 200, told: 'by the proxy', body: '{"id":"7","theme":"Musik"}' });
    t.same(got['put'], { status: 200, told: 'by the proxy', body: '{"id":"1","theme":"é"}' });
    t.match(got['missing'], { status: 404, body: /no shelf/ });
    t.match(got['refused'], { error: /TypeError/ }, 'without a policy the browser lets nothing through');
    t.same(
      seen.map(({ method, own }) => `${method} ${own ?? ''}`.trim()),
      [
        'GetShelf from the page',
        'GetShelf from the page',
        'GetShelf',
        'ListBooks',
        'GetShelf g',
        'CreateShelf j',
        'GetShelf',
      ],
    );
    t.ok(p.value('http.h.cors.origin_valid') >= 8, 'preflights and requests');
    t.ok(p.value('http.h.cors.origin_invalid') >= 1);
  },
);
