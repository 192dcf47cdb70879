/** envoy.filters.http.custom_response: what it keeps of the answer it replaces, and configs that are refused. What it answers is compared with Envoy: conformance custom-response/*. */
import t from 'tap';
import type { CustomResponse, LocalResponsePolicy } from '../../../src/config/schema/types.ts';
import { StreamFilter } from '../../../src/http/stream/filter.ts';
import type { StreamInfo } from '../../../src/http/stream/stream-info.ts';
import { filterEntry } from '../filters.ts';
import { cluster, header, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';

const FILTER = 'envoy.extensions.filters.http.custom_response.v3.CustomResponse';
const LOCAL = 'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy';
const STATUS = 'envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput';

function config(policy: LocalResponsePolicy, typeUrl = LOCAL, input = STATUS): CustomResponse {
  return {
    customResponseMatcher: {
      matcherTree: {
        input: { name: 'i', typedConfig: { typeUrl: input, value: {} } },
        exactMatchMap: {
          map: new Map([['500', { action: { name: 'a', typedConfig: { typeUrl, value: policy } } }]]),
        },
      },
    },
  } as CustomResponse;
}
const entry = (value: CustomResponse): object => ({ name: 'c', typedConfig: { typeUrl: FILTER, value } });

t.test('details are what the policy says; the rest of a long answer is not waited for', async (t) => {
  const cases: [LocalResponsePolicy, string][] = [
    [{ preserveResponseCodeDetails: true }, 'via_upstream'],
    [{ responseCodeDetails: 'mine' }, 'mine'],
    [{}, ''],
  ];
  for (const [policy, details] of cases) {
    const infos: StreamInfo[] = [];
    class Watch extends StreamFilter {
      override onStreamComplete(): void {
        infos.push(this.stream.info);
      }
    }
    const u = await Upstream.start((peer) => {
      peer.socket.once('data', () => peer.send('HTTP/1.1 500 X\r\ncontent-length: 1000000000\r\n\r\nbegin'));
    });
    const p = await TestProxy.start({
      hcm: {
        httpFilters: [
          entry(config({ statusCode: 299, body: { inlineString: 'other' }, ...policy })),
          filterEntry('w', () => new Watch()),
          ROUTER,
        ],
      } as never,
      clusters: [cluster('u', [u.port])],
    });
    const c = p.connect();
    const answer = await c.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n').message();
    t.match(answer.start, /299/);
    t.equal(answer.body, 'other');
    t.equal(header(answer, 'content-length'), '5');
    t.equal(infos[0].details, details);
    await until(() => p.value('cluster.u.upstream_rq_active') === 0);
    await until(() => u.accepted[0].ended);
    c.close();
    p.stop();
    u.stop();
  }
});

t.test('a policy or an input that is not supported does not start', async (t) => {
  const wrong = (value: CustomResponse, message: RegExp): Promise<unknown> =>
    t.rejects(TestProxy.start({ hcm: { httpFilters: [entry(value), ROUTER] } as never }), message);
  await wrong(config({}, 'envoy.extensions.http.custom_response.other.v3.Policy'), /not supported yet/);
  await wrong(config({}, LOCAL, 'envoy.type.matcher.v3.HttpResponseTrailerMatchInput'), /not supported here yet/);
});

const REDIRECT = 'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy';

t.test('an answer to a request that is not complete is not replaced by that of another route, H348', async (t) => {
  const u = await Upstream.start((peer) => {
    peer.socket.once('data', () => peer.send('HTTP/1.1 500 X\r\ncontent-length: 5\r\n\r\nearly'));
  });
  const policy = { uri: 'http://other/' } as unknown as LocalResponsePolicy;
  const p = await TestProxy.start({
    hcm: { httpFilters: [entry(config(policy, REDIRECT)), ROUTER] } as never,
    clusters: [cluster('u', [u.port])],
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  const answer = await c.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf ').message();
  t.match(answer, { start: /500/, body: 'early' });
  t.equal(u.accepted.length, 1);
  c.close();
});

t.test('a client that goes while its request is sent elsewhere, and redirects to redirects, end', async (t) => {
  let n = 0;
  const u = await Upstream.start((peer) => {
    peer.socket.on('data', () => {
      n++;
      peer.send('HTTP/1.1 500 X\r\ncontent-length: 3\r\n\r\nbad');
    });
  });
  const policy = { uri: 'http://other/' } as unknown as LocalResponsePolicy;
  const p = await TestProxy.start({
    hcm: { httpFilters: [entry(config(policy, REDIRECT)), ROUTER] } as never,
    clusters: [cluster('u', [u.port])],
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  t.match((await c.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n').message()).start, /500/);
  t.equal(n, 2, 'once elsewhere, not again and again');
  c.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n').close();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
});

t.test('redirects that lead nowhere do not start', async (t) => {
  const start = (policy: object): Promise<TestProxy> =>
    TestProxy.start({
      hcm: { httpFilters: [entry(config(policy as LocalResponsePolicy, REDIRECT)), ROUTER] } as never,
      clusters: [cluster('u', [1])],
    });
  await t.rejects(start({ uri: '/path' }), /Invalid uri specified for redirection for custom response: \/path/);
  const action = (redirectAction: object): Promise<TestProxy> => start({ redirectAction });
  await t.rejects(action({}), /At least one of host_redirect and path_redirect needs to be specified/);
  await t.rejects(action({ pathRedirect: '/a#b' }), /#fragment is not supported for custom response/);
  await t.rejects(action({ hostRedirect: 'h', prefixRewrite: '/' }), /prefix_rewrite is not supported/);
  await t.rejects(
    action({ hostRedirect: 'h', regexRewrite: { pattern: { regex: 'a' } } }),
    /regex_rewrite is not supported/,
  );
});
