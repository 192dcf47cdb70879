/**
 * The layers of src/: a room imports only from itself and from rooms below it, types included, so that no rooms form a cycle. Held by
 * Biome's noRestrictedImports, which is given the rules that follow from the one list here.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../..', import.meta.url));
const BIOME = join(root, 'node_modules/.bin/biome');

/** From the top. `main.ts` stands above all; `extensions.ts`, which imports nothing but types and loads everything on demand, may be read by all. Neither is a room. */
const LAYERS: readonly string[] = [
  'cli',
  'demo',
  'server',
  'admin',
  'listener',
  'http/connection',
  'http/filters',
  'stat-sinks',
  'tracers',
  'http/router',
  'udp',
  'tcp',
  'redis',
  'http/stream',
  'access-log',
  'http/health-checks',
  'grpc',
  'http/route',
  'tls',
  'cel',
  'http/headers',
  'http/compression',
  'tracing',
  'format',
  'extension',
  'upstream',
  'http/protocol-options',
  'secrets',
  'runtime',
  'config',
  'transport',
  'codec',
  'stats',
  'process',
  'log',
  'platform',
];

const rooms = (folder: string): string[] =>
  readdirSync(join(root, 'src', folder), { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => (folder === '' ? e.name : `${folder}/${e.name}`));

/** How a file of `from` names what is in `room`. */
function specifiers(from: string, room: string): string {
  const [parent, name] = room.split('/');
  return name !== undefined && from.startsWith(`${parent}/`) ? `../${name}/**` : `../**/${room}/**`;
}

interface Finding {
  readonly category: string;
  readonly location: { readonly path: string; readonly start?: { readonly line: number } };
  readonly message: string;
}

/** What Biome finds wrong with the files under `directory`/src by the rules that follow from the list. */
function findings(directory: string): string[] {
  const temporary = mkdtempSync(join(tmpdir(), 'layers-'));
  const overrides = LAYERS.slice(1).map((room, i) => ({
    includes: [`**/src/${room}/**`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: {
            level: 'error',
            options: {
              patterns: [
                { group: LAYERS.slice(0, i + 1).map((above) => specifiers(room, above)), message: `${room} is below` },
              ],
            },
          },
        },
      },
    },
  }));
  const config = {
    root: true,
    formatter: { enabled: false },
    assist: { enabled: false },
    linter: {
      enabled: true,
      rules: { recommended: false },
    },
    overrides,
  };
  try {
    writeFileSync(join(temporary, 'biome.json'), JSON.stringify(config));
    const { stdout, stderr } = spawnSync(
      BIOME,
      ['lint', `--config-path=${temporary}`, '--reporter=json', '--max-diagnostics=none', 'src'],
      { cwd: directory, encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    if (!stdout.includes('"diagnostics"')) throw new Error(stderr);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] };
    return diagnostics.map((d) => `${d.location.path}:${d.location.start?.line ?? 0} ${d.category}: ${d.message}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

t.test('every folder has its place in the list', async (t) => {
  const all = [...rooms('').filter((r) => r !== 'http'), ...rooms('http')];
  t.same(
    all.filter((r) => !LAYERS.includes(r)),
    [],
  );
  t.same(
    LAYERS.filter((r) => !all.includes(r)),
    [],
  );
});

t.test('a room imports from itself and from rooms below', async (t) => {
  t.same(findings(root), []);
});

t.test('an import upwards, of a type, of a value or on demand, would be found', async (t) => {
  const directory = t.testdir({
    src: {
      tcp: {
        'a.ts': "import type { A } from '../server/server.ts';\nexport type B = A;\n",
        'b.ts': "export const load = (): Promise<unknown> => import('../listener/listener.ts');\n",
      },
      http: {
        stream: { 'e.ts': "import { x } from '../connection/x.ts';\nexport const y = x;\n" },
        connection: { 'x.ts': "import '../stream/f.ts';\nexport const x = 1;\n" },
      },
      server: { 'server.ts': "import '../tcp/b.ts';\nexport interface A { a: string }\n" },
    },
  });
  mkdirSync(join(directory, 'src/listener'));
  writeFileSync(join(directory, 'src/listener/listener.ts'), 'export const l = 1;\n');
  const files = findings(directory).map((f) => f.split(':')[0]);
  t.same(files.sort(), ['src/http/stream/e.ts', 'src/tcp/a.ts', 'src/tcp/b.ts']);
});
