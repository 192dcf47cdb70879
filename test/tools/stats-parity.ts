/**
 * `node test/tools/stats-parity.ts [words…]`: plays the conformance cases through real Envoy 1.40 and through envoylet and
 * compares what every counter and gauge grew by. Not a test: some counters depend on timing; it prints what differs, by metric.
 * `--names` compares the full lists of metric names instead, per config.
 */
import { fileURLToPath } from 'node:url';
import { type Case, loadCases } from '../conformance/case.ts';
import { loadConfig, type SharedConfig } from '../conformance/config.ts';
import { Side } from '../conformance/side.ts';
import { envoyletCommand, get } from '../support/proxy-process.ts';
import { findEnvoy } from './oracles.ts';

const directory = (name: string): string => fileURLToPath(new URL(`../conformance/${name}/`, import.meta.url));
const args = process.argv.slice(2);
const words = args.filter((a) => !a.startsWith('-'));
const onlyNames = args.includes('--names');
/** What depends on time, buffering or the process, not on behaviour. */
const IGNORED =
  /bytes_(total|buffered)$|^(server|filesystem|main_thread|workers|listener_manager|runtime|http\.admin|listener\.admin|dns|cluster_manager)\.|worker_0\./;
const SETTLE_MS = 150;

type Numbers = Map<string, number>;

async function numbers(side: Side): Promise<Numbers> {
  const page = await get(side.ports.get('admin')!, '/stats');
  const out: Numbers = new Map();
  const listeners = [...side.ports].map(([name, port]) => [`127.0.0.1_${port}.`, `<${name}>.`] as const);
  for (const line of (page?.body ?? '').split('\n')) {
    const colon = line.lastIndexOf(': ');
    if (colon < 0) continue;
    let name = line.slice(0, colon);
    for (const [text, short] of listeners) name = name.replace(text, short);
    const value = Number(line.slice(colon + 2));
    out.set(name, Number.isNaN(value) ? 0 : value);
  }
  return out;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function growth(before: Numbers, after: Numbers): Numbers {
  const out: Numbers = new Map();
  for (const [name, value] of after) {
    const by = value - (before.get(name) ?? 0);
    if (by !== 0 && !IGNORED.test(name)) out.set(name, by);
  }
  return out;
}

/** Ports are chosen before they are bound: somebody else may have been faster. */
async function start(config: SharedConfig, command: readonly string[]): Promise<Side> {
  for (let left = 3; ; left--) {
    try {
      return await Side.start(config, command);
    } catch (error) {
      if (left === 0 || !(error as Error).message.includes('cannot bind')) throw error;
    }
  }
}

const found = new Map<string, string[]>();

async function compareCase(c: Case, a: Side, b: Side): Promise<void> {
  const before = await Promise.all([numbers(a), numbers(b)]);
  const ran = await Promise.allSettled([a.run(c), b.run(c)]);
  if (ran.some((r) => r.status === 'rejected')) return;
  await pause(SETTLE_MS);
  const after = await Promise.all([numbers(a), numbers(b)]);
  const grown = [growth(before[0], after[0]), growth(before[1], after[1])] as const;
  for (const name of new Set([...grown[0].keys(), ...grown[1].keys()])) {
    const [x, y] = [grown[0].get(name) ?? 0, grown[1].get(name) ?? 0];
    if (x === y) continue;
    const list = found.get(name) ?? [];
    list.push(`${c.id}: envoy ${x} envoylet ${y}`);
    found.set(name, list);
  }
}

async function main(): Promise<void> {
  const envoy = findEnvoy(false);
  if ('missing' in envoy) {
    console.log(envoy.missing);
    return;
  }
  const cases = loadCases(directory('cases')).filter((c) => words.length === 0 || words.some((w) => c.id.includes(w)));
  for (const [name, group] of Map.groupBy(cases, (c) => c.config)) {
    const config = loadConfig(directory('configs'), name);
    if ([...config.upstreams.values()].includes('redis')) continue;
    const [a, b] = await Promise.all([start(config, [envoy.path]), start(config, envoyletCommand())]);
    try {
      if (onlyNames) {
        const [x, y] = await Promise.all([numbers(a), numbers(b)]);
        console.log(`\n== ${name}`);
        for (const n of [...x.keys()].filter((n) => !y.has(n)).sort()) console.log(`missing ${n}`);
        for (const n of [...y.keys()].filter((n) => !x.has(n)).sort()) console.log(`extra ${n}`);
      } else for (const c of group) if (c.difference === '') await compareCase(c, a, b);
    } finally {
      await Promise.all([a.stop(), b.stop()]);
    }
  }
  for (const [name, list] of [...found].sort((p, q) => (p[0] < q[0] ? -1 : 1))) {
    console.log(`${name}\n${list.map((l) => `    ${l}`).join('\n')}`);
  }
}

await main();
