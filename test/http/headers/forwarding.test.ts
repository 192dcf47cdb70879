import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { ConnectionManagerSettings } from '../../../src/http/connection/settings.ts';
import { cleanResponseHeaders, localIp, mutateRequestHeaders } from '../../../src/http/headers/forwarding.ts';
import { Address } from '../../../src/transport/address.ts';
import type { Connection } from '../../../src/transport/connection.ts';

const BASE = {
  useRemoteAddress: false,
  xffNumTrustedHops: 0,
  skipXffAppend: false,
  schemeToOverwrite: '',
  clientCert: {
    always: false,
    keeps: false,
    adds: false,
    cert: false,
    chain: false,
    subject: false,
    uri: false,
    dns: false,
  },
  appendForwardedPort: false,
  via: '',
  generateRequestId: false,
  preserveExternalRequestId: false,
  packTraceReason: true,
  detections: null,
  userAgent: null,
  nodeId: 'node',
  isInternalAddress: null,
  localIp: localIp.v4,
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function request(...list: string[]): Headers {
  const h = new Headers();
  h.method = 'GET';
  h.path = '/';
  h.authority = 'a';
  h.list = list;
  return h;
}

/** The list after the mutation; `peer` is the client's IP. */
function mutate(
  cfg: Partial<ConnectionManagerSettings>,
  list: string[],
  peer = '10.9.8.7',
  upgrade = false,
): readonly string[] {
  const h = request(...list);
  const conn = {
    remoteAddress: peer === '' ? new Address('', 0, '/run/x') : new Address(peer, 1),
  } as unknown as Connection;
  mutateRequestHeaders(h, { ...BASE, ...cfg } as unknown as ConnectionManagerSettings, conn, upgrade);
  return h.list;
}
const PROTO = ['x-forwarded-proto', 'http'];

t.test('hop-by-hop headers go, unless it is an upgrade', (t) => {
  const hop = [
    'connection',
    'upgrade',
    'upgrade',
    'websocket',
    'keep-alive',
    '5',
    'proxy-connection',
    'x',
    'transfer-encoding',
    'chunked',
  ];
  t.same(mutate({}, [...hop, 'x-a', '1']), ['x-a', '1', ...PROTO]);
  t.same(mutate({}, [...hop, 'te', 'gzip'], '10.9.8.7', true), [
    'connection',
    'upgrade',
    'upgrade',
    'websocket',
    'te',
    'gzip',
    ...PROTO,
  ]);
  t.end();
});

t.test('te: only trailers is passed on', (t) => {
  t.same(mutate({}, ['te', 'gzip']), PROTO);
  t.same(mutate({}, ['te', 'gzip, trailers']), ['te', 'trailers', ...PROTO]);
  t.same(mutate({}, ['te', 'trailers', 'te', ' trailers']), ['te', 'trailers', ...PROTO]);
  t.same(mutate({}, ['te', 'trailers;q=1']), PROTO);
  t.same(mutate({}, ['te', 'trailers\xa0']), PROTO, '0xA0 is no white space');
  t.end();
});

t.test('headers strangers may not send', (t) => {
  const always = ['x-envoy-internal', 'true', 'x-forwarded-client-cert', 'Hash=1'];
  const internalOnly = [
    'x-envoy-retriable-status-codes',
    'x-envoy-retriable-header-names',
    'x-envoy-retry-on',
    'x-envoy-retry-grpc-on',
    'x-envoy-max-retries',
    'x-envoy-upstream-alt-stat-name',
    'x-envoy-upstream-rq-timeout-ms',
    'x-envoy-upstream-rq-per-try-timeout-ms',
    'x-envoy-upstream-rq-timeout-alt-response',
    'x-envoy-expected-rq-timeout-ms',
    'x-envoy-force-trace',
    'x-envoy-ip-tags',
    'x-envoy-original-url',
    'x-envoy-hedge-on-per-try-timeout',
  ].flatMap((n) => [n, '1']);
  const edge = [
    'x-envoy-decorator-operation',
    'x-envoy-downstream-service-cluster',
    'x-envoy-downstream-service-node',
    'x-envoy-original-path',
    'x-envoy-original-host',
  ].flatMap((n) => [n, '1']);
  const all = [...always, ...internalOnly, ...edge];
  t.same(mutate({}, all), [...edge, ...PROTO], 'not at the edge');
  t.same(
    mutate({ useRemoteAddress: true, skipXffAppend: true }, all),
    [...PROTO, 'x-envoy-external-address', '10.9.8.7'],
    'at the edge',
  );
  const internal = mutate({ isInternalAddress: () => true }, ['x-forwarded-for', '10.0.0.1', ...all]);
  t.same(
    internal,
    ['x-forwarded-for', '10.0.0.1', ...internalOnly, ...edge, ...PROTO, 'x-envoy-internal', 'true'],
    'from inside',
  );
  t.end();
});

t.test('internal: one address that is internal', (t) => {
  const isInternalAddress = (ip: string): boolean => ip.startsWith('10.');
  const is = (cfg: Partial<ConnectionManagerSettings>, list: string[], peer = '10.9.8.7'): boolean =>
    mutate({ isInternalAddress, ...cfg }, list, peer).includes('x-envoy-internal');
  t.equal(is({}, []), false, 'no x-forwarded-for');
  t.equal(is({}, ['x-forwarded-for', '10.0.0.1']), true);
  t.equal(is({}, ['x-forwarded-for', ' 10.0.0.1 ']), true);
  t.equal(is({}, ['x-forwarded-for', '1.2.3.4']), false);
  t.equal(is({}, ['x-forwarded-for', '10.0.0.1,10.0.0.2']), false, 'two addresses');
  t.equal(is({}, ['x-forwarded-for', '10.0.0.1', 'x-forwarded-for', '10.0.0.2']), false, 'two headers');
  t.equal(is({}, ['x-forwarded-for', '10.0.0']), false, 'not an address');
  t.equal(
    is({ xffNumTrustedHops: 1 }, ['x-forwarded-for', '10.0.0.1']),
    false,
    'behind trusted hops it is never one address',
  );
  t.equal(is({ useRemoteAddress: true }, []), true, 'the peer itself');
  t.equal(is({ useRemoteAddress: true }, [], '8.8.8.8'), false);
  t.equal(is({ useRemoteAddress: true }, ['x-forwarded-for', '10.0.0.1']), false, 'somebody else was before the peer');
  t.end();
});

t.test('x-forwarded-for with use_remote_address', (t) => {
  const ext = ['x-envoy-external-address', '10.9.8.7'];
  t.same(mutate({ useRemoteAddress: true }, []), ['x-forwarded-for', '10.9.8.7', ...PROTO, ...ext]);
  t.same(mutate({ useRemoteAddress: true }, ['x-forwarded-for', '1.1.1.1']), [
    'x-forwarded-for',
    '1.1.1.1,10.9.8.7',
    ...PROTO,
    ...ext,
  ]);
  t.same(mutate({ useRemoteAddress: true }, ['x-forwarded-for', '']), [
    'x-forwarded-for',
    '10.9.8.7',
    ...PROTO,
    ...ext,
  ]);
  t.same(mutate({ useRemoteAddress: true }, [], '127.0.0.1')[1], localIp.v4(), 'loopback peers by our own address');
  t.same(mutate({ useRemoteAddress: true }, [], '::1')[1], localIp.v4());
  t.same(mutate({ useRemoteAddress: true, localIp: localIp.v6 }, [], '127.0.0.1')[1], localIp.v6());
  t.match(localIp.v6(), ':');
  t.same(mutate({ useRemoteAddress: true }, [], '127.0.0.2')[1], '127.0.0.2', 'the canonical loopback address only');
  t.same(mutate({ useRemoteAddress: true }, [], ''), PROTO, 'a Unix socket has no address');
  t.same(mutate({ useRemoteAddress: true, skipXffAppend: true }, ['x-forwarded-for', '1.1.1.1']), [
    'x-forwarded-for',
    '1.1.1.1',
    ...PROTO,
    ...ext,
  ]);
  t.end();
});

t.test('x-envoy-external-address: the client behind the trusted hops', (t) => {
  const at = (cfg: Partial<ConnectionManagerSettings>, xff: string): string | undefined => {
    const list = mutate({ useRemoteAddress: true, ...cfg }, ['x-forwarded-for', xff]);
    const i = list.indexOf('x-envoy-external-address');
    return i < 0 ? undefined : list[i + 1];
  };
  t.equal(at({ xffNumTrustedHops: 1 }, '1.1.1.1,2.2.2.2'), '2.2.2.2');
  t.equal(at({ xffNumTrustedHops: 2 }, '1.1.1.1, 2.2.2.2'), '1.1.1.1');
  t.equal(at({ xffNumTrustedHops: 3 }, '1.1.1.1,2.2.2.2'), '10.9.8.7', 'fewer than there should be: the peer');
  t.equal(at({ xffNumTrustedHops: 1 }, '1.1.1.1,2.2.2'), '10.9.8.7', 'not an address');
  t.equal(at({ xffNumTrustedHops: 1, skipXffAppend: true }, '1.1.1.1,2.2.2.2'), '2.2.2.2');
  t.equal(mutate({}, ['x-envoy-external-address', '9.9.9.9'])[1], '9.9.9.9', 'not at the edge: passed on');
  t.equal(
    mutate({ useRemoteAddress: true }, ['x-envoy-external-address', '9.9.9.9'])[1],
    '10.9.8.7',
    'at the edge: replaced',
  );
  t.end();
});

t.test('x-forwarded-proto', (t) => {
  const of = (cfg: Partial<ConnectionManagerSettings>, ...list: string[]): string =>
    mutate({ skipXffAppend: true, ...cfg }, list)[1];
  t.equal(of({}, 'x-forwarded-proto', 'https'), 'https');
  t.equal(of({ useRemoteAddress: true }, 'x-forwarded-proto', 'https'), 'http', 'not believed at the edge');
  t.equal(
    of({ useRemoteAddress: true, xffNumTrustedHops: 1 }, 'x-forwarded-proto', 'https'),
    'https',
    'believed behind trusted hops',
  );
  t.equal(of({ useRemoteAddress: true, xffNumTrustedHops: 1 }), 'http');
  t.end();
});

t.test(':scheme comes from x-forwarded-proto when there is none, lower-case', (t) => {
  const of = (scheme: string, ...list: string[]): string => {
    const h = request(...list);
    h.scheme = scheme;
    mutateRequestHeaders(
      h,
      BASE as unknown as ConnectionManagerSettings,
      { remoteAddress: new Address('1.1.1.1', 1) } as unknown as Connection,
      false,
    );
    return h.scheme;
  };
  t.equal(of(''), 'http');
  t.equal(of('', 'x-forwarded-proto', 'HTTPS'), 'https');
  t.equal(of('', 'x-forwarded-proto', 'ftp'), 'http');
  t.equal(of('https'), 'https');
  t.equal(of('HTTPS'), 'https');
  t.end();
});

t.test('referer: a valid URL or reference, once', (t) => {
  const kept = (...values: string[]): boolean =>
    mutate(
      {},
      values.flatMap((v) => ['referer', v]),
    ).includes('referer');
  for (const ok of ['http://a.b/c?d', 'https://a:8080', '/x/y?z', 'x/y:z', 'http://[::1]:80/', '', '?q=1', 'a%20b'])
    t.equal(kept(ok), true, ok);
  for (const bad of [
    'http://a/#f',
    'http://u@a/',
    'about:blank',
    'a b',
    '/x#y',
    'x:y/z',
    'http://',
    '/\u00e4',
    'http://a/ b',
  ])
    t.equal(kept(bad), false, bad);
  t.equal(kept('/a', '/b'), false, 'two of them: both go');
  t.equal(kept('http://u@a/', '/b'), false);
  t.same(mutate({}, ['x-a', '1', 'referer', '/a', 'x-b', '2', 'referer', '/b', 'x-c', '3']), [
    'x-a',
    '1',
    'x-b',
    '2',
    'x-c',
    '3',
    ...PROTO,
  ]);
  t.end();
});

t.test('add_user_agent', (t) => {
  t.same(mutate({ userAgent: 'svc' }, []), [
    ...PROTO,
    'x-envoy-downstream-service-cluster',
    'svc',
    'user-agent',
    'svc',
    'x-envoy-downstream-service-node',
    'node',
  ]);
  t.same(mutate({ userAgent: 'svc', nodeId: '' }, ['user-agent', 'curl']), [
    'user-agent',
    'curl',
    ...PROTO,
    'x-envoy-downstream-service-cluster',
    'svc',
  ]);
  t.same(mutate({ userAgent: 'svc', nodeId: '' }, ['user-agent', '']).slice(0, 2), ['user-agent', 'svc']);
  t.same(
    mutate({ userAgent: 'svc' }, [
      'x-envoy-downstream-service-cluster',
      'c',
      'x-envoy-downstream-service-node',
      'n',
    ]).slice(0, 4),
    ['x-envoy-downstream-service-cluster', 'svc', 'x-envoy-downstream-service-node', 'node'],
  );
  t.end();
});

t.test('via', (t) => {
  t.same(mutate({ via: 'p' }, []), [...PROTO, 'via', 'p']);
  t.same(mutate({ via: 'p' }, ['via', '1.1 x', 'via', '1.1 y']).slice(0, 2), ['via', '1.1 x,1.1 y, p']);
  t.end();
});

t.test('x-request-id', (t) => {
  const id = (cfg: Partial<ConnectionManagerSettings>, ...list: string[]): string => {
    const l = mutate({ generateRequestId: true, ...cfg }, list);
    return l[l.indexOf('x-request-id') + 1];
  };
  t.match(id({}), UUID);
  t.not(id({}), id({}), 'a new one each time');
  t.equal(id({}, 'x-request-id', 'abc'), 'abc', 'not at the edge: kept');
  t.match(id({}, 'x-request-id', ''), UUID, 'an empty one is none');
  t.match(id({ useRemoteAddress: true }, 'x-request-id', 'abc'), UUID, 'at the edge: replaced');
  t.equal(id({ useRemoteAddress: true, preserveExternalRequestId: true }, 'x-request-id', 'abc'), 'abc');
  const traced = '12345678-1234-9234-8234-123456789012';
  t.equal(
    id({ useRemoteAddress: true, preserveExternalRequestId: true }, 'x-request-id', traced),
    '12345678-1234-4234-8234-123456789012',
    'its trace reason goes',
  );
  t.same(mutate({ generateRequestId: false }, []), PROTO);
  t.same(
    mutate({ generateRequestId: false, useRemoteAddress: true, skipXffAppend: true }, ['x-request-id', 'abc']).slice(
      0,
      2,
    ),
    ['x-request-id', 'abc'],
  );
  t.end();
});

t.test('what Envoy keeps once is joined in place, the rest stays apart', (t) => {
  t.same(mutate({}, ['accept', 'a', 'x-a', '1', 'accept', 'b', 'x-a', '2', 'accept', 'c']), [
    'accept',
    'a,b,c',
    'x-a',
    '1',
    'x-a',
    '2',
    ...PROTO,
  ]);
  t.same(mutate({}, ['accept', 'a']), ['accept', 'a', ...PROTO], 'nothing is remembered of the message before');
  t.end();
});

t.test('response: hop-by-hop headers go, what Envoy keeps once is joined', (t) => {
  const clean = (upgrade: boolean, ...list: string[]): readonly string[] => {
    const h = new Headers();
    h.list = list;
    cleanResponseHeaders(h, upgrade);
    return h.list;
  };
  t.same(
    clean(
      false,
      'connection',
      'x',
      'transfer-encoding',
      'chunked',
      'keep-alive',
      '1',
      'proxy-connection',
      'y',
      'upgrade',
      'h2c',
      'a',
      '1',
    ),
    ['a', '1'],
  );
  t.same(clean(true, 'connection', 'upgrade', 'upgrade', 'websocket', 'keep-alive', '1'), [
    'connection',
    'upgrade',
    'upgrade',
    'websocket',
  ]);
  t.same(clean(false, 'set-cookie', 'a', 'set-cookie', 'b', 'vary', 'x', 'vary', 'y'), [
    'set-cookie',
    'a',
    'set-cookie',
    'b',
    'vary',
    'x,y',
  ]);
  t.end();
});
