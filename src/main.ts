#!/usr/bin/env node
/**
 * The executable: argv → a command. Nothing of the proxy itself is loaded for `--help`, `--version` or a wrong argument.
 */
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

/** package.json says more exactly; below this the bundle cannot even be parsed by what it needs. */
const OLDEST_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(`envoylet needs Node ${OLDEST_NODE} or newer, this is ${process.version}\n`);
  process.exit(1);
}

// Bytecode that the build left beside the bundle (build/compile-cache.ts): a tenth to a fifth less CPU until we serve. V8
// keeps what was compiled under other settings or by another version apart, so it can be of no use but never wrong.
const directory = fileURLToPath(new URL('./compile-cache', import.meta.url));
if (existsSync(directory)) {
  try {
    // `portable`: the bundle may be moved after the build. Versions before 24.12 know only a path that stays.
    nodeModule.enableCompileCache({ directory, portable: true });
  } catch {
    // Not worth a word: everything is compiled as usual.
  }
}

const program = process.argv[1];
const argv = process.argv.slice(2);
const { run } = await import('./cli/run.ts');
await run(program, argv);
