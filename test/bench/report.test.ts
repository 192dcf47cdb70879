import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeReports } from '../../bench/commands/report.ts';
import type { Contender } from '../../bench/contenders/contender.ts';
import { parseOptions } from '../../bench/options.ts';
import { linesOf } from '../../bench/report/charts.ts';
import { blocks } from '../../bench/report/figures.ts';
import { html } from '../../bench/report/html.ts';
import { lineChart, stepFor } from '../../bench/report/line-chart.ts';
import { BEGIN, END, readmeTable, replaceTable } from '../../bench/report/readme.ts';
import { barChart } from '../../bench/report/svg.ts';
import { table } from '../../bench/report/table.ts';
import { type BenchResult, FORMAT } from '../../bench/result.ts';
import { contendersOf } from '../../bench/runner.ts';
import { adapt } from '../../bench/scenarios/aion.ts';
import { scaled } from '../../bench/scenarios/scaling.ts';
import { chooseScenarios } from '../../bench/scenarios/scenarios.ts';

const sample = (contender: string, round: number, cpuUs: number) => ({
  scenario: 'http1-small',
  contender,
  round,
  by: 'wrk',
  values: { cpuUs, rate: 1000, p99: 2 },
});
const RESULT: BenchResult = {
  format: FORMAT,
  date: '2026-11-23',
  machine: {
    cpu: 'A <Pi>',
    cores: 4,
    memoryMb: 1,
    platform: '',
    node: 'v24',
    governor: '',
    proxyCpu: '0',
    otherCpus: '1',
  },
  options: { seconds: 1, warmup: 1, rounds: 2, quick: false, concurrency: 1 },
  contenders: [
    { name: 'envoylet', version: '1', kind: 'envoylet' },
    { name: 'envoy', version: '1.40', kind: 'proxy' },
  ],
  scenarios: [{ name: 'http1-small', title: 'HTTP/1.1', unit: 'request' }],
  samples: [sample('envoylet', 0, 20), sample('envoy', 0, 40), sample('envoylet', 1, 30), sample('envoy', 1, 100)],
  failures: [{ scenario: 'http1-small', contender: 'nginx', kind: 'wrong', message: 'expected <a>, got "b"' }],
  notes: ['wrk found'],
};

t.test('ratios are taken round by round, then their median', async (t) => {
  const rows = blocks(RESULT)[0].rows;
  t.equal(rows[0].cpuRatio, (0.5 + 0.3) / 2);
  t.equal(rows[0].figures.get('cpuUs')?.median, 25);
});

t.test('table and report say what was measured and what was not', async (t) => {
  const text = table(RESULT);
  t.match(text, /envoylet +0\.40 +25\.0/);
  t.match(text, /nginx, http1-small: wrong answer: expected <a>/);
  const page = html(RESULT);
  t.match(page, 'expected &lt;a&gt;, got &quot;b&quot;');
  t.match(page, 'A &lt;Pi&gt;');
  t.match(page, '<svg');
  t.notMatch(page, /<script|https?:\/\/(?!www\.w3\.org)/, 'one file that loads nothing');
});

const timed = (seconds: number, rounds: number, quick = false): BenchResult => ({
  ...RESULT,
  options: { ...RESULT.options, seconds, rounds, quick },
});

t.test('a trial says above its tables and in its page that these are no figures', async (t) => {
  const trial = timed(0.5, 1, true);
  const warning = /THESE ARE NO FIGURES: --quick is a trial .* one round of 0\.5 s/;
  t.match(table(trial).split('\n')[0], warning);
  const page = html(trial);
  t.match(page, warning);
  t.ok(page.indexOf('NO FIGURES') < page.indexOf('<table'), 'before the first table');
  t.equal(page.split('NO FIGURES').length - 1, 1 + blocks(trial).length, 'and above each');
  t.match(table(timed(3, 3)).split('\n')[0], /^Too short to tell differences from noise: 3 rounds of 3 s/);
  t.notMatch(table(timed(3, 5)) + html(timed(3, 5)), /NO FIGURES|Too short|class="warning"/);
});

t.test('on a phone each figure stands beside its name', async (t) => {
  const page = html(RESULT);
  t.match(page, /@media\(max-width:700px\)\{[^@]*\.figures td::before\{content:attr\(data-label\)/);
  const [, figures] = /<table class="figures">(.*?)<\/table>/s.exec(page)!;
  const rows = figures.split('<tr>').slice(2);
  t.equal(rows.length, 2);
  for (const row of rows) {
    const cells = [...row.matchAll(/<td( data-label="[^"]+")?>/g)];
    t.ok(
      cells.slice(1).every((c) => c[1] !== undefined),
      row,
    );
  }
  t.match(figures, 'data-label="CPU, µs/request"');
});

t.test('bench readme: the table of README from results, with the machines; a trial is refused', async (t) => {
  const quotable = timed(3, 5);
  const made = readmeTable([quotable, { ...quotable, machine: { ...quotable.machine, cpu: 'B' } }]);
  t.match(made, /^\| CPU per request: HTTP\/1\.1, 32 connections \| 0\.40, 0\.40 \| – \|$/m);
  t.match(made, /^- 2026-11-23: A <Pi>, 4 cores, .*Envoy 1\.40; 5 rounds of 3 s/m);
  t.match(made, /^- 2026-11-23: B, /m);
  t.notMatch(made, 'Redis', 'what was not measured has no row');
  t.throws(() => readmeTable([timed(0.5, 1, true)]), /was a trial \(--quick\)/);
  const text = `# x\n${BEGIN}\nold\n${END}\nrest\n`;
  t.equal(replaceTable(text, 'new'), `# x\n${BEGIN}\nnew\n${END}\nrest\n`);
  t.throws(() => replaceTable('# x\n', 'new'), /no '<!-- bench readme: begin -->'/);
  const own = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  t.equal(replaceTable(own, 'new').split('new').length > 1, true, 'README has the marks');
});

t.test('what failed or was never sent is shown where there is any', async (t) => {
  const withValues = (unsent: number): BenchResult => ({
    ...RESULT,
    samples: RESULT.samples.map((s) => ({ ...s, values: { ...s.values, errors: 0, unsent } })),
  });
  t.notMatch(table(withValues(0)), /failed|never sent/);
  t.match(table(withValues(7)), /never sent/);
});

t.test('a chart draws every bar in proportion', async (t) => {
  const bar = (label: string, value: number) => ({ label, value, lowest: value, highest: value, own: false });
  const svg = barChart({ title: 'a & b', unit: 'ms', bars: [bar('x', 10), bar('y', 5)] }, String);
  const widths = [...svg.matchAll(/class="other" [^>]*width="([\d.]+)"/g)].map((m) => Number(m[1]));
  t.equal(widths[0], 2 * widths[1]);
  t.match(svg, 'a &amp; b');
});

t.test('memory over time: a line a contender, in the page and as a file of its own', async (t) => {
  const over = { seconds: [0, 1, 2], rssMb: [50, 100, 75], anonMb: [10, 20, 15], load: [0.5, 1.5] as [number, number] };
  const samples = RESULT.samples.map((s) => (s.round === 0 ? { ...s, over } : s));
  const page = html({ ...RESULT, samples });
  t.equal([...page.matchAll(/<polyline/g)].length, 4, 'two contenders, RSS and anonymous');
  t.notMatch(html(RESULT), '<polyline');
  const [rss] = linesOf({ ...RESULT, samples }, 'http1-small');
  const svg = lineChart(rss);
  const [x, y] = /class="l lown" points="([^"]+)"/
    .exec(svg)![1]
    .split(' ')
    .map((p) => p.split(',').map(Number))[1];
  t.equal(y, 64, 'the highest value touches the top');
  const [, from, width] = /class="load" x="([\d.]+)" y="\d+" width="([\d.]+)"/.exec(svg)!.map(Number);
  t.ok(Math.abs(from + width / 2 - x) < 0.2, 'the load is shaded around it');
  const dir = mkdtempSync(join(tmpdir(), 'bench-svg-'));
  writeReports({ ...RESULT, samples }, { html: '', svg: dir });
  t.same(readdirSync(dir).sort(), [
    'http1-small-anonMb-over-time.svg',
    'http1-small-cpuUs.svg',
    'http1-small-p99.svg',
    'http1-small-rate.svg',
    'http1-small-rssMb-over-time.svg',
  ]);
});

t.test('steps of an axis are 1, 2 or 5 times a power of ten', async (t) => {
  t.same([124, 26, 9, 0.3].map(stepFor), [50, 10, 2, 0.1]);
});

t.test('one worker and two: rate as measured, capacity from the cost', async (t) => {
  t.same(scaled({ rate: 1000, cpuUs: 40 }, { rate: 1500, cpuUs: 50 }, 2), { scaleRate: 1.5, scaleCapacity: 1.6 });
  t.same(scaled({ rate: 1000 }, {}, 2), {}, 'nothing is made up');
  const workers = (hasWorkers: boolean): Contender => ({
    name: String(hasWorkers),
    version: '',
    kind: 'proxy',
    groups: ['http1'],
    hasWorkers,
    command: () => [],
  });
  const [scaling] = chooseScenarios(['scaling'], false);
  t.same(
    contendersOf(scaling, [workers(true), workers(false)]).map((c) => c.name),
    ['true'],
  );
});

t.test('options', async (t) => {
  t.match(parseOptions([], 'dist'), { rounds: 5, quick: false, offered: 0.7, envoylet: ['dist'], syscalls: true });
  t.match(parseOptions(['--quick'], 'src'), {
    rounds: 1,
    offered: 0,
    load: 'builtin',
    contenders: ['envoylet', 'envoy'],
  });
  t.throws(() => parseOptions(['--rounds', 'x'], ''), /--rounds x: not a number/);
  t.throws(() => parseOptions(['--load', 'x'], ''), /auto or builtin/);
  t.throws(() => chooseScenarios(['nonsense'], false), /no scenario 'nonsense'/);
  t.same(
    chooseScenarios(['redis-get', 'start'], true).map((s) => s.name),
    ['redis-get', 'start'],
  );
  t.ok(chooseScenarios([], true).every((s) => s.quick));
});

t.test("AION's configs get our addresses and keep the rest", async (t) => {
  const text = `static_resources:
  listeners:
  - address: {socket_address: {address: 0.0.0.0, port_value: 10000}}
    filter_chains: [{filters: [{name: h, typed_config: {route_config: {virtual_hosts: [{routes: [{route: {cluster: g}}]}]}}}]}]
  - address: {socket_address: {address: 0.0.0.0, port_value: 1999}}
    filter_chains: [{filters: [{name: envoy.filters.network.redis_proxy}]}]
  clusters:
  - name: g
    http2_protocol_options: {}
    load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: h, port_value: 1}}}}]}]}
  - name: redis_cluster
    load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: r, port_value: 2}}}}]}]}
admin: {address: {socket_address: {address: 0.0.0.0, port_value: 10001}}}
`;
  let next = 500;
  const got = await adapt(text, { http1: 1001, grpc: 1002, redis: [1003, 1004], redisCluster: [] }, async () => next++);
  t.same(got.listeners, [
    { port: 500, group: 'grpc' },
    { port: 501, group: 'redis' },
  ]);
  const ports = [...got.text.matchAll(/"port_value": (\d+)/g)].map((m) => Number(m[1]));
  t.same(ports, [500, 501, 1002, 1003, 502]);
  t.notMatch(got.text, '0.0.0.0');
  const v2 = '"@type": type.googleapis.com/envoy.config.filter.network.redis_proxy.v2.RedisProxy';
  const typed = text.replace('name: envoy.filters.network.redis_proxy', `name: r, typed_config: {${v2}}`);
  const ports4 = { http1: 1, grpc: 2, redis: [3, 4], redisCluster: [] };
  t.match((await adapt(typed, ports4, async () => 5)).text, 'v2.RedisProxy', 'unchanged for us');
  t.match((await adapt(typed, ports4, async () => 5, true)).text, 'redis_proxy.v3.RedisProxy', 'v3 for Envoy 1.40');
});
