import t from 'tap';
import { growthOf, type MicroCase, measureCase } from '../../bench/micro/harness.ts';
import { SUITES } from '../../bench/micro/suites.ts';

for (const [name, load] of Object.entries(SUITES)) {
  t.test(`${name}: every case does its work`, async (t) => {
    const { suite } = await load();
    t.equal(suite.name, name);
    const cases = await suite.cases();
    t.ok(cases.length > 0);
    for (const c of cases) {
      // Twice: a case must not live on what its first call left.
      await t.resolves(async () => {
        await c.run();
        await c.run();
      }, c.name);
    }
    const series = new Set(cases.map((c) => c.series));
    for (const judged of Object.keys(suite.growth ?? {})) t.ok(series.has(judged), `'${judged}' is measured`);
  });
}

t.test('the sizes: 1, 100 and 10,000 routes, 1, 100 and 1,000 clusters; linear routes would be seen', async (t) => {
  const sizes = (cases: readonly MicroCase[], series: string): unknown[] =>
    cases.filter((c) => c.series === series).map((c) => c.size);
  const routes = (await SUITES.routes()).suite;
  const all = await routes.cases();
  for (const s of ['prefix', 'exact path', 'virtual hosts']) t.same(sizes(all, s), [1, 100, 10_000]);
  t.same(sizes(await (await SUITES.config()).suite.cases(), 'clusters'), [1, 100, 1000]);
  for (const limit of Object.values(routes.growth ?? {})) t.ok(limit < 1);
});

t.test('growth: the exponent at the upper end', async (t) => {
  const at = (size: number, ns: number) => ({ suite: 's', name: '', series: 'x', size, ns, spread: 0, batches: 3 });
  const [g] = growthOf([at(1, 100), at(100, 200), at(10_000, 20_000)]);
  t.equal(g.costFactor, 200);
  t.ok(Math.abs(g.exponent - 1) < 1e-9);
});

t.test('a case is measured per operation, with its spread', async (t) => {
  let calls = 0;
  const suite = { name: 's', unit: 'x', cases: () => [] };
  const c: MicroCase = {
    name: 'fill',
    perCall: 10,
    run: () => {
      calls++;
      Buffer.alloc(10_000, calls & 0xff).indexOf(0x100);
    },
  };
  const r = await measureCase(suite, c, 0.01);
  t.ok(calls > 3 && r.batches >= 3 && r.ns > 0 && r.spread >= 0);
});
