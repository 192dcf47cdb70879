#!/usr/bin/env node
/**
 * The executable: argv → a command. Nothing of the proxy itself is loaded for `--help`, `--version` or a wrong argument.
 */
import { applyV8Settings } from './cli/v8-settings.ts';

applyV8Settings();

const program = process.argv[1];
const argv = process.argv.slice(2);
const { run } = await import('./cli/run.ts');
await run(program, argv);
