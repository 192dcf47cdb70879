/**
 * What may stand in a cluster, field by field: bounds, what excludes what, what a type wants. The verdicts in verdicts.jsonl are real Envoy
 * 1.40's (`--mode validate`), some of them measured again here; `says` is its sentence, `differs` what is said here instead (docs/behaviour.md
 * C30, U95, U96, U97, and what this release does not have), TAKEN: nothing. Whatever is refused has its line and column.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { loadBootstrap } from '../../src/config/load.ts';
import { ConfigError, type ConfigProblem } from '../../src/config/problem.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { problemsOf } from '../server/whole.ts';
import { findEnvoy } from '../tools/oracles.ts';

setAllLevels(LEVELS.indexOf('off'));

interface Case {
  /** Fields of the cluster `c`. */
  readonly cluster: string;
  /** Fields of the bootstrap before it. */
  readonly top?: string;
  readonly refused?: true;
  readonly says?: string;
  readonly differs?: string;
}

const TAKEN = 'TAKEN';
const cases = readFileSync(new URL('verdicts.jsonl', import.meta.url), 'utf8')
  .replaceAll('@ext/', 'type.googleapis.com/envoy.extensions.')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

function configOf({ cluster, top = '' }: Case): string {
  const fields = cluster.replaceAll(/^/gm, '    ');
  return `${top}\nstatic_resources:\n  clusters:\n  - name: c\n    connect_timeout: 1s\n${fields}\n`;
}

async function problems(yaml: string): Promise<readonly ConfigProblem[]> {
  try {
    return await problemsOf(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

t.test('every verdict is the one that was measured, and everything that is refused has its place', async (t) => {
  for (const c of cases) {
    const found = await problems(configOf(c));
    const title = `${c.top ?? ''} ${c.cluster}`;
    const refused = c.differs === undefined ? c.refused === true : c.differs !== TAKEN;
    t.equal(found.length > 0, refused, title);
    const wanted = c.differs ?? c.says;
    if (refused && wanted !== undefined) {
      t.ok(
        found.some((p) => p.message.includes(wanted)),
        `${title}: ${found.map((p) => p.message).join(' | ')}, not: ${wanted}`,
      );
    }
    t.ok(
      found.every((p) => p.line > 0 && p.column > 0),
      `${title}: a place`,
    );
  }
});

t.test('judged as Envoy, what it starts with is no problem', async (t) => {
  for (const c of cases) {
    if (c.refused === true) continue;
    const load = loadBootstrap({ yaml: configOf(c), asEnvoy: true, strict: true, keepGoing: true });
    const found = await load.then((l) => l.problems).catch((error: ConfigError) => error.problems);
    t.same(
      found.map((p) => p.message),
      [],
      `${c.top ?? ''} ${c.cluster}`,
    );
  }
});

/** Of so many one is measured again. */
const STEP = 24;
const envoy = findEnvoy(false);
t.test('what was measured holds', { skip: 'missing' in envoy ? envoy.missing : false }, async (t) => {
  if ('missing' in envoy) return;
  for (let i = 0; i < cases.length; i += STEP) {
    const c = cases[i];
    const args = ['--mode', 'validate', '--config-yaml', configOf(c), '-l', 'critical', '--disable-hot-restart'];
    const { status, stderr, stdout } = spawnSync(envoy.path, args, { encoding: 'utf8', timeout: 60_000 });
    t.equal(status === 0, c.refused !== true, c.cluster);
    if (c.says !== undefined) t.match(stderr + stdout, c.says, c.cluster);
  }
});
