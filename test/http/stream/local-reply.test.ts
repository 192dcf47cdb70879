import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import {
  formatGrpcTimeout,
  grpcMessage,
  grpcToHttpStatus,
  httpToGrpcStatus,
  isGrpcContentType,
  parseGrpcStatus,
  parseGrpcTimeout,
} from '../../../src/http/grpc.ts';
import type { LocalReply } from '../../../src/http/reply.ts';
import { localReplyHeaders } from '../../../src/http/stream/local-reply.ts';
import { StreamInfo } from '../../../src/http/stream/stream-info.ts';

const reply = (status: number, body = '', more: Partial<LocalReply> = {}): LocalReply => ({
  status,
  body,
  details: 'test',
  ...more,
});

const NOBODY = {
  info: new StreamInfo('HTTP/1.1', 0, null),
  request: new Headers(),
  response: null,
  responseTrailers: null,
};

t.test('a local reply over plain HTTP', (t) => {
  const h = localReplyHeaders(reply(503, 'ü', { headers: ['x-envoy-overloaded', 'true'] }), false, null, NOBODY);
  t.equal(h.status, 503);
  t.same(
    h.list,
    ['x-envoy-overloaded', 'true', 'content-length', '2', 'content-type', 'text/plain'],
    'length in bytes',
  );
  t.same(localReplyHeaders(reply(404), false, null, NOBODY).list, [], 'no body: no content headers');
  t.end();
});

t.test('a local reply to gRPC: 200, status and message as headers', (t) => {
  const h = localReplyHeaders(reply(503, 'no healthy upstream'), true, null, NOBODY);
  t.equal(h.status, 200);
  t.same(h.list, ['content-type', 'application/grpc', 'grpc-status', '14', 'grpc-message', 'no healthy upstream']);
  t.same(localReplyHeaders(reply(404), true, null, NOBODY).list, [
    'content-type',
    'application/grpc',
    'grpc-status',
    '12',
  ]);
  t.equal(localReplyHeaders(reply(408, '', { grpcStatus: 4 }), true, null, NOBODY).list[3], '4', 'a status of its own');
  t.end();
});

t.test('gRPC content types', (t) => {
  for (const yes of ['application/grpc', 'application/grpc+proto', 'application/grpc+'])
    t.equal(isGrpcContentType(yes), true, yes);
  for (const no of [
    undefined,
    '',
    'application/grpc-web',
    'application/grpcx',
    'application/json',
    'application/grp',
    'Application/grpc',
  ])
    t.equal(isGrpcContentType(no), false, String(no));
  t.end();
});

t.test('status maps of the gRPC specification', (t) => {
  const toGrpc: [number, number][] = [
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [502, 14],
    [503, 14],
    [504, 14],
    [200, 2],
    [500, 2],
    [408, 2],
  ];
  for (const [http, grpc] of toGrpc) t.equal(httpToGrpcStatus(http), grpc, String(http));
  const toHttp = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401, 500];
  for (const [grpc, http] of toHttp.entries()) t.equal(grpcToHttpStatus(grpc), http, String(grpc));
  for (const bad of [undefined, '', '-1', '1 ', 'x', '1234567890']) t.equal(parseGrpcStatus(bad), -1, String(bad));
  t.equal(parseGrpcStatus('16'), 16);
  t.end();
});

t.test('grpc-message escaping', (t) => {
  t.equal(grpcMessage('a b~'), 'a b~');
  t.equal(grpcMessage('50%\n\x7f\xe4'), '50%25%0A%7F%E4');
  t.end();
});

t.test('grpc-timeout', (t) => {
  const rows: [string, number][] = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['1500u', 2],
    ['1n', 1],
    ['0m', 0],
  ];
  for (const [text, ms] of rows) t.equal(parseGrpcTimeout(text), ms, text);
  for (const bad of [undefined, '', '1', 'm', '123456789m', '-1m', '1 m', '1h'])
    t.equal(parseGrpcTimeout(bad), undefined, String(bad));
  t.equal(formatGrpcTimeout(1500.9), '1500m');
  t.equal(formatGrpcTimeout(100_000_000), '100000S');
  t.end();
});
