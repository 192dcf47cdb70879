/**
 * Which host gets how much, and which key goes where: the same clusters in envoylet and in real Envoy at the same time, over the same hosts, so that
 * hashes are the same too. Where Envoy draws by chance, both must be near the share that its documentation says: six standard deviations, which
 * one run in hundreds of millions exceeds; where it takes turns, both must be exact; where it hashes, both choose the same for each key.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePort } from '../../support/ports.ts';
import { envoyletCommand, startProxy } from '../../support/proxy-process.ts';
import { findEnvoy } from '../../tools/oracles.ts';
import { BOUNDED, BOUNDED_REQUESTS, configOf, NOBODY, ROWS, type Row, type Shares } from './shares-rows.ts';
import { BATCH, Hosts, Side } from './shares-sides.ts';

t.setTimeout(120_000);

const REQUESTS = 1000;
/** … of a row in which hosts take turns. */
const TURNS = 200;
/** … where nobody gets any. */
const FEW = 50;
const DEVIATIONS = 6;

function counts(letters: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const letter of letters) found[letter] = (found[letter] ?? 0) + 1;
  return found;
}

async function shared(t: Test, side: Side, row: Row): Promise<void> {
  const { held, clients } = await side.hold(row.name, row.holds ?? 0);
  const wanted = typeof row.shares === 'function' ? row.shares(counts(held)) : (row.shares as Shares);
  // Envoy 1.40 forgets requests that wait behind an answer of its own until more is sent.
  const [n, atOnce] = wanted[NOBODY] === 1 ? [FEW, 1] : [row.turns === undefined ? REQUESTS : TURNS, BATCH];
  const got = counts(await side.ask(row.name, new Array<string>(n).fill(row.headers ?? ''), atOnce));
  for (const c of clients) c.close();
  for (const letter of new Set([...Object.keys(got), ...Object.keys(wanted)])) {
    const part = wanted[letter] ?? 0;
    const bound = row.turns ?? DEVIATIONS * Math.sqrt(n * part * (1 - part)) + 1;
    const is = got[letter] ?? 0;
    const allowed = part === 0 ? 0 : bound;
    t.ok(
      Math.abs(is - n * part) <= allowed + 1e-6,
      `${side.name}: ${letter} has ${is} of ${n}, should have ${(n * part).toFixed(1)} ± ${allowed.toFixed(1)}${held === '' ? '' : ` where ${held} wait`}`,
    );
  }
}

const envoy = findEnvoy(false);
t.test('beside real Envoy', { skip: 'missing' in envoy ? envoy.missing : false }, async (t) => {
  if ('missing' in envoy) return;
  const upstream = new Hosts();
  await upstream.start();
  t.teardown(() => upstream.stop());
  const folder = t.testdir({});
  const begin = async (name: string, command: readonly string[], more: readonly string[]): Promise<Side> => {
    const [listen, admin] = [await freePort(), await freePort()];
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(configOf(upstream.port, listen, admin)));
    const args = ['-c', path, '--concurrency', '1', '-l', 'warning', ...more];
    const child = await startProxy({ command, args, adminPort: admin });
    return new Side(name, child, listen, admin, upstream);
  };
  const ours = await begin('envoylet', envoyletCommand(), []);
  t.teardown(() => ours.child.stop());
  const theirs = await begin('envoy', [envoy.path], ['--disable-hot-restart']);
  t.teardown(() => theirs.child.stop());

  for (const row of ROWS) {
    if (row.keys === undefined) {
      t.test(`${row.name}: shares`, async (t) => {
        await Promise.all([ours, theirs].map((side) => shared(t, side, row)));
      });
      continue;
    }
    t.test(`${row.name}: the same host for the same key`, async (t) => {
      const keys = Array.from({ length: row.keys as number }, (_, i) => `x-key: key-${i}`);
      const [own, real] = await Promise.all([ours.ask(row.name, keys), theirs.ask(row.name, keys)]);
      t.equal(own, real);
      t.ok(new Set(real).size > 1 && !real.includes(NOBODY), 'several hosts have some');
    });
  }
  for (const { name } of BOUNDED) {
    t.test(`${name}: the same hosts in the same order when the first has enough`, async (t) => {
      for (const key of ['one', 'two', 'three']) {
        const [own, real] = await Promise.all(
          [ours, theirs].map((side) => side.hold(name, BOUNDED_REQUESTS, `x-key: ${key}`)),
        );
        t.equal(own.held, real.held, key);
        t.ok(new Set(real.held).size > 1, 'several hosts');
        for (const c of [...own.clients, ...real.clients]) c.close();
        await Promise.all([ours, theirs].map((side) => side.idle(name)));
      }
    });
  }
});
