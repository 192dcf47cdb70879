// AION's microservice sidecar: HTTP/2 or HTTP/1.1 in, HTTP/1.1 out to the next sidecar (status-kanban), grpc_http1_bridge.
// HTTP/1.1 trailers are dropped by default, so a call's status is lost between the two: Envoy does so, and so do we.
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import t from 'tap';
import { AionClient, AionServer, type StatusKanban } from './grpc-service.ts';
import { Sidecar } from './sidecar.ts';

const BIG = 16 * 1024 * 1024;

t.test('behind a plain HTTP/1.1 server', async (t) => {
  const seen: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', request.headers['content-type'] ?? 'text/plain');
      if (request.url === '/grpc/fails') response.setHeader('grpc-status', '5');
      response.end(Buffer.concat(chunks));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const sidecar = await Sidecar.start('microservice', { grpc: (server.address() as AddressInfo).port });
  t.teardown(() => sidecar.stop());

  await t.test('a request passes with the headers of use_remote_address and add_user_agent', async (t) => {
    const answer = await post(sidecar.grpcPort, '/json', 'application/json', Buffer.from('{}'));
    t.equal(answer.status, 200);
    t.equal(answer.body.toString(), '{}');
    const { headers } = seen.at(-1)!;
    t.equal(headers['user-agent'], '', 'no node.cluster: empty, as Envoy sends it');
    t.equal(headers['x-envoy-downstream-service-cluster'], '');
    t.equal(headers['x-forwarded-proto'], 'http');
    t.ok(headers['x-forwarded-for']);
    t.match(headers['x-request-id'], /^[0-9a-f-]{36}$/);
    t.equal(headers['x-envoy-expected-rq-timeout-ms'], undefined, 'timeout 0s');
  });

  await t.test('16 MB go up and come back', async (t) => {
    const body = Buffer.alloc(BIG, 'abcdefghijklmnop');
    const answer = await post(sidecar.grpcPort, '/json', 'application/octet-stream', body);
    t.ok(answer.body.equals(body), 'the same 16 MB');
  });

  await t.test('an idle connection is closed', async (t) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    await post(sidecar.grpcPort, '/json', 'text/plain', Buffer.from('x'), agent);
    const socket = Object.values(agent.freeSockets)[0]?.[0];
    t.ok(socket, 'the connection is kept alive');
    await once(socket!, 'close');
  });
});

t.test('before the status-kanban sidecar and a gRPC server', async (t) => {
  const server = await AionServer.start();
  t.teardown(() => server.stop());
  const kanban = await Sidecar.start('status-kanban', { grpc: server.port });
  t.teardown(() => kanban.stop());
  const sidecar = await Sidecar.start('microservice', { grpc: kanban.grpcPort });
  t.teardown(() => sidecar.stop());
  const client = new AionClient(sidecar.grpcPort);
  t.teardown(() => client.close());

  await t.test('a unary call over HTTP/2: the message passes, the status is lost', async (t) => {
    const error = await rejected(client.send({ microserviceName: 'm', message: { dataPath: '/x' } }));
    t.equal(error.code, status.INTERNAL);
    t.match(error.details, /Call ended without gRPC status/);
  });

  await t.test('a server stream: the messages pass, the status is lost', async (t) => {
    const stream = client.receive(20);
    const seen: number[] = [];
    stream.on('data', (kanban: StatusKanban) => seen.push(kanban.processNumber));
    const [error] = (await once(stream, 'error')) as [ServiceError];
    t.match(error.details, /Call ended without gRPC status/);
    t.equal(seen.length, 20);
  });

  await t.test('an error status is in the headers and passes', async (t) => {
    const error = await rejected(client.send({ microserviceName: 'fail', message: {} }));
    t.equal(error.code, status.NOT_FOUND);
    t.equal(error.details, 'no such kanban: 漢字 100%');
    t.strictSame(error.metadata.get('x-detail'), ['why it failed']);
    t.strictSame(error.metadata.get('x-raw-bin'), [Buffer.from([0, 1, 255])]);
  });

  await t.test('a cancelled call', async (t) => {
    const before = server.cancelled;
    const error = await rejected(client.send({ microserviceName: 'slow', message: {} }, 150));
    t.equal(error.code, status.DEADLINE_EXCEEDED);
    await server.untilCancelled(before + 1);
  });

  await t.test('calls over HTTP/1.1: the bridge has no trailers to read, an error in the headers passes', async (t) => {
    const call = (name: string): Promise<Answer> => {
      const message = Buffer.from([0, 0, 0, 0, 2 + name.length, 10, name.length, ...Buffer.from(name)]);
      return post(sidecar.grpcPort, '/kanbanpb.Kanban/SendKanban', 'application/grpc', message);
    };
    const good = await call('m');
    t.equal(good.status, 200);
    t.equal(good.headers['grpc-status'], undefined);
    t.equal(good.body.readUInt32BE(1), good.body.length - 5, 'one gRPC message');
    t.equal(good.headers['content-length'], undefined, 'without trailers the bridge leaves the response as it is');
    const bad = await call('fail');
    t.equal(bad.status, 200);
    t.equal(bad.headers['grpc-status'], '5');
    t.equal(bad.headers['x-raw-bin'], 'AAH/');
  });
});

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

function post(port: number, path: string, type: string, body: Buffer, agent?: http.Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const options = { port, host: '127.0.0.1', method: 'POST', path, headers, agent: agent ?? false };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function rejected(answer: Promise<unknown>): Promise<ServiceError> {
  return answer.then(
    () => {
      throw new Error('must not succeed');
    },
    (error: ServiceError) => error,
  );
}
