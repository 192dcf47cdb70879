/**
 * `npm run build`: src/main.ts → dist/envoylet.js and dist/chunks/. What is imported dynamically becomes a chunk that
 * loads on demand; the build fails when one of the libraries meant to load on demand slips into what every start loads.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { EXTENSIONS, type Extension } from '../src/extensions.ts';
import { buildInfo } from './build-info.ts';
import { writeCodeCache } from './code-cache.ts';
import { refuseCycles, staticImports, toCommonJs, URL_NAME } from './commonjs.ts';
import { launched } from './launched.ts';
import { startCost } from './start-cost.ts';

/** The admin's pages that are large or asked for regularly, and what they load; these share admin.code.js. */
const ADMIN = [
  'src/admin/pages/ready.ts',
  'src/admin/pages/stats.ts',
  'src/admin/prometheus-page.ts',
  'src/admin/process-metrics.ts',
  'src/admin/stats-render.ts',
  'src/admin/pages/clusters.ts',
  'src/admin/pages/config-dump.ts',
  'src/admin/endpoints-dump.ts',
  'src/admin/pages/listeners.ts',
  'src/admin/pages/server-info.ts',
];
/** What a serving process may need at once, by what imports it dynamically; with all they import these share core.code.js. */
const CORE = [
  'src/cli/run.ts',
  'src/cli/serve.ts',
  'src/config/load.ts',
  'src/server/server.ts',
  ...EXTENSIONS.filter((row) => row.core).map(modulePath),
];

/**
 * Bytes of the core's text. Every start reads it and the bytecode made of it (some 7 ms for a megabyte of bytecode): what not every start needs
 * is a module of its own, by a row of extensions.ts or an `import()`. Raised only with what it costs (docs/performance.md).
 */
const CORE_BUDGET = 920 * 1024;

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const { commit, status } = buildInfo(root);

rmSync(outdir, { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  // A worker thread is started from its own file beside the chunks (src/server/workers.ts).
  entryPoints: { envoylet: 'src/main.ts', worker: 'src/server/worker-main.ts' },
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  chunkNames: 'chunks/[name]-[hash]',
  // Identifiers stay readable in stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  plugins: [startCost],
  define: {
    BUILD_COMMIT: JSON.stringify(commit),
    BUILD_STATUS: JSON.stringify(status),
    BUILD_VERSION: JSON.stringify(version),
    'import.meta.url': URL_NAME,
  },
  logLevel: 'warning',
});
refuseCycles(metafile.outputs);
const below = (path: string): string => relative(outdir, path).replaceAll('\\', '/');
const texts = new Map(outputFiles.map(({ path, text }) => [below(path), text]));
const core = sharing(metafile, CORE);
const admin = new Set([...sharing(metafile, ADMIN)].filter((name) => !core.has(name)));
const paths = (names: ReadonlySet<string>): Set<string> =>
  new Set([...names].map((name) => name.slice('dist/'.length)));
const scripts = new Map([
  ['core', paths(core)],
  ['admin', paths(admin)],
]);
for (const [path, text] of toCommonJs(texts, scripts)) {
  mkdirSync(dirname(join(outdir, path)), { recursive: true });
  writeFileSync(join(outdir, path), path === 'envoylet.js' ? launched(root, text) : offHeap(path, text));
}
copyFileSync(join(root, 'build/core-cache.cjs'), join(outdir, 'core-cache.js'));
const digest = createHash('sha256')
  .update(readFileSync(join(outdir, 'core.code.js')))
  .digest('hex')
  .slice(0, 16);
writeFileSync(
  join(outdir, 'core.js'),
  readFileSync(join(root, 'build/core-loader.cjs'), 'utf8').replace('BUILD_DIGEST', digest),
);
copyFileSync(join(root, 'build/script-loader.cjs'), join(outdir, 'admin.js'));
// The package above is one of ES modules.
writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
chmodSync(join(outdir, 'envoylet.js'), 0o755);
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licences(metafile));
report(metafile, core, admin);
await writeCodeCache(root);

/**
 * Node keeps a text of this many bytes outside V8's heap (EXTERN_APEX of its string_bytes.cc). A shorter one is in the nursery: with it a
 * start collects more often, 3 ms each, and the nursery stays twice as large for good: 64 KiB answers at half the rate, 50 full collections in
 * 4 s instead of 9 (measured; src/process/v8-settings.ts keeps it from growing later).
 */
function offHeap(path: string, text: string): string {
  return path === 'core.code.js' ? text.padEnd(0xfbee9, '\n') : text;
}

/** What a row of extensions.ts imports: its own source says it. */
function modulePath(row: Extension): string {
  const path = /import\(["']\.\/([^"']+)["']\)/.exec(String(row.load))?.[1];
  if (path === undefined) throw new Error(`extensions.ts: no module in the row of ${row.typeUrl}`);
  return `src/${path}`;
}

function kb(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** The outputs that share a script with those of these sources. */
function sharing(meta: Metafile, sources: readonly string[]): Set<string> {
  const entries = Object.entries(meta.outputs).filter(([, o]) => sources.includes(o.entryPoint ?? ''));
  return closure(
    meta,
    entries.map(([name]) => name),
  );
}

/** Outputs and all they import statically. */
function closure(meta: Metafile, names: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    queue.push(...staticImports(meta.outputs[name]));
  }
  return seen;
}

function packageOf(input: string): string | undefined {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const words = input.slice(at + 'node_modules/'.length).split('/');
  return words[0].startsWith('@') ? `${words[0]}/${words[1]}` : words[0];
}

function report(meta: Metafile, core: ReadonlySet<string>, admin: ReadonlySet<string>): void {
  const bytes = (names: readonly string[]): number => names.reduce((sum, n) => sum + meta.outputs[n].bytes, 0);
  const size = (names: readonly string[]): string => kb(bytes(names));
  console.log(`core: ${core.size} chunks, ${size([...core])}`);
  if (bytes([...core]) > CORE_BUDGET) {
    console.error(`the core is larger than ${kb(CORE_BUDGET)}: load on demand what not every start needs`);
    process.exitCode = 1;
  }
  console.log(`admin: ${admin.size} chunks, ${size([...admin])}`);
  console.log(`on demand: ${size(Object.keys(meta.outputs).filter((n) => !core.has(n) && !admin.has(n)))}`);
  const libraries = new Map<string, Set<string>>();
  for (const [name, output] of Object.entries(meta.outputs)) {
    for (const input of Object.keys(output.inputs)) {
      const library = packageOf(input);
      if (library !== undefined) libraries.set(library, (libraries.get(library) ?? new Set()).add(name));
    }
  }
  for (const [library, outputs] of libraries) {
    console.log(`  ${library}: ${[...outputs].map((o) => `${o} ${kb(meta.outputs[o].bytes)}`).join(', ')}`);
    if ([...outputs].some((o) => core.has(o))) {
      console.error(`${library} would be in the core; import it dynamically`);
      process.exitCode = 1;
    }
  }
}

/** The licences of what is inside the bundle must travel with it. */
function licences(meta: Metafile): string {
  const names = new Set(Object.keys(meta.inputs).map(packageOf));
  let text = '';
  for (const name of [...names].filter((n) => n !== undefined).sort()) {
    const dir = join(root, 'node_modules', name);
    const file = existsSync(dir) ? readdirSync(dir).find((f) => /^licen[cs]e/i.test(f)) : undefined;
    text += `${name}\n\n${file === undefined ? 'see its package.json' : readFileSync(join(dir, file), 'utf8')}\n\n`;
  }
  return text;
}
