/**
 * esbuild splits code into chunks as ES modules only. Node starts CommonJS cheaper (no loader hooks, no linking, no promise per
 * file), and every file costs it 0.4 ms to find, read and check. So chunks become CommonJS, and those that are needed together share one
 * script (those that a serving process may need: core.code.js), in which each is a function that runs when it is first asked for.
 *
 * What an export means stays the same but for two things, and both are refused: a binding that changes later, and a cycle.
 */
import type { Metafile } from 'esbuild';

/** What `import.meta.url` is defined as while bundling. */
export const URL_NAME = 'importMetaUrl';

/** esbuild puts a chunk's imports first and its one export statement last. */
const IMPORTS = /^(?:import(?:\{[^}]*\}from)?"[^"]+";)+/;
const IMPORT = /import(?:\{([^}]*)\}from)?"([^"]+)";/g;
const EXPORTS = /export\{([^}]*)\};\s*$/;

/** Chunks that share a script, by its name. */
export type Scripts = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * `outputs`: path below the output directory → text; likewise returned. `scripts`: which of them become `<name>.code.js`, the script that
 * `<name>.js` (core-loader.cjs, script-loader.cjs) runs; a chunk is in one of them at most.
 */
export function toCommonJs(outputs: ReadonlyMap<string, string>, scripts: Scripts): Map<string, string> {
  const files = new Map<string, string>();
  const scriptOf = (path: string): string | undefined => [...scripts].find(([, paths]) => paths.has(path))?.[0];
  const chunks = new Map([...scripts.keys()].map((name) => [name, '']));
  for (const [path, text] of outputs) {
    const hashbang = /^#!.*\n/.exec(text)?.[0] ?? '';
    const own = scriptOf(path);
    // A script stands in the output directory, wherever its chunks stood.
    const up = own === undefined && path.startsWith('chunks/') ? '..' : '.';
    const body = convert(text.slice(hashbang.length), (to) => {
      const name = to.slice(to.lastIndexOf('/') + 1);
      const other = scriptOf(`chunks/${name}`);
      if (other !== undefined) return other === own ? `chunk("${name}")` : `require("${up}/${other}.js")("${name}")`;
      return `require("${own === undefined ? to.slice(0, -name.length) : './chunks/'}${name}")`;
    });
    if (own === undefined) {
      files.set(path, `${hashbang}"use strict";${body}`);
      continue;
    }
    if (body.includes(URL_NAME)) throw new Error(`${path}: import.meta.url has no meaning in a shared script`);
    chunks.set(own, `${chunks.get(own)}"${path.slice('chunks/'.length)}":module=>{${body}},\n`);
  }
  for (const [name, code] of chunks) {
    // Their loaders read them as Latin-1, which costs no decoding.
    const other = /[^\0-\x7f]/.exec(code);
    if (other !== null) throw new Error(`${name} must be ASCII: ${code.slice(other.index, other.index + 40)}`);
    files.set(`${name}.code.js`, `(module,require)=>{"use strict";const chunks={\n${code}};\n${CHUNK}}`);
  }
  return files;
}

/** A chunk runs once, like a module. */
const CHUNK = `const loaded=Object.create(null);
module.exports=function chunk(name){let module=loaded[name];if(module===undefined){module=loaded[name]={exports:{}};chunks[name](module)}return module.exports};
const chunk=module.exports;
`;

/** `need`: the expression for what another chunk exports. */
function convert(text: string, need: (path: string) => string): string {
  const imports = IMPORTS.exec(text)?.[0] ?? '';
  let code = text.slice(imports.length);
  const exported = EXPORTS.exec(code);
  if (exported !== null) code = code.slice(0, exported.index);
  code = code.replace(/\bimport\("(\.[^"]+)"\)/g, (_, to: string) => `Promise.resolve().then(()=>${need(to)})`);
  const left = /(?:^|[;}])(?:import[{"*]|export[{ *])/.exec(code);
  if (left !== null) throw new Error(`not understood: ${code.slice(left.index, left.index + 80)}`);
  const head = imports.replace(IMPORT, (_, names: string | undefined, from: string) =>
    names === undefined ? `${need(from)};` : `const{${properties(names, false)}}=${need(from)};`,
  );
  const tail = exported === null ? '' : `module.exports={${properties(exported[1], true)}};`;
  const url = code.includes(URL_NAME) ? `const ${URL_NAME}=require("node:url").pathToFileURL(__filename).href;` : '';
  return url + head + code.trimEnd() + tail;
}

/** `a as b,c`: on import b takes property a, on export property b has a. */
function properties(names: string, exporting: boolean): string {
  return names
    .split(',')
    .map((name) => {
      const [inner, outer] = name.split(' as ');
      if (outer === undefined) return inner;
      return exporting ? `${outer}:${inner}` : `${inner}:${outer}`;
    })
    .join(',');
}

/** Sources whose exports could change later: CommonJS hands out what they were at load. */
export function refuseMutableExports(path: string, text: string): void {
  const found = /^export (?:let|var) (\w+)/m.exec(text);
  if (found !== null)
    throw new Error(`${path}: the bundle cannot export '${found[1]}', which may change; export an object`);
}

/** Throws when chunks import each other statically. */
export function refuseCycles(outputs: Metafile['outputs']): void {
  const done = new Set<string>();
  const visit = (name: string, above: readonly string[]): void => {
    if (above.includes(name)) throw new Error(`chunks import each other: ${[...above, name].join(' → ')}`);
    if (done.has(name)) return;
    for (const next of staticImports(outputs[name])) visit(next, [...above, name]);
    done.add(name);
  };
  for (const name of Object.keys(outputs)) visit(name, []);
}

export function staticImports(output: Metafile['outputs'][string]): string[] {
  return output.imports.filter((i) => i.kind === 'import-statement' && !i.external).map((i) => i.path);
}
