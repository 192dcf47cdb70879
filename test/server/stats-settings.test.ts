// stats_config: what is kept, which tags names have, where buckets end; Envoy's sentences for what is wrong with it.
import t from 'tap';
import { statsSettings } from '../../src/server/stats-settings.ts';
import { Store } from '../../src/stats/store.ts';
import { extractTags } from '../../src/stats/tags.ts';

const NAMES = ['cluster.a.upstream_rq_total', 'cluster.b.membership_total', 'http.h.downstream_rq_2xx', 'server.live'];

t.test('a matcher that rejects: no metric, no memory, and nothing that counts', async (t) => {
  const { rejects } = await statsSettings({ statsMatcher: { rejectAll: true } }, []);
  const store = new Store();
  store.rejects = rejects;
  const scopes = Array.from({ length: 1000 }, (_, i) => store.scope(`cluster.c${i}.`));
  const counters = new Set(scopes.map((s) => s.counter('upstream_rq_total')));
  t.equal(counters.size, 1, 'one object stands for all');
  const [counter] = counters;
  counter?.inc();
  counter?.add(5);
  t.equal(counter?.value, 0);
  const gauge = store.gauge('server.live');
  gauge.set(1);
  gauge.inc();
  t.same([gauge.value, gauge.used], [0, false]);
  store.histogram('server.initialization_time_ms', 'ms').record(3);
  let seen = 0;
  const visit = (): void => void seen++;
  store.forEach({ counter: visit, gauge: visit, histogram: visit });
  t.equal(seen, 0);
});

t.test('what is kept of a list', async (t) => {
  const kept = async (statsMatcher: Parameters<typeof statsSettings>[0]['statsMatcher']): Promise<string[]> => {
    const { rejects } = await statsSettings({ ...(statsMatcher && { statsMatcher }) }, []);
    return NAMES.filter((name) => rejects?.(name) !== true);
  };
  t.same(await kept({ rejectAll: false }), NAMES);
  t.same(await kept(undefined), NAMES);
  t.same(await kept({ inclusionList: { patterns: [{ prefix: 'cluster.a.' }, { exact: 'server.live' }] } }), [
    NAMES[0],
    NAMES[3],
  ]);
  t.same(await kept({ exclusionList: { patterns: [{ suffix: '_total' }] } }), [NAMES[2], NAMES[3]]);
  t.same(await kept({ exclusionList: { patterns: [{ safeRegex: { regex: '(cluster|http)\\..*' } }] } }), [NAMES[3]]);
});

t.test('rejected cells of a grid are not shown', async (t) => {
  const { rejects } = await statsSettings(
    { statsMatcher: { exclusionList: { patterns: [{ suffix: '.error' }] } } },
    [],
  );
  const store = new Store();
  store.rejects = rejects;
  const grid = store.scope('command.').grid(['get', 'set'], ['total', 'error'], []);
  grid.inc(0, 0);
  grid.inc(0, 1);
  const names: string[] = [];
  store.forEach({ counter: (c) => names.push(`${c.name}=${c.value}`), gauge() {}, histogram() {} });
  t.same(names.sort(), ['command.get.total=1', 'command.set.total=0']);
});

// [config, name, base, tags], seen with Envoy 1.40.
const TAGS: readonly (readonly [Parameters<typeof statsSettings>[0], string, string, string])[] = [
  [{}, 'cluster.a.x', 'cluster.x', 'envoy.cluster_name=a'],
  [{ useAllDefaultTags: false }, 'cluster.a.x', 'cluster.a.x', ''],
  [
    { useAllDefaultTags: false, statsTags: [{ tagName: 'envoy.cluster_name' }] },
    'cluster.a.x_rq_200',
    'cluster.x_rq_200',
    'envoy.cluster_name=a',
  ],
  [
    { statsTags: [{ tagName: 'mine', regex: '^cluster\\.((.+?)\\.)' }] },
    'cluster.a.x',
    'cluster.x',
    'envoy.cluster_name=a,mine=a',
  ],
  [{ statsTags: [{ tagName: 'mine', regex: '(x)' }] }, 'cluster.a.xy', 'cluster.y', 'mine=x,envoy.cluster_name=a'],
  [{ statsTags: [{ tagName: 'f', fixedValue: 'v' }] }, 'cluster.a.x', 'cluster.x', 'f=v,envoy.cluster_name=a'],
  [
    {
      statsTags: [
        { tagName: 'd', regex: '(x)' },
        { tagName: 'd', regex: '(y)' },
      ],
    },
    'a.xy',
    'a.y',
    'd=x',
  ],
  [
    { statsTags: [{ tagName: 'envoy.cluster_name', fixedValue: 'z' }] },
    'cluster.a.x',
    'cluster.a.x',
    'envoy.cluster_name=z',
  ],
  [
    { statsTags: [{ tagName: 'envoy.cluster_name', regex: '^cluster\\.((.)[^.]*\\.)' }] },
    'cluster.abc.x',
    'cluster.x',
    'envoy.cluster_name=abc',
  ],
  [
    {
      allowDefaultTagOverrides: true,
      statsTags: [{ tagName: 'envoy.cluster_name', regex: '^cluster\\.((.)[^.]*\\.)' }],
    },
    'cluster.abc.x',
    'cluster.x',
    'envoy.cluster_name=a',
  ],
  [{ statsTags: [{ tagName: 'none', regex: 'x' }] }, 'a.x', 'a.x', ''],
];

t.test('tags of names', async (t) => {
  for (const [config, name, base, expected] of TAGS) {
    const { rules } = await statsSettings(config, []);
    const found = extractTags(name, rules);
    t.equal(found.base, base, JSON.stringify(config));
    t.equal(found.tags.map((g) => `${g.name}=${g.value}`).join(), expected, JSON.stringify(config));
  }
});

t.test('tags of the command line come before those of the config', async (t) => {
  const { rules } = await statsSettings({ statsTags: [{ tagName: 'a', fixedValue: 'config' }] }, [
    { name: 'a', value: 'flag' },
  ]);
  t.same(extractTags('x.y', rules).tags, [{ name: 'a', value: 'flag' }]);
});

t.test('a regex that would take for ever elsewhere does not here', async (t) => {
  const { rules } = await statsSettings({ statsTags: [{ tagName: 'a', regex: '^((a+)+)+$' }] }, []);
  t.same(extractTags(`${'a'.repeat(5000)}!`, rules).tags, []);
});

t.test('the first setting whose matcher fits says where buckets end, in order', async (t) => {
  const histogramBucketSettings = [
    { match: { prefix: 'a.' }, buckets: [3, 1, 2.5] },
    { match: { suffix: '_ms' }, buckets: [7] },
  ];
  const { edgesOf } = await statsSettings({ histogramBucketSettings }, []);
  t.same(edgesOf('a.x_ms'), [1, 2.5, 3]);
  t.same(edgesOf('b.x_ms'), [7]);
  t.equal(edgesOf('b.y').length, 19);
});

t.test("what is wrong is said in Envoy's words", async (t) => {
  const refused = (statsTags: NonNullable<Parameters<typeof statsSettings>[0]['statsTags']>): Promise<unknown> =>
    t.rejects(statsSettings({ statsTags }, []));
  await refused([{ tagName: '', regex: '(x)' }]);
  await t.rejects(statsSettings({ statsTags: [{ tagName: 'nodef' }] }, []), {
    message: "No regex specified for tag specifier and no default regex for name: 'nodef'",
  });
  await t.rejects(statsSettings({ statsTags: [{ tagName: 'x', regex: '(rq' }] }, []), {
    message: /^Invalid regex '\(rq': /,
  });
});
