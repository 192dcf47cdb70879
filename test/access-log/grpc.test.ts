/**
 * The access log service over gRPC: what arrives there (what Envoy 1.40 sent for the same requests), and services that hang, die or answer rubbish,
 * for which no request waits.
 */
import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { MAX_HELD_BYTES } from '../../src/access-log/grpc-stream.ts';
import type { AccessLog, CommonGrpcAccessLogConfig } from '../../src/config/schema/types.ts';
import { loadCodec } from '../../src/grpc/message-codec.ts';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from '../http/proxy.ts';

type Test = { teardown(fn: () => unknown): void };
const GRPC = 'envoy.extensions.access_loggers.grpc.v3';
const STATS = 'access_logs.grpc_access_log';
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
const TCP_PROXY = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';

interface Entry {
  readonly commonProperties: Record<string, unknown>;
  readonly [field: string]: unknown;
}
interface Sent {
  readonly identifier?: { node: Record<string, unknown>; logName: string };
  readonly httpLogs?: { logEntry: Entry[] };
  readonly tcpLogs?: { logEntry: Entry[] };
}

const codec = await loadCodec('envoy.service.accesslog.v3.StreamAccessLogsMessage');

/** A service that notes what it is sent, or does what `onStream` does. */
class Service {
  readonly messages: Sent[] = [];
  readonly heads: http2.IncomingHttpHeaders[] = [];
  readonly sessions: http2.ServerHttp2Session[] = [];
  readonly streams: http2.ServerHttp2Stream[] = [];
  readonly server = http2.createServer();

  static async start(t: Test, onStream?: (s: http2.ServerHttp2Stream) => void, port = 0): Promise<Service> {
    const service = new Service();
    const { server } = service;
    server.on('session', (session) => {
      service.sessions.push(session);
      session.on('error', () => {});
    });
    server.on('stream', (stream, head) => {
      stream.on('error', () => {});
      service.heads.push(head);
      service.streams.push(stream);
      if (onStream === undefined) service.read(stream);
      else onStream(stream);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => service.stop());
    return service;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  get entries(): Entry[] {
    return this.messages.flatMap((m) => m.httpLogs?.logEntry ?? m.tcpLogs?.logEntry ?? []);
  }

  private read(stream: http2.ServerHttp2Stream): void {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    let bytes = Buffer.alloc(0);
    stream.on('data', (data: Buffer) => {
      bytes = Buffer.concat([bytes, data]);
      while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
        const end = 5 + bytes.readUInt32BE(1);
        this.messages.push(codec.decode(bytes.subarray(5, end)) as Sent);
        bytes = bytes.subarray(end);
      }
    });
  }

  stop(): void {
    for (const session of this.sessions) session.destroy();
    this.server.close();
  }
}

const common = (more: Partial<CommonGrpcAccessLogConfig> = {}): CommonGrpcAccessLogConfig => ({
  logName: 'log',
  transportApiVersion: 'V3',
  grpcService: { envoyGrpc: { clusterName: 'als' } },
  bufferFlushInterval: 5,
  ...more,
});

const logger = (kind: 'Http' | 'Tcp', value: object): AccessLog => ({
  name: 'g',
  typedConfig: { typeUrl: `${GRPC}.${kind}GrpcAccessLogConfig`, value },
});
const httpLog = (more: Partial<CommonGrpcAccessLogConfig> = {}, names: object = {}): AccessLog =>
  logger('Http', { commonConfig: common(more), ...names });

async function proxy(t: Test, servicePort: number, accessLog: AccessLog[], more: object = {}): Promise<TestProxy> {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port]), cluster('als', [servicePort], H2)],
    hcm: { accessLog, ...more },
  });
  t.teardown(() => p.stop());
  return p;
}

t.test('an entry has what Envoy puts into it, and says first who sends it', async (t) => {
  const s = await Service.start(t);
  const p = await proxy(t, s.port, [
    httpLog(
      {
        grpcService: { envoyGrpc: { clusterName: 'als' }, initialMetadata: [{ key: 'x-init', value: 'v' }] },
        customTags: [
          { tag: 'literal', literal: { value: 'L' } },
          { tag: 'header', requestHeader: { name: 'X-A', defaultValue: 'd' } },
          { tag: 'absent', requestHeader: { name: 'x-nope' } },
          { tag: 'default', requestHeader: { name: 'x-nope', defaultValue: 'd' } },
          { tag: 'format', value: '%PROTOCOL%|%REQ(x-a)%' },
          { tag: 'literal', literal: { value: 'second of its name' } },
        ],
      },
      {
        additionalRequestHeadersToLog: ['X-A', 'x-b', 'x-nope'],
        additionalResponseHeadersToLog: ['server'],
        additionalResponseTrailersToLog: ['x-t'],
      },
    ),
  ]);
  const c = p.connect();
  const id = '00000000-0000-4000-8000-000000000000';
  const head = `user-agent: ua\r\nreferer: ref\r\nx-forwarded-for: 1.2.3.4\r\nx-a: one\r\nx-a: two\r\nx-b: \xe9\r\nx-request-id: ${id}\r\n`;
  await c.send(Buffer.from(get('/x?y', head), 'latin1')).message();
  await until(() => s.entries.length === 1);

  t.equal(s.heads[0][':path'], '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs');
  t.equal(s.heads[0]['x-init'], 'v');
  const { identifier } = s.messages[0];
  t.match(identifier, { logName: 'log', node: { id: 'n', cluster: 'c', userAgentName: 'envoylet' } });
  const [entry] = s.entries;
  const { commonProperties: common, request, response } = entry;
  t.match(common, {
    downstreamRemoteAddress: { socketAddress: { address: '1.2.3.4', portValue: 0 } },
    downstreamLocalAddress: { socketAddress: { address: '127.0.0.1', portValue: p.port } },
    downstreamDirectRemoteAddress: { socketAddress: { address: '127.0.0.1' } },
    upstreamRemoteAddress: { socketAddress: { address: '127.0.0.1' } },
    upstreamLocalAddress: { socketAddress: { address: '127.0.0.1' } },
    upstreamCluster: 'u',
    upstreamRequestAttemptCount: 1,
    streamId: id,
    accessLogType: 'DownstreamEnd',
  });
  t.ok(Math.abs((common.startTime as number) - Date.now()) < 60_000);
  for (const name of ['timeToLastRxByte', 'timeToFirstUpstreamTxByte', 'timeToLastDownstreamTxByte', 'duration'])
    t.type(common[name], 'number', name);
  t.notOk('intermediateLogEntry' in common);
  t.notOk('responseFlags' in common);
  const tags = common.customTags as Map<string, string>;
  t.same(Object.fromEntries(tags), { literal: 'L', header: 'one', default: 'd', format: 'HTTP/1.1|one' });
  t.equal(entry.protocolVersion, 'HTTP11');
  t.match(request, {
    requestMethod: 'GET',
    scheme: 'http',
    authority: 'a',
    path: '/x?y',
    userAgent: 'ua',
    referer: 'ref',
    forwardedFor: '1.2.3.4',
    requestId: id,
  });
  const { requestHeaders, downstreamHeaderBytesReceived } = request as Record<string, unknown>;
  // What is no UTF-8 becomes an exclamation mark.
  t.same(Object.fromEntries(requestHeaders as Map<string, string>), { 'x-a': 'one,two', 'x-b': '!' });
  t.equal(downstreamHeaderBytesReceived, 'host:a\r\n'.length + head.replaceAll(': ', ':').length);
  t.match(response, { responseCode: 200, responseBodyBytes: 2, responseCodeDetails: 'via_upstream' });

  await c.send(get()).message();
  await until(() => s.entries.length === 2);
  t.notOk(s.messages[1].identifier, 'of a stream only the first message says who sends it');
  t.equal(s.heads.length, 1);
  t.equal(p.value(`${STATS}.logs_written`), 2);
  t.equal(p.value(`${STATS}.grpc_entries_flushed`), 2);
});

t.test('flags, metadata and an entry of what is not over', async (t) => {
  const s = await Service.start(t);
  const p = await proxy(t, s.port, [httpLog()], {
    accessLogOptions: { flushAccessLogOnNewRequest: true },
    routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes: [] }] },
  });
  await p.connect().send(get()).message();
  await until(() => s.entries.length === 2);
  const [begun, over] = s.entries.map((e) => e.commonProperties);
  t.match(begun, { accessLogType: 'DownstreamStart', intermediateLogEntry: true });
  t.notOk('duration' in begun);
  t.match(over, { accessLogType: 'DownstreamEnd', responseFlags: { noRouteFound: true } });
});

t.test('loggers that are configured alike share a stream, others have their own', async (t) => {
  const s = await Service.start(t);
  const p = await proxy(t, s.port, [httpLog(), httpLog(), httpLog({ logName: 'other' })]);
  await p.connect().send(get()).message();
  await until(() => s.entries.length === 3);
  t.equal(s.heads.length, 2);
  t.same(s.messages.map((m) => m.identifier?.logName).sort(), ['log', 'other']);
});

t.test('buffer_size_bytes: an entry that fills the buffer goes at once', async (t) => {
  const s = await Service.start(t);
  const p = await proxy(t, s.port, [httpLog({ bufferSizeBytes: 1, bufferFlushInterval: 3_600_000 })]);
  await p.connect().send(get()).message();
  await until(() => s.entries.length === 1);
  t.end();
});

t.test('a TCP session has entries of its own', async (t) => {
  const s = await Service.start(t);
  const u = await Upstream.start(answering(OK));
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port]), cluster('als', [s.port], H2)],
    listener: {
      filterChains: [
        {
          filters: [
            {
              name: 't',
              typedConfig: {
                typeUrl: TCP_PROXY,
                value: { statPrefix: 't', cluster: 'u', accessLog: [logger('Tcp', { commonConfig: common() })] },
              },
            },
          ],
        },
      ],
    },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  await c.send(get()).message();
  c.socket.resetAndDestroy();
  await until(() => s.entries.length === 1);
  const [{ commonProperties, connectionProperties }] = s.entries;
  t.same(connectionProperties, { receivedBytes: get().length, sentBytes: OK.length });
  t.match(commonProperties, { accessLogType: 'TcpConnectionEnd', upstreamCluster: 'u', streamId: /^[0-9a-f-]{36}$/ });
  t.equal(p.value(`${STATS}.logs_written`), 0, 'as in Envoy, entries of HTTP are counted');
});

t.test(
  'a service that reads nothing: entries are dropped and counted, requests are answered, memory is bounded',
  async (t) => {
    const s = await Service.start(t, (stream) => stream.pause());
    const p = await proxy(t, s.port, [httpLog({ bufferSizeBytes: 4096 })]);
    const before = heldMemory.bytes;
    const c = p.connect();
    const long = `x-forwarded-for: 1.2.3.4\r\nuser-agent: ${'u'.repeat(8000)}\r\n`;
    for (let i = 0; i < 400 && p.value(`${STATS}.logs_dropped`) < 50; i++)
      t.match((await c.send(get('/', long)).message()).start, ' 200 ');
    t.equal(p.value(`${STATS}.logs_dropped`), 50);
    // What the connection to the service may have queued, and the buffer.
    t.ok(heldMemory.bytes - before < 1.1 * MAX_HELD_BYTES, `${heldMemory.bytes - before} bytes are held`);
  },
);

t.test('without a limit of its own a buffer has one all the same', async (t) => {
  const s = await Service.start(t, (stream) => stream.pause());
  const p = await proxy(t, s.port, [httpLog({ bufferSizeBytes: 0 })]);
  const c = p.connect();
  const long = `user-agent: ${'u'.repeat(50_000)}\r\n`;
  for (let i = 0; i < 200 && p.value(`${STATS}.logs_dropped`) === 0; i++) await c.send(get('/', long)).message();
  t.equal(p.value(`${STATS}.logs_dropped`), 1);
});

t.test('a service that dies and comes back gets what is logged then, with who sends it', async (t) => {
  const s = await Service.start(t);
  const { port } = s;
  const p = await proxy(t, port, [httpLog()]);
  const c = p.connect();
  await c.send(get('/1')).message();
  await until(() => s.entries.length === 1);
  s.stop();
  await once(s.server, 'close');
  t.match((await c.send(get('/2')).message()).start, ' 200 ', 'nobody waits for it');
  const again = await Service.start(t, undefined, port);
  for (let i = 0; again.entries.length === 0; i++) {
    await c.send(get(`/again${i}`)).message();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.equal(again.messages[0].identifier?.logName, 'log');
});

t.test('a service that answers rubbish is asked again', async (t) => {
  const answers: ((s: http2.ServerHttp2Stream) => void)[] = [
    (s) => s.respond({ ':status': 500 }, { endStream: true }),
    (s) => {
      s.respond({ ':status': 200, 'content-type': 'application/grpc' });
      s.end(Buffer.from([9, 255, 255, 255, 255, 1]));
    },
    (s) => s.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    (s) => s.respond({ ':status': 200, 'grpc-status': '12', 'content-type': 'application/grpc' }, { endStream: true }),
  ];
  const s = await Service.start(t, (stream) => {
    stream.resume();
    answers[Math.min(s.heads.length - 1, answers.length - 1)](stream);
  });
  const p = await proxy(t, s.port, [httpLog()]);
  const c = p.connect();
  while (s.heads.length < 6) t.match((await c.send(get()).message()).start, ' 200 ');
});

t.test('a cluster that is not there: what would have been sent is counted', async (t) => {
  const p = await proxy(t, 1, [httpLog({ grpcService: { envoyGrpc: { clusterName: 'nope' } } })]);
  t.match((await p.connect().send(get()).message()).start, ' 200 ');
  await until(() => p.value(`${STATS}.grpc_entries_flush_failed`) === 1);
  t.end();
});

t.test('v2 of the protocol is refused, but for configs of v2, which speak it', async (t) => {
  await t.rejects(proxy(t, 1, [httpLog({ transportApiVersion: 'V2' })]), /V2 xDS transport protocol version/);
  const s = await Service.start(t);
  const u = await Upstream.start(answering(OK));
  const accessLog = [httpLog({ transportApiVersion: 'AUTO' })];
  const clusters = [cluster('u', [u.port]), cluster('als', [s.port], H2)];
  const p = await TestProxy.start({ clusters, hcm: { accessLog }, envoy16: true });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  await p.connect().send(get()).message();
  await until(() => s.heads.length === 1);
  t.equal(s.heads[0][':path'], '/envoy.service.accesslog.v2.AccessLogService/StreamAccessLogs');
});
