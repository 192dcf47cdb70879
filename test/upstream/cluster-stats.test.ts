import { readFileSync } from 'node:fs';
import t from 'tap';
import { Store } from '../../src/stats/store.ts';
import { makeCluster } from './hosts.ts';

/** The names real Envoy 1.40 lists under `cluster.<name>.` right after start (STATIC, no circuit breaker tracked). */
const envoy = readFileSync(new URL('cluster-stat-names-envoy-1.40.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

t.test('every name Envoy shows from the start is there', async (t) => {
  const store = new Store();
  makeCluster({}, undefined, store);
  const ours = new Set<string>();
  const add = (m: { readonly name: string }): void => void ours.add(m.name);
  store.forEach({ counter: add, gauge: add, histogram: add });
  t.same(
    envoy.filter((name) => !ours.has(`cluster.c.${name}`)),
    [],
  );
});
