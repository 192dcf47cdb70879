/**
 * An esbuild plugin that rewrites our sources so that a start costs less CPU: Node's modules are taken with process.getBuiltinModule
 * instead of being imported, because an ES module import reads every export once, and with that loads what `node:fs` and `node:util`
 * load on demand only (4.2 and 5.1 ms against 0.02).
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { refuseMutableExports } from './commonjs.ts';

export const startCost: Plugin = {
  name: 'start-cost',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      refuseMutableExports(path, text);
      return { contents: takeBuiltins(text), loader: 'ts' };
    });
  },
};

/** The formatter leaves one shape of import only: at the start of a line, single quotes, a semicolon. */
function takeBuiltins(text: string): string {
  return text.replace(
    /^import (?:\* as (\w+)|(\w+)|\{([^}]*)\}) from '(node:[\w/]+)';$/gm,
    (_, namespace: string | undefined, whole: string | undefined, names: string | undefined, module: string) => {
      const taken = `process.getBuiltinModule('${module}')`;
      if (names === undefined) return `const ${namespace ?? whole} = ${taken};`;
      const values = names.split(',').map((n) => n.trim());
      const kept = values.filter((n) => n !== '' && !n.startsWith('type '));
      return `const { ${kept.map((n) => n.replace(/ as /, ': ')).join(', ')} } = ${taken};`;
    },
  );
}
