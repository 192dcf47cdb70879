/** `envoylet demo`: placeholder until src/demo is there. */
import { run } from './run.ts';

export async function demo(program: string, argv: readonly string[]): Promise<number> {
  await run(program, ['-c', 'config/demo.yaml', ...argv]);
  return 0;
}
