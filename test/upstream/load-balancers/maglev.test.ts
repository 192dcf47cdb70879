import { readFileSync } from 'node:fs';
import t from 'tap';
import { xxHash64 } from '../../../src/upstream/load-balancers/xxhash64.ts';
import { endpoint, makeCluster, ports, setHosts, weighted, withHash } from '../hosts.ts';
import { conforms } from './conformance.ts';

const lbPolicy = 'MAGLEV';
conforms({ lbPolicy });

/** Recorded from real Envoy 1.40: HTTP hash_policy on a header, one Envoy, hosts in this order (not sorted). */
interface Golden {
  /** key-0, key-1, … */
  keys: number;
  otherKeys: string[];
  ports: number[];
  weights: number[];
  hostnames: string[];
  hashKeys: string[];
  chosen: Record<string, string>;
}
const golden = JSON.parse(readFileSync(new URL('maglev-envoy-1.40.json', import.meta.url), 'utf8')) as Golden;

for (const [name, chosen] of Object.entries(golden.chosen)) {
  t.test(`real Envoy 1.40 chose the same hosts: ${name}`, async (t) => {
    const byName = { consistentHashingLbConfig: { useHostnameForHashing: true } };
    const c = makeCluster({
      lbPolicy,
      type: name === 'hostname' ? 'STRICT_DNS' : 'STATIC',
      maglevLbConfig: { tableSize: name === 'small' ? 31 : undefined },
      commonLbConfig: name === 'hostname' ? byName : undefined,
    });
    const used = name === 'two' ? golden.ports.slice(0, 2) : golden.ports;
    setHosts(
      c,
      ...used.map((port, i) =>
        endpoint(port, {
          weight: name === 'weighted' ? golden.weights[i] : 1,
          hostname: name === 'hostname' ? golden.hostnames[i] : '',
          hashKey: name === 'hashkey' ? golden.hashKeys[i] : undefined,
        }),
      ),
    );
    t.equal(c.needsHash, true);
    const out = { hi: 0, lo: 0 };
    let ours = '';
    for (const key of [...Array.from({ length: golden.keys }, (_, i) => `key-${i}`), ...golden.otherKeys]) {
      xxHash64(Buffer.from(key), out);
      ours += golden.ports.indexOf(c.chooseHost(withHash(out.hi, out.lo))!.address.port);
    }
    t.equal(ours, chosen);
  });
}

// maglev_lb_test.cc (1.16): Basic, Weighted. Facts, not text.
t.test("Envoy's own small tables", async (t) => {
  const slots = (c: ReturnType<typeof makeCluster>, n: number): number[] =>
    Array.from({ length: n }, (_, i) => c.hosts.indexOf(c.chooseHost(withHash(0, i)) as never));
  const a = makeCluster({ lbPolicy, maglevLbConfig: { tableSize: 7 } });
  setHosts(a, ...[90, 91, 92, 93, 94, 95].map((p) => endpoint(p)));
  t.same(slots(a, 14), [2, 4, 0, 1, 5, 0, 3, 2, 4, 0, 1, 5, 0, 3]);
  t.equal(a.info.stats.scope.gauge('maglev_lb.min_entries_per_host').value, 1);
  t.equal(a.info.stats.scope.gauge('maglev_lb.max_entries_per_host').value, 2);
  const b = makeCluster({ lbPolicy, maglevLbConfig: { tableSize: 17 } });
  setHosts(b, endpoint(90, { weight: 1 }), endpoint(91, { weight: 2 }));
  t.same(slots(b, 17), [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1]);
  t.equal(b.info.stats.scope.gauge('maglev_lb.min_entries_per_host').value, 6);
  t.equal(b.info.stats.scope.gauge('maglev_lb.max_entries_per_host').value, 11);
});

t.test('the order of the hosts does not matter', async (t) => {
  const c = weighted({ lbPolicy }, [1, 1, 1, 1, 1]);
  const d = makeCluster({ lbPolicy });
  setHosts(d, ...[4, 2, 5, 1, 3].map((p) => endpoint(p)));
  for (let i = 0; i < 100; i++) {
    const key = withHash((i * 2654435761) >>> 0, (i * 40503) >>> 0);
    t.same(ports(c, 1, key), ports(d, 1, key));
  }
});

t.test('a host that leaves moves few of the other keys', async (t) => {
  const c = weighted({ lbPolicy }, [1, 1, 1, 1, 1]);
  const keys = Array.from({ length: 1000 }, (_, i) => withHash((i * 2654435761) >>> 0, (i * 2246822519) >>> 0));
  const before = keys.map((k) => c.chooseHost(k)!.address.port);
  setHosts(c, ...[1, 2, 3, 4].map((p) => endpoint(p)));
  const after = keys.map((k) => c.chooseHost(k)!.address.port);
  const moved = before.filter((p, i) => p !== 5 && p !== after[i]).length;
  t.ok(moved < 100, `${moved} of 800 moved`);
  t.notOk(after.includes(5));
});

t.test('table sizes must be prime', async (t) => {
  t.throws(() => makeCluster({ lbPolicy, maglevLbConfig: { tableSize: 8 } }), {
    message: 'The table size of maglev must be prime number',
  });
});

t.test('hashing by hostname is for STRICT_DNS only', async (t) => {
  const commonLbConfig = { consistentHashingLbConfig: { useHostnameForHashing: true } };
  t.throws(() => makeCluster({ lbPolicy, commonLbConfig }), {
    message: "Cannot use hostname for consistent hashing loadbalancing for cluster of type: 'envoy.cluster.static'",
  });
});
