/** argv → a command of commands.ts, or Envoy's flags; prints what the command line itself asked for and sets the exit code. */
import { COMMANDS } from './commands.ts';
import { CliExit, type Options, parseOptions } from './options.ts';

/** Ends the process by itself when there is nothing to serve. */
export async function run(program: string, argv: readonly string[]): Promise<void> {
  let options: Options;
  try {
    const command = COMMANDS.find((c) => c.name === argv[0]);
    if (command !== undefined) {
      process.exit(await command.run(program, argv.slice(1), { parseOptions, serve }));
    }
    options = parseOptions(program, argv);
  } catch (error) {
    if (!(error instanceof CliExit)) throw error;
    // Written synchronously even into pipes: nothing else of ours runs after this.
    if (error.stdout !== '') process.stdout.write(error.stdout);
    if (error.stderr !== '') process.stderr.write(error.stderr);
    process.exitCode = error.code;
    return;
  }
  // Idle upstream connections or timers of a library must not keep a stopped proxy alive.
  process.exit(await serve(options));
}

/** Loaded only where something is served. */
async function serve(options: Options, ready?: () => void): Promise<number> {
  return (await import('./serve.ts')).serve(options, ready);
}
