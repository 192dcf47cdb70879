/**
 * What a client can make the proxy keep by not reading: a connection whose close was due kept its unread answer and itself for
 * ever, as delayed_close_timeout began only after the flush; pipelined requests that the proxy answers itself piled up unread answers.
 */
import t from 'tap';
import { get, type Peer, TestProxy, until } from '../http/proxy.ts';

t.test('a client that does not read its refusals is closed, and nothing of it is kept', async (t) => {
  const p = await TestProxy.start({
    hcm: { routeConfig: { virtualHosts: [] }, delayedCloseTimeout: 50 },
    listener: { perConnectionBufferLimitBytes: 16 * 1024 },
  });
  t.teardown(() => p.stop());
  const c: Peer = p.connect();
  c.socket.pause();
  const batch = Buffer.from(get('/x').repeat(3000));
  for (let i = 0; i < 200; i++) c.socket.write(batch);
  // Until nothing more is answered.
  for (let last = -1, same = 0; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const total = p.value('http.h.downstream_rq_total');
    same = total === last ? same + 1 : 0;
    last = total;
  }
  t.ok(p.value('http.h.downstream_rq_total') < 200 * 3000, 'it waits for the client');
  t.ok(p.value('http.h.downstream_cx_tx_bytes_buffered') > 16 * 1024);
  t.ok(p.value('http.h.downstream_cx_tx_bytes_buffered') < 2 << 20, 'no more than one read can add');
  p.engine.destroy();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  t.equal(p.value('http.h.downstream_cx_tx_bytes_buffered'), 0);
});
