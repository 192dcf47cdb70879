/** Redirects that are followed here. Which ones, and what the next host gets, is compared with Envoy: conformance retry/internal-redirect. */
import * as http2 from 'node:http2';
import t from 'tap';
import type { Headers } from '../../../src/codec/headers.ts';
import { CONTINUE, type HeadersStatus, StreamFilter } from '../../../src/http/stream/filter.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import { chain, filterEntry } from '../filters.ts';
import { answering, cluster, OK, TestProxy, turns, Upstream, until } from '../proxy.ts';

const MOVED = 'HTTP/1.1 307 Temporary Redirect\r\nlocation: http://a/b\r\ncontent-length: 0\r\n\r\n';

t.test('the body goes again, filters are new ones, and nothing is left', async (t) => {
  const bodies: string[] = [];
  const u = await Upstream.start((peer) => {
    peer.socket.on('data', () => {
      const end = peer.text.indexOf('\r\n\r\n') + 4;
      if (end < 4 || peer.text.length < end + 6) return;
      bodies.push(`${peer.text.split(' ')[1]} ${peer.text.slice(end)}`);
      peer.send(peer.text.startsWith('POST /a') ? MOVED : OK);
      peer.text = '';
    });
  });
  const seen: string[] = [];
  class Seeing extends StreamFilter {
    override decodeHeaders(h: Headers): HeadersStatus {
      seen.push(`head ${h.path}`);
      return CONTINUE;
    }
    override onDestroy(): void {
      seen.push(`gone ${this.stream.info.details}`);
    }
  }
  const internalRedirectPolicy = { redirectResponseCodes: [307] };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u', internalRedirectPolicy } }];
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: {
      httpFilters: chain(filterEntry('seeing', () => new Seeing())),
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] },
    },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const held = heldMemory.bytes;
  const c = p.connect().send('POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\n');
  await turns();
  c.send('abc');
  await turns();
  c.send('def');
  t.match((await c.message()).start, /200/);
  t.same(bodies, ['/a abcdef', '/b abcdef']);
  t.same(seen, ['head /a', 'gone internal_redirect', 'head /b', 'gone via_upstream']);
  t.equal(heldMemory.bytes, held);
  t.equal(p.value('cluster.u.upstream_cx_destroy'), 0, 'no connection was lost for it');
  t.equal(p.value('http.h.downstream_rq_active'), 0);
  c.close();
});

t.test('a redirect loop ends, over HTTP/2, with neighbours untouched', async (t) => {
  const u = await Upstream.start(answering((request) => (request.startsWith('GET /ok') ? OK : MOVED)));
  const internalRedirectPolicy = { redirectResponseCodes: [307], maxInternalRedirects: 20 };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u', internalRedirectPolicy } }];
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: { routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] } },
  });
  const client = http2.connect(`http://127.0.0.1:${p.port}`);
  t.teardown(() => {
    client.destroy();
    p.stop();
    u.stop();
  });
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const s = client.request({ ':path': path });
      let status = 0;
      s.on('response', (h) => {
        status = h[':status'] ?? 0;
      });
      s.on('error', reject);
      s.on('close', () => resolve(status));
      s.resume();
    });
  const answers = await Promise.all([ask('/loop'), ask('/ok'), ask('/loop'), ask('/ok')]);
  t.same(answers, [307, 200, 307, 200]);
  await until(() => p.value('cluster.u.upstream_rq_active') === 0);
  t.equal(p.value('cluster.u.upstream_internal_redirect_succeeded_total'), 40);
  t.equal(p.value('http.h.passthrough_internal_redirect_too_many_redirects'), 2);
  t.equal(p.value('http.h.downstream_rq_active'), 0);
});

t.test('more body than may be kept: the redirect goes to the client', async (t) => {
  const u = await Upstream.start((peer) => {
    peer.socket.on('data', () => {
      if (peer.text.endsWith('0123456789')) peer.send(MOVED);
    });
  });
  const internalRedirectPolicy = { redirectResponseCodes: [307] };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u', internalRedirectPolicy } }];
  const host = { name: 'v', domains: ['*'], routes, perRequestBufferLimitBytes: 8 };
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: { routeConfig: { virtualHosts: [host] } },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect().send('POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n0123456789');
  t.match((await c.message()).start, /307/);
  t.equal(p.value('cluster.u.upstream_internal_redirect_failed_total'), 1);
  t.equal(p.value('cluster.u.retry_or_shadow_abandoned'), 1);
  c.close();
});
