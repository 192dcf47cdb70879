/**
 * Whether a request comes from inside is read off x-forwarded-for: one address, and an internal one. Only the first header of that
 * name was looked at, so a stranger could send one of his own in front of what a trusted front proxy appends, and was then allowed
 * everything internal callers are: x-envoy-upstream-rq-timeout-ms, retry headers, x-envoy-internal itself.
 */
import t from 'tap';
import { cluster, get, TestProxy, Upstream } from '../http/proxy.ts';

t.test('two x-forwarded-for headers are two addresses', async (t) => {
  const u = await Upstream.start();
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port])], envoy16: true });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const seen = async (headers: string): Promise<string> => {
    p.connect().send(get('/', headers));
    return (await u.accept()).until('\r\n\r\n');
  };
  const asks = 'x-envoy-upstream-rq-timeout-ms: 86400000\r\n';
  t.match(
    await seen(`x-forwarded-for: 10.0.0.1\r\n${asks}`),
    /x-envoy-internal: true/,
    'one internal address is believed',
  );
  const forged = await seen(`x-forwarded-for: 10.0.0.1\r\nx-forwarded-for: 8.8.8.8\r\n${asks}`);
  t.notMatch(forged, /x-envoy-internal/);
  t.match(forged, /x-envoy-expected-rq-timeout-ms: 15000/);
});
