import t from 'tap';
import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { makeHttpSettings } from '../../src/upstream/http-settings.ts';

const of = (c: Partial<ClusterMessage>): ReturnType<typeof makeHttpSettings> => makeHttpSettings({ name: 'c', ...c });
const typed = (value: unknown): Partial<ClusterMessage> => {
  const typeUrl = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return { typedExtensionProtocolOptions: new Map([[typeUrl, { typeUrl, value }]]) };
};

t.test('nothing said: HTTP/1.1, one hour, no request limit', async (t) => {
  t.same(of({}), {
    protocol: 'HTTP/1.1',
    namesFromHeader: null,
    http1: {},
    http2: {},
    idleTimeoutMs: 3_600_000,
    maxRequestsPerConnection: 0,
  });
});

t.test('the fields of the cluster', async (t) => {
  t.equal(of({ httpProtocolOptions: {} }).protocol, 'HTTP/1.1');
  t.match(of({ http2ProtocolOptions: { maxConcurrentStreams: 7 } }), {
    protocol: 'HTTP/2',
    http2: { maxConcurrentStreams: 7 },
  });
  t.equal(of({ protocolSelection: 'USE_DOWNSTREAM_PROTOCOL' }).protocol, 'USE_DOWNSTREAM_PROTOCOL');
  t.equal(of({ maxRequestsPerConnection: 9 }).maxRequestsPerConnection, 9);
  t.equal(of({ commonHttpProtocolOptions: { idleTimeout: 0 } }).idleTimeoutMs, 0, '0 = never');
});

t.test('both versions need a protocol_selection', async (t) => {
  const both = { httpProtocolOptions: {}, http2ProtocolOptions: {} };
  t.throws(() => of(both), {
    message:
      "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default 'protocol_selection' values",
  });
  t.equal(of({ ...both, protocolSelection: 'USE_DOWNSTREAM_PROTOCOL' }).protocol, 'USE_DOWNSTREAM_PROTOCOL');
});

t.test('typed options win over the fields of the cluster', async (t) => {
  t.equal(
    of({ ...typed({ explicitHttpConfig: { httpProtocolOptions: {} } }), http2ProtocolOptions: {} }).protocol,
    'HTTP/1.1',
  );
  t.match(of(typed({ explicitHttpConfig: { http2ProtocolOptions: { initialStreamWindowSize: 65535 } } })), {
    protocol: 'HTTP/2',
    http2: { initialStreamWindowSize: 65535 },
  });
  t.equal(of(typed({ useDownstreamProtocolConfig: {} })).protocol, 'USE_DOWNSTREAM_PROTOCOL');
  t.match(
    of(typed({ explicitHttpConfig: {}, commonHttpProtocolOptions: { idleTimeout: 5, maxRequestsPerConnection: 2 } })),
    {
      idleTimeoutMs: 5,
      maxRequestsPerConnection: 2,
    },
  );
});

t.test('limits of connections and streams; names from headers, also as the older field has them', async (t) => {
  const common = { maxConnectionDuration: 1000, maxConnectionDurationJitter: { value: 25 }, maxStreamDuration: 300 };
  const wanted = { maxConnectionDurationMs: 1000, durationJitter: 0.25, maxStreamDurationMs: 300 };
  t.match(of({ commonHttpProtocolOptions: common }), wanted);
  t.match(of(typed({ explicitHttpConfig: {}, commonHttpProtocolOptions: common })), wanted);
  const names = { autoSni: true, overrideAutoSniHeader: 'X-Name' };
  t.same(of({ upstreamHttpProtocolOptions: names }).namesFromHeader, { sni: true, san: false, header: 'x-name' });
  t.equal(
    of({ ...typed({ explicitHttpConfig: {} }), upstreamHttpProtocolOptions: names }).namesFromHeader,
    null,
    'with the typed options it is not looked at',
  );
});
