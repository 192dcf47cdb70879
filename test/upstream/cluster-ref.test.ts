import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { ClusterRefs } from '../../src/upstream/cluster-ref.ts';
import { makeCluster } from './hosts.ts';

t.test('a ref follows its name: absent, there, replaced, gone, back', async (t) => {
  const refs = new ClusterRefs();
  const ref = refs.ref('a');
  t.equal(ref.name, 'a');
  t.equal(ref.current, null);
  t.equal(refs.get('a'), undefined);
  const first = makeCluster();
  refs.set('a', first);
  t.equal(ref.current, first);
  t.equal(refs.ref('a'), ref, 'one object per name');
  const second = makeCluster();
  refs.set('a', second);
  t.equal(ref.current, second);
  t.equal(refs.get('a'), second);
  refs.clear('a');
  t.equal(ref.current, null);
  t.equal(refs.ref('a'), ref, 'whoever holds it sees the name come back');
  refs.set('a', first);
  t.equal(ref.current, first);
  refs.clear('never');
});

t.test('names nobody holds any more are forgotten', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const refs = new ClusterRefs();
  const held = refs.ref('held');
  for (let i = 0; i < 20_000; i++) {
    refs.ref(`n${i}`);
    // What a WeakRef points to lives until the end of the turn.
    if (i % 4000 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      gc();
    }
  }
  t.ok(refs.absentCount < 10_000, `${refs.absentCount} names`);
  const c = makeCluster();
  refs.set('held', c);
  t.equal(held.current, c);
});
