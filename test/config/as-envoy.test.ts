/**
 * `validate --for envoy` gives real Envoy's verdict: one valid config, and 460 with one thing changed each (a field out of its range or
 * missing, a name twice, things that exclude each other). The verdicts and sentences in as-envoy/cases.jsonl were measured with
 * `envoy --mode validate` of 1.40; some of them are measured again here. `otherWords`: the same verdict in other words (Envoy prints
 * the message's text, or what its JSON parser says). `differs`: why the verdict is another.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadBootstrap } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { findEnvoy } from '../tools/oracles.ts';

interface Case {
  readonly name: string;
  /** Path from the root and the new value; without one the field is taken away. */
  readonly set: readonly (readonly [path: string, value?: unknown])[];
  /** What Envoy says; absent: it starts. */
  readonly envoy?: string;
  readonly otherWords?: boolean;
  readonly differs?: string;
}

const read = (name: string): string => readFileSync(new URL(`as-envoy/${name}`, import.meta.url), 'utf8');
const cases = read('cases.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

/** `{ repeat, times }` stands for a long text. */
const long = (_: string, v: unknown): unknown => {
  const { repeat, times } = Object(v) as { repeat?: unknown; times?: number };
  return typeof repeat === 'string' ? repeat.repeat(times ?? 0) : v;
};

function configOf(c: Case): string {
  const config = JSON.parse(read('base.json')) as Record<string, unknown>;
  for (const [path, value] of c.set) {
    const keys = path.split('/');
    const last = keys.pop() as string;
    let at = config;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  return JSON.stringify(JSON.parse(JSON.stringify(config), long), null, 1);
}

const folder = t.testdir({});
function fileOf(c: Case): string {
  const file = join(folder, `${c.name}.json`);
  writeFileSync(file, configOf(c));
  return file;
}

async function sentences(file: string): Promise<string[]> {
  try {
    const { problems } = await loadBootstrap({ path: file, asEnvoy: true, strict: true, keepGoing: true });
    return problems.flatMap((p) => [p.message, p.envoy ?? '']);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.flatMap((p) => [p.message, p.envoy ?? '']);
    throw error;
  }
}

t.test('every verdict is the one that was measured', async (t) => {
  for (const c of cases) {
    const said = await sentences(fileOf(c));
    if (c.differs !== undefined) t.not(said.length > 0, c.envoy !== undefined, `${c.name} differs no more`);
    else if (c.envoy === undefined) t.same(said, [], c.name);
    else if (c.otherWords) t.ok(said.length > 0, c.name);
    else t.ok(said.includes(c.envoy), `${c.name}: ${said.join(' | ')}, not: ${c.envoy}`);
  }
});

const STEP = 16;
const envoy = findEnvoy(false);
t.test('what was measured holds', { skip: 'missing' in envoy ? envoy.missing : false }, async (t) => {
  if ('missing' in envoy) return;
  for (let i = 0; i < cases.length; i += STEP) {
    const c = cases[i];
    const args = ['--mode', 'validate', '-c', fileOf(c), '-l', 'critical'];
    const { status, stderr, stdout } = spawnSync(envoy.path, args, { encoding: 'utf8', timeout: 60_000 });
    t.equal(status === 0, c.envoy === undefined, c.name);
    if (c.envoy !== undefined && !c.otherWords) t.match(stderr + stdout, c.envoy, c.name);
  }
});

t.test('a certificate and what it may be trusted by', async (t) => {
  const tls = (kind: string, common: object, more: object = {}): unknown => ({
    name: 'tls',
    typed_config: {
      '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${kind}`,
      common_tls_context: common,
      ...more,
    },
  });
  const san = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'a' } }] };
  const sds = { name: 'ca', sds_config: { ads: {} } };
  const upstream = 'static_resources/clusters/0/transport_socket';
  const combined = {
    combined_validation_context: { default_validation_context: san, validation_context_sds_secret_config: sds },
  };
  const set: Case['set'] = [[upstream, tls('UpstreamTlsContext', combined)]];
  t.same(await sentences(fileOf({ name: 'combined', set })), [], 'the authority comes by SDS');
});
