/**
 * `npm run build`: src/main.ts → dist/envoylet.js and dist/chunks/. What is imported dynamically becomes a chunk that
 * loads on demand; the build fails when one of the libraries meant to load on demand slips into what every start loads.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

import { fillCompileCache } from './compile-cache.ts';
import { startCost } from './start-cost.ts';

/** Loaded by whatever serves: the config, the server, and HTTP, which the admin listener speaks. */
const SERVING = [
  'src/config/load.ts',
  'src/server/server.ts',
  'src/http/connection-manager.ts',
  'src/http/filters/router.ts',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  // A worker thread is started from its own file beside the chunks (src/server/workers.ts).
  entryPoints: { envoylet: 'src/main.ts', worker: 'src/server/worker-main.ts' },
  outdir: 'dist',
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
  plugins: [startCost(root, SERVING)],
  // CommonJS libraries ask for Node's modules with require(); only chunks that hold one get it.
  inject: [join(root, 'build/require.js')],
  define: {
    BUILD_COMMIT: JSON.stringify(git('rev-parse', 'HEAD') || '0'.repeat(40)),
    BUILD_STATUS: JSON.stringify(git('status', '--porcelain', '--untracked-files=no') === '' ? 'Clean' : 'Modified'),
    BUILD_VERSION: JSON.stringify(version),
  },
  logLevel: 'warning',
});
chmodSync(join(outdir, 'envoylet.js'), 0o755);
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licences(metafile));
report(metafile);
await fillCompileCache(root);

function kb(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** Outputs loaded before the first dynamic import. */
function startSet(meta: Metafile): Set<string> {
  const seen = new Set<string>();
  const queue = ['dist/envoylet.js'];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const i of meta.outputs[name].imports) if (i.kind === 'import-statement' && !i.external) queue.push(i.path);
  }
  return seen;
}

function packageOf(input: string): string | undefined {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const words = input.slice(at + 'node_modules/'.length).split('/');
  return words[0].startsWith('@') ? `${words[0]}/${words[1]}` : words[0];
}

function report(meta: Metafile): void {
  const start = startSet(meta);
  const bytesAt = (names: Iterable<string>): number => [...names].reduce((sum, n) => sum + meta.outputs[n].bytes, 0);
  console.log(`loaded by every start: ${start.size} files, ${kb(bytesAt(start))}`);
  console.log(`on demand: ${kb(bytesAt(Object.keys(meta.outputs)) - bytesAt(start))}`);
  const libraries = new Map<string, Set<string>>();
  for (const [name, output] of Object.entries(meta.outputs)) {
    for (const input of Object.keys(output.inputs)) {
      const library = packageOf(input);
      if (library !== undefined) libraries.set(library, (libraries.get(library) ?? new Set()).add(name));
    }
  }
  for (const [library, outputs] of libraries) {
    console.log(`  ${library}: ${[...outputs].map((o) => `${o} ${kb(meta.outputs[o].bytes)}`).join(', ')}`);
    if ([...outputs].some((o) => start.has(o))) {
      console.error(`${library} would be loaded by every start; import it dynamically`);
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
