// retry_policy, request_mirror_policies and hash_policy of a cluster take the place of a route's (beside Envoy: conformance cluster-policies).
import t from 'tap';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from '../proxy.ts';

const options = (value: object) => ({
  typedExtensionProtocolOptions: new Map([
    [
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      { typeUrl: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions', value },
    ],
  ]),
});
const soon = { baseInterval: 1 };

t.test("a cluster's retries and copies, whatever the route says of them; its other policies stay", async (t) => {
  let asked = 0;
  const u = await Upstream.start(
    answering(() => {
      asked++;
      return 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n';
    }),
  );
  let copies = 0;
  const copy = await Upstream.start(
    answering(() => {
      copies++;
      return OK;
    }),
  );
  const own = options({
    retryPolicy: { retryOn: '5xx', numRetries: 2, retryBackOff: soon },
    requestMirrorPolicies: [{ cluster: 'copy' }],
  });
  const route = { cluster: 'u', retryPolicy: { retryOn: 'retriable-4xx' } };
  const host = { name: 'v', domains: ['*'], includeAttemptCountInResponse: true };
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port], own), cluster('copy', [copy.port])],
    hcm: { routeConfig: { virtualHosts: [{ ...host, routes: [{ match: { prefix: '/' }, route }] }] } },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
    copy.stop();
  });
  const answer = await p.connect().send(get()).message();
  t.equal(answer.start, 'HTTP/1.1 503 Service Unavailable');
  t.ok(answer.headers.includes('x-envoy-attempt-count: 3'), answer.headers.join());
  t.equal(asked, 3);
  await until(() => copies === 1);
  t.equal(p.value('cluster.u.upstream_rq_retry'), 2);
});

t.test('what cannot be compiled is refused when the proxy starts', async (t) => {
  const start = (value: object): Promise<TestProxy> =>
    TestProxy.start({ clusters: [cluster('u', [1], options(value))] });
  await t.rejects(start({ hashPolicy: [{ connectionProperties: { sourceIp: true } }] }), {
    message: 'source_ip in the hash_policy of a cluster is not supported yet',
  });
  await t.rejects(
    start({ retryPolicy: { retriableHeaders: [{ name: 'a', stringMatch: { safeRegex: { regex: '(a' } } }] } }),
  );
});

t.test('a cluster that comes later than all others may not have any', async (t) => {
  const p = await TestProxy.start({});
  t.teardown(() => p.stop());
  t.throws(() => p.engine.clusters.compile(cluster('u', [1], options({ retryPolicy: {} })), true), {
    message: 'policies of a cluster that comes later than all others are not supported yet',
  });
});
