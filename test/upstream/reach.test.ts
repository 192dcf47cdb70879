// Where connections to hosts come from, and to which of a host's addresses they go: what the config says reaches them in every event loop.
import * as net from 'node:net';
import t from 'tap';
import type { BindConfig, Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { Address, BoundAddress } from '../../src/transport/address.ts';
import { BIND_FAILED } from '../../src/transport/connection.ts';
import { connectHandle } from '../../src/transport/handle-wire.ts';
import { connectNet } from '../../src/transport/net-wire.ts';
import type { Wire, WireOwner } from '../../src/transport/wire.ts';
import { revived } from '../../src/upstream/cluster-update.ts';
import { answering, cluster, deadPort, get, OK, TestProxy, Upstream, until } from '../http/proxy.ts';
import { listening } from '../support/listening.ts';
import { endpoint, priority } from './hosts.ts';

type Test = { teardown(fn: () => unknown): void };

async function noting(t: Test): Promise<{ port: number; from: string[] }> {
  const from: string[] = [];
  const server = net.createServer((c) => from.push(c.remoteAddress ?? ''));
  return { port: await listening(t, server), from };
}

function owner(): WireOwner & { log: string[] } {
  const log: string[] = [];
  return {
    log,
    takesLent: false,
    wireConnected: () => void log.push('connected'),
    wireData() {},
    wireEnd() {},
    wireWritten() {},
    wireShutdownDone() {},
    wireFailed: (code) => void log.push(code),
  };
}

const WIRES: [string, (address: Address, owner: WireOwner) => Wire][] = [
  ['stream handles', connectHandle],
  ['node:net', connectNet],
];
for (const [what, connect] of WIRES) {
  t.test(`${what}: a connection comes from the local address that is asked for`, async (t) => {
    const { port, from } = await noting(t);
    const o = owner();
    const wire = connect(new BoundAddress(new Address('127.0.0.1', port), new Address('127.0.0.9', 0), String), o);
    await until(() => from.length === 1 && o.log.length === 1);
    t.same([o.log, from], [['connected'], ['127.0.0.9']]);
    t.equal(wire.localAddress().ip, '127.0.0.9');
    wire.close();
  });

  t.test(`${what}: an address that is none of ours is told in words, and nobody is connected to`, async (t) => {
    const { port, from } = await noting(t);
    const o = owner();
    const local = new Address('203.0.113.1', 0);
    connect(new BoundAddress(new Address('127.0.0.1', port), local, (code) => `${BIND_FAILED}it: ${code}`), o);
    await until(() => o.log.length === 1);
    t.same(o.log, ['failed to bind to it: EADDRNOTAVAIL']);
    t.same(from, []);
  });
}

const at = (port: number): { socketAddress: { address: string; portValue: number } } => ({
  socketAddress: { address: '127.0.0.1', portValue: port },
});

t.test('requests, one after the other, go to the address that answers; the host is one host', async (t) => {
  const u = await Upstream.start(answering(OK));
  const dead = await deadPort();
  const more: Partial<ClusterMessage> = {
    loadAssignment: {
      endpoints: [
        { lbEndpoints: [{ endpoint: { address: at(dead), additionalAddresses: [{ address: at(u.port) }] } }] },
      ],
    },
  };
  const p = await TestProxy.start({ clusters: [cluster('u', [], more)] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  for (let i = 0; i < 3; i++) {
    c.text = '';
    c.send(get());
    await c.until('ok');
  }
  t.equal(u.accepted.length, 1);
  t.equal(p.value('cluster.u.upstream_cx_total'), 2);
  t.equal(p.value('cluster.u.upstream_cx_active'), 1);
  t.equal(p.value('cluster.u.upstream_cx_connect_fail'), 0);
  const { hosts } = p.engine.clusters.get('u')!;
  t.same(
    hosts.map((h) => [h.address.port, h.others.map((a) => a.port), h.stats.cxTotal]),
    [[dead, [u.port], 2]],
  );
});

t.test('what another event loop is told has all addresses, also those a host gets later', async (t) => {
  const others = [new Address('::1', 2), new Address('', 0, '/x')];
  const hosts = [priority(0, { ...endpoint(1), others })];
  const across = revived(structuredClone({ kind: 'hosts', name: 'u', batch: hosts } as const));
  const p = await TestProxy.start({ clusters: [cluster('u', [])] });
  t.teardown(() => p.stop());
  p.engine.clusters.apply(across);
  const [host] = p.engine.clusters.get('u')!.hosts;
  t.same(
    host.others.map((a) => [a instanceof Address, a.text]),
    [
      [true, '[::1]:2'],
      [true, '/x'],
    ],
  );
  const [before] = p.engine.clusters.get('u')!.snapshot();
  const [known] = before.localities[0].endpoints;
  t.same(
    known.others?.map((a) => a.text),
    ['[::1]:2', '/x'],
  );
  const localities = [{ ...before.localities[0], endpoints: [{ ...known, others: [] }] }];
  p.engine.clusters.apply({ kind: 'hosts', name: 'u', batch: [{ priority: 0, localities }] });
  t.equal(p.engine.clusters.get('u')!.hosts[0], host, 'the same host');
  t.same(host.others, []);
});

const here = (address: string): { address: string; portValue: number } => ({ address, portValue: 0 });
const REFUSED: [string, BindConfig, RegExp][] = [
  ['a name', { sourceAddress: here('foo') }, /malformed IP address: foo/],
  [
    'more without a first',
    { extraSourceAddresses: [{ address: here('127.0.0.2') }] },
    /has extra\/additional source addresses but no source_address/,
  ],
  [
    'two of a family',
    { sourceAddress: here('127.0.0.2'), additionalSourceAddresses: [here('127.0.0.3')] },
    /two same IP version source addresses/,
  ],
  [
    'three',
    { sourceAddress: here('127.0.0.2'), additionalSourceAddresses: [here('::1'), here('::2')] },
    /more than one extra\/additional source addresses/,
  ],
  [
    'both lists',
    {
      sourceAddress: here('127.0.0.2'),
      additionalSourceAddresses: [here('::1')],
      extraSourceAddresses: [{ address: here('::1') }],
    },
    /Can't specify both `extra_source_addresses` and `additional_source_addresses`/,
  ],
];
for (const [what, upstreamBindConfig, sentence] of REFUSED) {
  t.test(`upstream_bind_config refused: ${what}`, async (t) => {
    await t.rejects(TestProxy.start({ clusters: [cluster('u', [1], { upstreamBindConfig })] }), { message: sentence });
  });
}
