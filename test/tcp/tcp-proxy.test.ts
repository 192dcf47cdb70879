/** tcp_proxy over real sockets. Counter values marked [1.40] were read off real Envoy 1.40 doing the same. */
import { once } from 'node:events';
import * as net from 'node:net';
import t from 'tap';
import { cluster, deadPort, readAll, TestProxy, until, upstream } from './proxy.ts';

t.test('bytes pass both ways and are counted', async (t) => {
  const u = await upstream((s) => s.on('data', (d) => s.write(d)));
  const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [u.port])]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const c = p.connect();
  c.write('hello');
  const [answer] = await once(c, 'data');
  t.equal(String(answer), 'hello');
  t.equal(p.value('tcp.t.downstream_cx_total'), 1);
  t.equal(p.value('tcp.t.downstream_cx_rx_bytes_total'), 5);
  t.equal(p.value('cluster.up.upstream_cx_active'), 1);
  t.equal(p.value('cluster.up.upstream_rq_active'), 1, '[1.40] a connection is also a request');
  c.resetAndDestroy();
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
  t.equal(p.value('tcp.t.downstream_cx_tx_bytes_total'), 5);
  t.equal(p.value('cluster.up.upstream_cx_tx_bytes_total'), 5);
  t.equal(p.value('cluster.up.upstream_cx_rx_bytes_total'), 5);
  t.equal(p.value('cluster.up.upstream_cx_destroy_local_with_active_rq'), 1, '[1.40]');
  t.equal(p.value('cluster.up.upstream_rq_active'), 0);
  t.equal(p.value('cluster.up.upstream_rq_pending_active'), 0);
  const host = p.clusters.get('up')!.hosts[0];
  t.match(host.stats, { cxTotal: 1, cxActive: 0, rqTotal: 1, rqActive: 0, cxConnectFail: 0 });
});

t.test('a half close of the client reaches the upstream, whose last words still arrive', async (t) => {
  const u = await upstream((s) => {
    s.on('data', (d) => s.write(d));
    s.on('end', () => s.end('after fin'));
  });
  const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [u.port])]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const c = p.connect();
  c.end('abc');
  t.equal(String(await readAll(c)), 'abcafter fin');
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
  t.ok(p.accepted[0].closed, 'both halves over: both connections closed');
});

t.test('a half close of the upstream reaches the client, who may go on sending', async (t) => {
  let heard = '';
  const u = await upstream((s) => {
    s.end('bye');
    s.on('data', (d) => {
      heard += d;
    });
  });
  const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [u.port])]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const c = p.connect();
  t.equal(String(await readAll(c)), 'bye');
  c.write('still here');
  await until(() => heard === 'still here');
  c.end();
  await until(() => p.accepted[0].closed && p.value('cluster.up.upstream_cx_active') === 0);
});

t.test('20 MB each way arrive whole, through small buffers', async (t) => {
  const size = 20 << 20;
  const block = Buffer.alloc(1 << 20);
  for (let i = 0; i < block.length; i++) block[i] = (i * 31) >> 3;
  let got = 0;
  let wrong = 0;
  const check = (d: Buffer, at: number): void => {
    for (let i = 0; i < d.length; i += 997) if (d[i] !== block[(at + i) % block.length]) wrong++;
  };
  const send = (s: net.Socket): void => {
    let left = size / block.length;
    const more = (): void => {
      while (left-- > 0) if (!s.write(block)) return void s.once('drain', more);
      s.end();
    };
    more();
  };
  const u = await upstream((s) => {
    send(s);
    s.on('data', (d) => {
      check(d, got);
      got += d.length;
    });
  });
  const p = await TestProxy.start(
    { cluster: 'up' },
    [cluster('up', [u.port], { perConnectionBufferLimitBytes: 32768 })],
    32768,
  );
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const c = p.connect();
  let back = 0;
  c.on('data', (d) => {
    check(d, back);
    back += d.length;
  });
  send(c);
  await until(() => p.accepted.length === 1 && p.accepted[0].closed);
  await until(() => got >= size && back >= size);
  t.equal(got, size);
  t.equal(back, size);
  t.equal(wrong, 0);
});

t.test('nobody listens: closed without a byte', async (t) => {
  const p = await TestProxy.start({ cluster: 'dead' }, [cluster('dead', [await deadPort()])]);
  t.teardown(() => p.stop());
  const c = p.connect();
  c.write('x');
  t.equal((await readAll(c)).length, 0);
  // [1.40]
  t.equal(p.value('cluster.dead.upstream_cx_connect_fail'), 1);
  t.equal(p.value('cluster.dead.upstream_cx_connect_attempts_exceeded'), 1);
  t.equal(p.value('cluster.dead.upstream_cx_destroy_remote'), 1);
  t.equal(p.value('cluster.dead.upstream_cx_destroy_with_active_rq'), 0);
  t.equal(p.value('cluster.dead.upstream_rq_pending_failure_eject'), 1);
  t.equal(p.value('cluster.dead.upstream_rq_pending_total'), 1);
  t.equal(p.value('cluster.dead.upstream_rq_total'), 0);
  t.match(p.clusters.get('dead')!.hosts[0].stats, { cxTotal: 1, cxConnectFail: 1, rqTotal: 0 });
});

t.test('max_connect_attempts tries another host, and what the client sent early is not lost', async (t) => {
  const u = await upstream((s) => s.on('data', (d) => s.end(d)));
  const p = await TestProxy.start({ cluster: 'up', maxConnectAttempts: 2 }, [
    cluster('up', [await deadPort(), u.port]),
  ]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  // Round robin: of two connections at least one meets the dead host first.
  for (let i = 0; i < 2; i++) {
    const c = p.connect();
    c.write('early');
    t.equal(String(await readAll(c)), 'early');
    c.destroy();
  }
  t.ok(p.value('cluster.up.upstream_cx_connect_fail') >= 1);
  t.equal(p.value('cluster.up.upstream_cx_connect_attempts_exceeded'), 0);
});

t.test('no such cluster, and a cluster without hosts', async (t) => {
  const p = await TestProxy.start({ cluster: 'nope' }, []);
  const q = await TestProxy.start({ cluster: 'empty' }, [cluster('empty', [])]);
  t.teardown(() => {
    p.stop();
    q.stop();
  });
  t.equal((await readAll(p.connect())).length, 0);
  t.equal(p.value('tcp.t.downstream_cx_no_route'), 1);
  t.equal((await readAll(q.connect())).length, 0);
  t.equal(q.value('cluster.empty.upstream_cx_none_healthy'), 1, '[1.40]');
  t.equal(q.value('cluster.empty.lb_healthy_panic'), 1, '[1.40]');
});

t.test('the connection circuit breaker', async (t) => {
  const u = await upstream((s) => s.on('data', (d) => s.write(d)));
  const circuitBreakers = { thresholds: [{ maxConnections: 1, trackRemaining: true }] };
  const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [u.port], { circuitBreakers })]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const first = p.connect();
  first.write('a');
  await once(first, 'data');
  t.equal(p.value('cluster.up.circuit_breakers.default.cx_open'), 1);
  t.equal((await readAll(p.connect())).length, 0);
  t.equal(p.value('cluster.up.upstream_cx_overflow'), 1);
  first.resetAndDestroy();
  await until(() => p.value('cluster.up.circuit_breakers.default.cx_open') === 0);
  const again = p.connect();
  again.write('b');
  await once(again, 'data');
  again.resetAndDestroy();
});

t.test('a client that does not read pauses the upstream; nothing is lost', async (t) => {
  const size = 64 << 20;
  const block = Buffer.alloc(1 << 20, 'x');
  let sent = 0;
  const u = await upstream((s) => {
    const more = (): void => {
      while (sent < size) {
        sent += block.length;
        if (!s.write(block)) return void s.once('drain', more);
      }
      s.end();
    };
    more();
  });
  const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [u.port])], 65536);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const c = p.connect();
  c.pause();
  await until(() => p.value('cluster.up.upstream_flow_control_paused_reading_total') > 0);
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  t.ok(p.accepted[0].bufferedBytes < 4 * 65536, `bounded: ${p.accepted[0].bufferedBytes}`);
  t.ok(sent < size, 'the upstream is held back');
  c.resume();
  t.equal((await readAll(c)).length, size);
  t.equal(
    p.value('cluster.up.upstream_flow_control_paused_reading_total'),
    p.value('cluster.up.upstream_flow_control_resumed_reading_total'),
  );
  c.destroy();
});

t.test('an upstream that does not read pauses the client', async (t) => {
  let stuck: net.Socket | null = null;
  const u = await upstream((s) => {
    s.pause();
    stuck = s;
  });
  const p = await TestProxy.start({ cluster: 'up' }, [
    cluster('up', [u.port], { perConnectionBufferLimitBytes: 65536 }),
  ]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const size = 32 << 20;
  const c = p.connect();
  c.write(Buffer.alloc(size, 'y'));
  c.end();
  await until(() => p.value('tcp.t.downstream_flow_control_paused_reading_total') > 0);
  const s = stuck as unknown as net.Socket;
  t.equal((await readAll(s.resume())).length, size);
  s.end();
});

t.test('the client is gone: what it sent is still flushed to the upstream', async (t) => {
  let stuck: net.Socket | null = null;
  const u = await upstream((s) => {
    s.pause();
    stuck = s;
  });
  const p = await TestProxy.start({ cluster: 'up' }, [
    cluster('up', [u.port], { perConnectionBufferLimitBytes: 16 << 20 }),
  ]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const size = 12 << 20;
  const c = p.connect();
  c.write(Buffer.alloc(size, 'z'));
  await until(() => p.value('tcp.t.downstream_cx_rx_bytes_total') === size);
  c.resetAndDestroy();
  await until(() => p.value('tcp.t.upstream_flush_active') === 1);
  const s = stuck as unknown as net.Socket;
  t.equal((await readAll(s.resume())).length, size);
  await until(() => p.value('tcp.t.upstream_flush_active') === 0);
  t.equal(p.value('tcp.t.upstream_flush_total'), 1);
  t.equal(p.value('cluster.up.upstream_cx_active'), 0);
});

t.test('idle_timeout closes both sides; max_downstream_connection_duration does too', async (t) => {
  const u = await upstream(() => {});
  const p = await TestProxy.start({ cluster: 'up', idleTimeout: 40 }, [cluster('up', [u.port])]);
  const q = await TestProxy.start({ cluster: 'up', maxDownstreamConnectionDuration: 40 }, [cluster('up', [u.port])]);
  t.teardown(() => {
    p.stop();
    q.stop();
    u.close();
  });
  t.equal((await readAll(p.connect())).length, 0);
  t.equal(p.value('tcp.t.idle_timeout'), 1);
  t.equal((await readAll(q.connect())).length, 0);
  t.equal(q.value('tcp.t.max_downstream_connection_duration'), 1);
  await until(() => p.value('cluster.up.upstream_cx_active') + q.value('cluster.up.upstream_cx_active') === 0);
});

t.test('weighted clusters are all used, source_ip hashing sticks to a host', async (t) => {
  const seen = new Set<string>();
  const make = (name: string) => upstream((s) => s.end(name));
  const a = await make('a');
  const b = await make('b');
  const c = await make('c');
  const p = await TestProxy.start(
    {
      weightedClusters: {
        clusters: [
          { name: 'a', weight: 1 },
          { name: 'b', weight: 1 },
        ],
      },
    },
    [cluster('a', [a.port]), cluster('b', [b.port])],
  );
  const q = await TestProxy.start({ cluster: 'm', hashPolicy: [{ sourceIp: {} }] }, [
    cluster('m', [a.port, b.port, c.port], { lbPolicy: 'MAGLEV' }),
  ]);
  t.teardown(() => {
    p.stop();
    q.stop();
    a.close();
    b.close();
    c.close();
  });
  for (let i = 0; i < 64 && seen.size < 2; i++) {
    const s = p.connect();
    seen.add(String(await readAll(s)));
    s.destroy();
  }
  t.same([...seen].sort(), ['a', 'b']);
  const stuck = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const s = q.connect();
    stuck.add(String(await readAll(s)));
    s.destroy();
  }
  t.equal(stuck.size, 1);
});

t.test('no upstream to be had: RST over bytes that nobody has read, else FIN, and nobody stays', async (t) => {
  // Time to send, and none of it is read before there is somewhere to write it to.
  const later = { maxConnectAttempts: 4, backoffOptions: { baseInterval: 50, maxInterval: 50 } };
  const p = await TestProxy.start({ cluster: 'dead', ...later }, [cluster('dead', [await deadPort()])]);
  for (const bytes of [1, 2000, 200_000]) {
    const c = net.connect({ port: p.port, host: '127.0.0.1', allowHalfOpen: true });
    const failed = once(c, 'error');
    c.write(Buffer.alloc(bytes));
    c.resume();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    t.equal(error.code, 'ECONNRESET', `${bytes} bytes`);
    await until(() => p.accepted.every((a) => a.closed));
  }
  const silent = p.connect();
  await once(silent.resume(), 'end');
  silent.destroy();
  p.stop();
  for (const [name, clusters] of [
    ['dead', [cluster('dead', [await deadPort()])]],
    ['empty', [cluster('empty', [])]],
    ['none', []],
  ] as const) {
    const q = await TestProxy.start({ cluster: name }, clusters);
    const idle = q.connect();
    await once(idle.resume(), 'end');
    await until(() => q.accepted.length === 1 && q.accepted.every((a) => a.closed));
    idle.destroy();
    q.stop();
  }
});

t.test(
  'a cluster whose policy is to connect ahead: a session has its connection, and none waits beside it',
  async (t) => {
    const u = await upstream((s) => s.pipe(s));
    const preconnectPolicy = { perUpstreamPreconnectRatio: 3, predictivePreconnectRatio: 3 };
    const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [u.port], { preconnectPolicy })]);
    t.teardown(() => {
      p.stop();
      u.close();
    });
    const c = p.connect();
    c.write('hello');
    let back = '';
    c.on('data', (d) => (back += d));
    await until(() => back === 'hello');
    t.equal(p.value('cluster.up.upstream_cx_total'), 1);
    t.equal(p.value('cluster.up.upstream_cx_active'), 1);
    c.destroy();
  },
);
