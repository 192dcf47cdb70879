#!/usr/bin/env node
/**
 * The executable: argv → a command. Nothing of the proxy itself is loaded for `--help`, `--version` or a wrong argument.
 */

/** package.json says more exactly; below this the bundle cannot even be parsed by what it needs. */
const OLDEST_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(`envoylet needs Node ${OLDEST_NODE} or newer, this is ${process.version}\n`);
  process.exit(1);
}

const program = process.argv[1];
const argv = process.argv.slice(2);
// No top-level await: the bundle is CommonJS.
import('./cli/run.ts').then(({ run }) => run(program, argv));
