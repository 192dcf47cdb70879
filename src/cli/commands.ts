/**
 * The commands beyond Envoy's flags: `envoylet <name> …`. Envoy takes no positional arguments, so a first word without
 * a dash is free. A new command is one file and one row.
 */

export interface Command {
  readonly name: string;
  /** For `--help`. */
  readonly text: string;
  /** Resolves to the exit code, or never while it serves. */
  readonly run: (program: string, argv: readonly string[]) => Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: 'demo',
    text: 'Run config/demo.yaml against upstreams inside this process and print what to try',
    run: async (program, argv) => (await import('../demo/demo.ts')).demo(program, argv),
  },
];
