import t from 'tap';
import { frame, H2Peer } from './h2.ts';
import { answering, cluster, get, OK, TestProxy, Upstream } from './proxy.ts';

/** Full names of all counters and gauges. */
function names(p: TestProxy): Set<string> {
  const out = new Set<string>();
  const add = (m: { name: string }): void => void out.add(m.name);
  p.store.forEach({ counter: add, gauge: add, histogram: () => {}, text: () => {} } as never);
  return out;
}

t.test('the router has its metrics, tracing its own, codecs theirs from their first connection on', async (t) => {
  const u = await Upstream.start(answering(OK));
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port])] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  for (const name of [
    'rq_total',
    'no_route',
    'no_cluster',
    'rq_direct_response',
    'rq_redirect',
    'rq_overload_local_reply',
    'rq_reset_after_downstream_response_started',
    'tracing.not_traceable',
    'downstream_cx_ssl_active',
    'downstream_cx_upgrades_total',
    'passthrough_internal_redirect_predicate',
  ]) {
    t.ok(names(p).has(`http.h.${name}`), name);
  }
  t.notOk(names(p).has('http1.response_flood'));
  t.notOk(names(p).has('http2.rx_reset'));
  await p.connect().send(get()).message();
  t.ok(names(p).has('http1.response_flood'));
  const h = new H2Peer(p.connect());
  h.start().request(1);
  await h.until((f) => f.type === 'DATA' && f.end);
  t.ok(names(p).has('http2.rx_reset'));
  t.equal(p.value('http.h.rq_total'), 2);
  h.peer.send(frame('PING', 0, 0, Buffer.alloc(8)));
});
