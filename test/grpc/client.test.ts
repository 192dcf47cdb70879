import type * as http2 from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import t from 'tap';
import type { GrpcService } from '../../src/config/schema/types.ts';
import type { GrpcClient } from '../../src/grpc/client.ts';
import { frame } from '../../src/grpc/frames.ts';
import { grpcService } from '../../src/grpc/service.ts';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { cluster, deadPort, TestProxy, until } from '../http/proxy.ts';
import { http2Service } from '../support/http2-service.ts';

type Test = { teardown(fn: () => unknown): void };
const H2 = {
  typedExtensionProtocolOptions: new Map([
    [
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      {
        typeUrl: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        value: { explicitHttpConfig: { http2ProtocolOptions: {} } },
      },
    ],
  ]),
};

async function clientOf(
  t: Test,
  port: number,
  more: object = {},
  service: Partial<GrpcService> = {},
): Promise<{ client: GrpcClient; p: TestProxy }> {
  const p = await TestProxy.start({ clusters: [cluster('u', [port], { ...H2, ...more })] });
  t.teardown(() => p.stop());
  const { client } = await grpcService({ envoyGrpc: { clusterName: 'u' }, ...service }, p.engine.context);
  return { client, p };
}

interface Answer {
  message: string | null;
  status: number;
  text: string;
}
const call = (client: GrpcClient, path: string, message: string, timeoutMs = 0): Promise<Answer> =>
  new Promise((resolve) => {
    client.unary(path, Buffer.from(message), { timeoutMs }, (m, status, text) =>
      resolve({ message: m === null ? null : m.toString(), status, text }),
    );
  });

const raw = (b: Buffer): Buffer => b;

t.test('grpc-js answers, with a message or an error', async (t) => {
  const s = new grpc.Server();
  const method = {
    path: '/pkg.Svc/Say',
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  };
  s.addService({ say: method } as grpc.ServiceDefinition, {
    say: (c: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
      if (String(c.request) === 'no') done({ code: 7, details: 'é % no' });
      else done(null, Buffer.concat([Buffer.from('hello '), c.request]));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    s.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (e, n) => (e ? reject(e) : resolve(n)));
  });
  t.teardown(() => s.forceShutdown());
  const { client } = await clientOf(t, port);
  t.same(await call(client, '/pkg.Svc/Say', 'x'.repeat(200_000)), {
    message: `hello ${'x'.repeat(200_000)}`,
    status: 0,
    text: '',
  });
  t.match(await call(client, '/pkg.Svc/Say', 'no'), { message: null, status: 7 });
  t.match(await call(client, '/pkg.Svc/None', ''), { message: null, status: 12 });
});

t.test('the head says what Envoy says, with initial_metadata', async (t) => {
  const heads: http2.IncomingHttpHeaders[] = [];
  const port = await http2Service(t, (s, h) => {
    heads.push(h);
    s.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'a%20b' },
      { endStream: true },
    );
  });
  const { p } = await clientOf(t, port);
  const service = await grpcService(
    {
      envoyGrpc: { clusterName: 'u', authority: 'svc.example' },
      timeout: 250,
      initialMetadata: [{ key: 'x-a', value: 'b' }],
    },
    p.engine.context,
  );
  const metadata = service.metadata as NonNullable<typeof service.metadata>;
  const end = await new Promise((resolve) =>
    service.client.unary(
      '/a.B/C',
      Buffer.from('x'),
      { metadata: (head) => metadata(head, {} as never, head) },
      (m, status, text) => resolve({ m, status, text }),
    ),
  );
  t.same(end, { m: null, status: 5, text: 'a b' });
  t.match(heads[0], {
    ':method': 'POST',
    ':path': '/a.B/C',
    ':authority': 'svc.example',
    te: 'trailers',
    'grpc-timeout': '250m',
    'content-type': 'application/grpc',
    'x-a': 'b',
    'x-envoy-internal': 'true',
    'x-envoy-expected-rq-timeout-ms': '250',
  });
  t.ok(heads[0]['x-forwarded-for']);
});

t.test("answers that are none: each has Envoy's status", async (t) => {
  const message = frame(Buffer.from('m'));
  const ok = { ':status': 200, 'content-type': 'application/grpc' };
  const trailed = (s: http2.ServerHttp2Stream, trailers: http2.OutgoingHttpHeaders, ...data: Buffer[]): void => {
    s.respond(ok, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers(trailers));
    for (const d of data) s.write(d);
    s.end();
  };
  const begun = (s: http2.ServerHttp2Stream, data: string | Buffer, then?: () => void): void => {
    s.respond(ok);
    s.write(data, then);
  };
  const whole = (s: http2.ServerHttp2Stream, status: number, data: string | Buffer): void => {
    s.respond({ ...ok, ':status': status });
    s.end(data);
  };
  const answers: Record<string, [number, (s: http2.ServerHttp2Stream) => void]> = {
    '/http-500': [2, (s) => s.respond({ ':status': 500 }, { endStream: true })],
    '/http-403-body': [7, (s) => whole(s, 403, 'no')],
    '/http-503-grpc': [9, (s) => s.respond({ ':status': 503, 'grpc-status': '9' }, { endStream: true })],
    '/no-trailers': [2, (s) => whole(s, 200, message)],
    '/no-status': [2, (s) => trailed(s, { a: 'b' }, message)],
    '/bad-status': [-1, (s) => trailed(s, { 'grpc-status': 'x' }, message)],
    '/no-message': [13, (s) => trailed(s, { 'grpc-status': '0' })],
    '/rubbish': [13, (s) => begun(s, '\xff\xff<html>rubbish</html>')],
    '/compressed': [13, (s) => begun(s, Buffer.from([1, 0, 0, 0, 1, 0]))],
    '/huge': [8, (s) => begun(s, Buffer.from([0, 0x40, 0, 0, 0]))],
    '/reset': [13, (s) => begun(s, message, () => s.destroy(new Error('reset')))],
    '/timeout': [14, () => {}],
    '/cut': [13, (s) => begun(s, message, () => s.session?.destroy())],
  };
  const port = await http2Service(t, (s, h) => answers[h[':path'] as string][1](s));
  const { client } = await clientOf(t, port);
  const before = heldMemory.bytes;
  for (const [path, [status]] of Object.entries(answers)) {
    t.match(await call(client, path, 'x', path === '/timeout' ? 30 : 0), { message: null, status }, path);
  }
  t.equal(heldMemory.bytes, before, 'nothing of them is kept');
});

t.test('no cluster, no host, no server', async (t) => {
  const { client, p } = await clientOf(t, await deadPort());
  t.match(await call(client, '/a', ''), { message: null, status: 14, text: /upstream connect error/ });
  const none = (await grpcService({ envoyGrpc: { clusterName: 'none' } }, p.engine.context)).client;
  t.same(await call(none, '/a', ''), { message: null, status: 14, text: 'Cluster not available' });
  none.unary('/a', Buffer.alloc(0), {}, () => t.fail('cancelled')).cancel();
  await new Promise((resolve) => setImmediate(resolve));
});

t.test('a stream sends and receives until both are done; what is cancelled is reset', async (t) => {
  let seen = 0;
  let reset = -1;
  const port = await http2Service(t, (s) => {
    s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
    s.on('data', (d: Buffer) => {
      seen += d.length;
      s.write(d);
    });
    s.on('end', () => s.end());
    s.on('close', () => {
      reset = s.rstCode ?? 0;
    });
  });
  const { client } = await clientOf(t, port);
  const got: string[] = [];
  let end = -1;
  const stream = client.stream(
    '/a.B/Echo',
    {},
    {
      onMessage: (m) => got.push(m.toString()),
      onEnd: (status) => {
        end = status;
      },
    },
  );
  stream.send(Buffer.from('one'));
  await until(() => got.length === 1);
  stream.send(Buffer.from('two'));
  stream.close();
  await until(() => end >= 0);
  t.same(got, ['one', 'two']);
  t.equal(end, 0);
  t.ok(stream.over);
  const other = client.stream('/a.B/Echo', {}, { onMessage: () => t.fail(), onEnd: () => t.fail('cancelled') });
  seen = 0;
  reset = -1;
  other.send(Buffer.alloc(10));
  await until(() => reset === -1 && seen >= 0);
  other.cancel();
  other.cancel();
  other.send(Buffer.from('late'));
  await until(() => reset > 0);
});

t.test('retry_policy: tried again where it says so', async (t) => {
  let n = 0;
  const port = await http2Service(t, (s) => {
    n++;
    if (n === 1)
      s.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14' }, { endStream: true });
    else {
      s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
      s.end(frame(Buffer.from('second')));
    }
  });
  const { client } = await clientOf(
    t,
    port,
    {},
    {
      retryPolicy: { retryOn: 'unavailable', numRetries: 1, retryBackOff: { baseInterval: 1, maxInterval: 2 } },
    },
  );
  t.match(await call(client, '/a', 'x'), { message: 'second', status: 0 });
  t.equal(n, 2);
});
