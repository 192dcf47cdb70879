/**
 * The commands beyond Envoy's flags: `envoylet <name> …`. Envoy takes no positional arguments, so a first word without
 * a dash is free. A new command is one file and one row.
 */
import type { Options } from './options.ts';

/** What a command may ask of the command line; handed in, because commands live in layers below it. */
export interface CommandTools {
  /** argv → options. Throws CliExit for --help, --version and a wrong argument. */
  readonly parseOptions: (program: string, argv: readonly string[]) => Options;
  /** Serves until it is stopped; `ready` is called once it serves. Resolves to the exit code. */
  readonly serve: (options: Options, ready?: () => void) => Promise<number>;
}

export interface Command {
  readonly name: string;
  /** For `--help`. */
  readonly text: string;
  /** Resolves to the exit code, or never while it serves. May throw CliExit. */
  readonly run: (program: string, argv: readonly string[], tools: CommandTools) => Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: 'demo',
    text: 'Run config/demo.yaml against upstreams inside this process and print what to try',
    run: async (program, argv, tools) => (await import('../demo/demo.ts')).demo(program, argv, tools),
  },
  {
    name: 'get',
    text: "Ask a running proxy's admin listener: get /PATH [--admin HOST:PORT]",
    run: async (_program, argv) => (await import('./ask-admin.ts')).askAdmin('GET', argv),
  },
  {
    name: 'post',
    text: "The same by POST, for pages that change something: post '/drain_listeners?graceful'",
    run: async (_program, argv) => (await import('./ask-admin.ts')).askAdmin('POST', argv),
  },
  {
    name: 'validate',
    text: 'Judge config files, as envoylet or as real Envoy would (validate --help)',
    run: async (program, argv, tools) => (await import('./validate.ts')).validate(program, argv, tools),
  },
];
