/** envoylet as it is shipped, without the types and in few files: from the sources Node itself needs 30 MB more. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Test } from 'tap';

/** The command that starts it; `ENVOYLET_CMD` where that is set. Gone when the test ends. */
export async function bundledCommand(t: Pick<Test, 'teardown'>): Promise<string[]> {
  const given = process.env.ENVOYLET_CMD?.split(' ').filter((word) => word !== '');
  if (given !== undefined && given.length > 0) return given;
  const outdir = mkdtempSync(join(tmpdir(), 'envoylet-bundled-'));
  t.teardown(() => rmSync(outdir, { recursive: true }));
  await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: { envoylet: 'src/main.ts', worker: 'src/server/worker-main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'error',
  });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }\n');
  return [process.execPath, join(outdir, 'envoylet.js')];
}
