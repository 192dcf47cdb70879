import { readFileSync } from 'node:fs';
import t from 'tap';
import { xxHash64 } from '../../../src/upstream/load-balancers/xxhash64.ts';
import { endpoint, makeCluster, ports, setHosts, weighted, withHash } from '../hosts.ts';
import { conforms } from './conformance.ts';

const lbPolicy = 'RING_HASH';
conforms({ lbPolicy });

/** Recorded from real Envoy 1.40: HTTP hash_policy on a header, hosts in this order (not sorted). */
interface Golden {
  keys: number;
  ports: number[];
  weights: number[];
  hashKeys: string[];
  chosen: Record<string, string>;
  /** `cluster.<name>.ring_hash_lb.<statistic>: <value>` */
  stats: string[];
}
const golden = JSON.parse(readFileSync(new URL('ring-hash-envoy-1.40.json', import.meta.url), 'utf8')) as Golden;

const SIZES: Record<string, object> = {
  min3: { minimumRingSize: 3 },
  max: { minimumRingSize: 1024, maximumRingSize: 1500 },
  large: { minimumRingSize: 65_536 },
  murmur: { hashFunction: 'MURMUR_HASH_2' },
};

for (const [name, chosen] of Object.entries(golden.chosen)) {
  t.test(`real Envoy 1.40 chose the same hosts: ${name}`, async (t) => {
    const c = makeCluster({ lbPolicy, ringHashLbConfig: SIZES[name] ?? {} });
    const used = name === 'two' ? golden.ports.slice(0, 2) : golden.ports;
    setHosts(
      c,
      ...used.map((port, i) =>
        endpoint(port, {
          weight: name === 'weighted' || name === 'max' ? golden.weights[i] : 1,
          hashKey: name === 'hashkey' ? golden.hashKeys[i] : undefined,
        }),
      ),
    );
    t.equal(c.needsHash, true);
    const out = { hi: 0, lo: 0 };
    let ours = '';
    for (let i = 0; i < golden.keys; i++) {
      xxHash64(Buffer.from(`key-${i}`), out);
      ours += golden.ports.indexOf(c.chooseHost(withHash(out.hi, out.lo))!.address.port);
    }
    t.equal(ours, chosen);
    for (const stat of ['size', 'min_hashes_per_host', 'max_hashes_per_host']) {
      const line = `cluster.${name}.ring_hash_lb.${stat}: `;
      const theirs = golden.stats.find((s) => s.startsWith(line))?.slice(line.length);
      t.equal(String(c.info.stats.scope.gauge(`ring_hash_lb.${stat}`).value), theirs, stat);
    }
  });
}

t.test('the typed policy is the same', async (t) => {
  const value = { minimumRingSize: 64 };
  const typedConfig = { typeUrl: 'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash', value };
  const typed = makeCluster({
    lbPolicy: 'LOAD_BALANCING_POLICY_CONFIG',
    loadBalancingPolicy: { policies: [{ typedExtensionConfig: { name: 'r', typedConfig } }] },
  });
  const old = makeCluster({ lbPolicy, ringHashLbConfig: value });
  for (const c of [typed, old]) setHosts(c, endpoint(1), endpoint(2), endpoint(3));
  for (let i = 0; i < 200; i++) {
    const hash = withHash(Math.imul(i, 0x9e3779b1) >>> 0, i);
    t.equal(typed.chooseHost(hash)!.address.port, old.chooseHost(hash)!.address.port);
  }
});

t.test('a host that goes takes nothing of the others’ keys', async (t) => {
  // As many places of each host in both rings.
  const ringHashLbConfig = { minimumRingSize: 1 };
  const all = weighted({ lbPolicy, ringHashLbConfig }, [1, 1, 1, 1]);
  const fewer = makeCluster({ lbPolicy, ringHashLbConfig });
  setHosts(fewer, endpoint(1), endpoint(2), endpoint(4));
  for (let i = 0; i < 1000; i++) {
    const hash = withHash(Math.imul(i, 0x9e3779b1) >>> 0, i);
    const [before] = ports(all, 1, hash);
    if (before !== 3) t.equal(ports(fewer, 1, hash)[0], before);
  }
});

t.test('a further attempt looks at the places behind', async (t) => {
  const c = weighted({ lbPolicy }, [1, 1, 1]);
  const first = ports(c, 1, withHash(5, 5))[0];
  const other = {
    ...withHash(5, 5),
    tries: 20,
    another: (h: { address: { port: number } }) => h.address.port === first,
  };
  t.not(ports(c, 1, other)[0], first);
});

t.test('sizes that contradict each other are refused as in Envoy', async (t) => {
  const ringHashLbConfig = { minimumRingSize: 10, maximumRingSize: 5 };
  t.throws(() => makeCluster({ lbPolicy, ringHashLbConfig }), {
    message: 'ring hash: minimum_ring_size (10) > maximum_ring_size (5)',
  });
});
