/**
 * `npm run conformance [-- words…]`: plays every case through real Envoy 1.40 and through envoylet and compares what all
 * peers saw. One pair of proxies per shared config; a few configs at a time. README.md describes the cases.
 */
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from '../support/child.ts';
import { envoyletCommand } from '../support/proxy-process.ts';
import { findEnvoy, haveRedis } from '../tools/oracles.ts';
import { type Case, loadCases } from './case.ts';
import { difference, judge, render } from './compare.ts';
import { loadConfig, type SharedConfig } from './config.ts';
import { ScriptError } from './peer.ts';
import { Side } from './side.ts';

/** Configs at a time; each is two proxies. */
const POOL = 3;
/** `--slow` names cases that take longer. */
const SLOW_MS = 500;
const directory = (name: string): string => fileURLToPath(new URL(`${name}/`, import.meta.url));

interface Totals {
  passed: number;
  failed: string[];
  /** The same only at the second try. */
  unsteady: string[];
  skipped: string[];
}

// A fifth of a second of CPU for each proxy that is started.
process.env.ENVOYLET_WARM_UP ??= 'off';
const words = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const flag = (name: string): boolean => process.argv.includes(name);

async function main(): Promise<number> {
  const cases = loadCases(directory('cases')).filter((c) => words.length === 0 || words.some((w) => c.id.includes(w)));
  if (flag('--list')) {
    for (const c of cases) console.log(`${c.id}: ${c.title}`);
    return 0;
  }
  const envoy = findEnvoy(process.env.ENVOYLET_TEST_INSTALL !== 'no');
  if ('missing' in envoy) {
    console.log(`${envoy.missing}: nothing to compare with`);
    console.log(`0 passed, 0 failed, ${cases.length} skipped`);
    return 0;
  }
  const binary = await behindShims(envoy.path);
  const groups = Map.groupBy(cases, (c) => c.config);
  const redis = haveRedis(process.env.ENVOYLET_TEST_INSTALL !== 'no');
  const totals: Totals = { passed: 0, failed: [], unsteady: [], skipped: [] };
  const queue = [...groups];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const config = loadConfig(directory('configs'), next[0]);
      if (!redis && [...config.upstreams.values()].includes('redis')) {
        for (const c of next[1]) totals.skipped.push(`${c.id}: no redis-server`);
      } else await runGroup(config, next[1], [binary], totals);
    }
  };
  await Promise.all(Array.from({ length: POOL }, worker));
  await again(groups, [binary], totals);
  for (const reason of totals.skipped) console.log(`skipped: ${reason}`);
  for (const id of totals.unsteady) console.log(`unsteady: ${id}`);
  for (const id of totals.failed) console.log(`failed: ${id}`);
  console.log(`${totals.passed} passed, ${totals.failed.length} failed, ${totals.skipped.length} skipped`);
  return totals.failed.length === 0 ? 0 : 1;
}

/** Configs with a failed case, up to this many, are played once more from their start when nothing else runs. */
const MAX_AGAIN = 5;

async function again(groups: ReadonlyMap<string, Case[]>, envoy: string[], totals: Totals): Promise<void> {
  const failed = [...groups].filter(([, cases]) => cases.some((c) => totals.failed.includes(c.id)));
  if (failed.length > MAX_AGAIN) return;
  for (const [name, cases] of failed) {
    console.log(`\nonce more, alone: ${name}`);
    const second: Totals = { passed: 0, failed: [], unsteady: [], skipped: [] };
    await runGroup(loadConfig(directory('configs'), name), cases, envoy, second);
    for (const { id } of cases) {
      if (!totals.failed.includes(id) || second.failed.includes(id)) continue;
      totals.failed = totals.failed.filter((other) => other !== id);
      totals.unsteady.push(id);
      totals.passed++;
    }
  }
}

async function runGroup(config: SharedConfig, cases: Case[], envoy: string[], totals: Totals): Promise<void> {
  const ours = envoyletCommand();
  const self = /(^|\/)envoy$/.test(ours[0]!);
  const starts = await Promise.allSettled([Side.start(config, envoy), Side.start(config, self ? envoy : ours)]);
  const sides = starts.map((s) => (s.status === 'fulfilled' ? s.value : undefined));
  const [a, b] = sides;
  if (config.pending && !self) {
    await Promise.all(sides.map((s) => s?.stop()));
    pending(config, cases, b !== undefined, totals);
    return;
  }
  for (const start of starts)
    if (start.status === 'rejected') console.log(`config ${config.name}: ${(start.reason as Error).message}`);
  for (const c of cases) {
    if (self && c.difference !== '') {
      totals.skipped.push(`${c.id}: a difference kept on purpose`);
      continue;
    }
    const wrong = a === undefined || b === undefined ? 'a proxy did not start' : await settle(c, a, b, totals);
    if (wrong === '') totals.passed++;
    else {
      totals.failed.push(c.id);
      console.log(`\nnot the same: ${c.id}: ${c.title}\n${wrong}`);
    }
  }
  const output = await Promise.all(sides.map((s) => s?.stop()));
  if (flag('--log')) console.log(`output of envoylet on ${config.name}:\n${output[1]}`);
}

/** The config has what envoylet does not do yet, and must be refused: once it starts, the mark has to go. */
function pending(config: SharedConfig, cases: Case[], started: boolean, totals: Totals): void {
  if (started) {
    console.log(`config ${config.name} is marked as pending and starts: take the mark away`);
    totals.failed.push(`config ${config.name}`);
  } else totals.skipped.push(`config ${config.name}: ${cases.length} cases wait for what it needs`);
}

/**
 * A case that comes out wrong is played once more: two programs on a busy machine can see packets in another order. What is wrong in
 * one of them is wrong again; what was right at the second try is said, with the first difference.
 */
async function settle(c: Case, envoy: Side, envoylet: Side, totals: Totals): Promise<string> {
  const first = await runCase(c, envoy, envoylet);
  if (first === '' || !envoylet.alive) return first;
  const second = await runCase(c, envoy, envoylet);
  if (second !== '') return first;
  totals.unsteady.push(c.id);
  console.log(`\nthe same only at the second try: ${c.id}: ${c.title}\n${first}`);
  return '';
}

async function runCase(c: Case, envoy: Side, envoylet: Side): Promise<string> {
  const began = performance.now();
  const [a, b] = await Promise.allSettled([envoy.run(c), envoylet.run(c)]);
  const took = performance.now() - began;
  if (flag('--slow') && took > SLOW_MS) console.log(`${Math.round(took)} ms: ${c.id}`);
  const broken: string[] = [];
  if (a.status === 'rejected') broken.push(`envoy: ${reason(a.reason)}`);
  if (b.status === 'rejected') broken.push(`envoylet: ${reason(b.reason)}`);
  if (!envoylet.alive) broken.push('envoylet ended by itself');
  if (a.status === 'rejected' || b.status === 'rejected') {
    const shown = a.status === 'fulfilled' ? render(a.value, envoy.ports) : [];
    return [...broken, ...shown.map((line) => `  envoy: ${line}`)].join('\n');
  }
  const lines = [render(a.value, envoy.ports), render(b.value, envoylet.ports)] as const;
  const wrong = [...broken, judge(c, ...lines)].filter((text) => text !== '').join('\n');
  if (flag('--show') && wrong === '') console.log(`\n${c.id}: ${c.title}\n${difference(...lines).join('\n')}`);
  return wrong;
}

function reason(error: unknown): string {
  if (error instanceof ScriptError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The binary a version manager's shim would start: half a second less for every start. */
async function behindShims(path: string): Promise<string> {
  const child = new Child(path, ['--mode', 'init_only', '--config-yaml', '{}', '--disable-hot-restart', '-l', 'off']);
  let found = path;
  for (let tries = 0; tries < 200 && child.exited === undefined; tries++) {
    try {
      const exe = readlinkSync(`/proc/${child.process.pid}/exe`);
      if (exe.endsWith('/envoy')) found = exe;
    } catch {
      // Not Linux, or it has ended.
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await child.stop();
  return found;
}

process.exitCode = await main();
