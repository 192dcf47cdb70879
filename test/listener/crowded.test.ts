/** per_connection_buffer_high_watermark_timeout: who does not take what is queued for it goes, who takes it in time stays. */
import { once } from 'node:events';
import * as net from 'node:net';
import t from 'tap';
import type { Listener as ListenerMessage } from '../../src/config/schema/types.ts';
import { Engine } from '../../src/server/engine.ts';
import { Store } from '../../src/stats/store.ts';
import { cluster, until, upstream } from '../tcp/proxy.ts';

const TCP = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const MANY = Buffer.alloc(16 * 1024 * 1024, 'a');

/** Sends a lot to each client, by an engine whose listener has this timeout. */
async function engine(
  t: { teardown(fn: () => unknown): void },
  ms: number,
): Promise<{ connect(): net.Socket; active(): number; destroyed(): number }> {
  const u = await upstream((s) => s.write(MANY));
  const store = new Store();
  const message: ListenerMessage = {
    name: 'l',
    statPrefix: 's',
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    perConnectionBufferLimitBytes: 10_000,
    perConnectionBufferHighWatermarkTimeout: ms,
    filterChains: [
      { filters: [{ name: 't', typedConfig: { typeUrl: TCP, value: { statPrefix: 't', cluster: 'u' } } }] },
    ],
  };
  const localInfo = { nodeId: '', nodeCluster: '', zone: '' };
  const drain = { strategy: 'immediate', timeMs: 600_000 } as const;
  const config = { clusters: [cluster('u', [u.port])], listeners: [message], localInfo, envoy16: false, drain };
  const e = new Engine(config, store, 0);
  await e.build();
  await e.clusterControl.initialize();
  await e.listen(false);
  t.teardown(() => {
    e.destroy();
    u.close();
  });
  const { port } = e.listeners[0].boundAddress;
  const scope = store.scope('listener.s.');
  return {
    connect() {
      const s = net.connect({ port, host: '127.0.0.1' });
      s.on('error', () => {});
      return s;
    },
    active: () => e.listeners[0].active,
    destroyed: () => scope.counter('downstream_cx_destroy').value,
  };
}

t.test('who does not read is closed', async (t) => {
  const p = await engine(t, 20);
  const s = p.connect();
  await once(s, 'connect');
  s.pause();
  await until(() => p.destroyed() === 1);
  s.destroy();
});

t.test('who reads in time gets everything, and is not closed', async (t) => {
  const p = await engine(t, 3_600_000);
  const s = p.connect();
  let got = 0;
  s.on('data', (d: Buffer) => {
    got += d.length;
  });
  await until(() => got === MANY.length);
  t.equal(p.destroyed(), 0);
  t.equal(p.active(), 1);
  s.resetAndDestroy();
  await until(() => p.active() === 0);
});
