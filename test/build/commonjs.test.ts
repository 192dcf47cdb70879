import t from 'tap';
import { refuseCycles, refuseMutableExports, toCommonJs } from '../../build/commonjs.ts';

/** Runs the files of a bundle from memory; returns `require`. */
function load(files: ReadonlyMap<string, string>): (path: string) => Record<string, unknown> {
  const loaded = new Map<string, { exports: Record<string, unknown> }>();
  const need = (path: string): Record<string, unknown> => {
    let module = loaded.get(path);
    if (module !== undefined) return module.exports;
    module = { exports: {} };
    loaded.set(path, module);
    const from = (to: string): Record<string, unknown> => need(new URL(to, `file:///${path}`).pathname.slice(1));
    const code = files.get(path.replace(/\.js$/, '.code.js'));
    if (code !== undefined) new Function(`return ${code}`)()(module, from);
    else new Function('module', 'require', files.get(path) as string)(module, from);
    return module.exports;
  };
  return need;
}

const BUNDLE = new Map([
  ['main.js', '#!/usr/bin/env node\nimport"./chunks/side-1.js";globalThis.mainRan=import("./chunks/page-1.js");'],
  ['chunks/shared-1.js', 'var count=0,bump=()=>++count,two=2;export{bump,two as deux};\n'],
  ['chunks/side-1.js', 'import{bump as b}from"./shared-1.js";b();'],
  [
    'chunks/page-1.js',
    'import{bump,deux}from"./shared-1.js";import{lone}from"./lone-1.js";var x=[bump(),deux,lone];export{x as default,x};',
  ],
  ['chunks/lone-1.js', 'var lone="lone";export{lone};'],
]);

for (const [core, other] of [
  [[], []],
  [['chunks/shared-1.js'], []],
  [['chunks/shared-1.js', 'chunks/side-1.js', 'chunks/page-1.js'], []],
  [['chunks/shared-1.js'], ['chunks/page-1.js']],
  [['chunks/side-1.js'], ['chunks/shared-1.js', 'chunks/lone-1.js']],
]) {
  t.test(`every chunk runs once and means the same, with scripts of ${core.length} and ${other.length}`, async (t) => {
    const scripts = new Map([
      ['core', new Set(core)],
      ['other', new Set(other)],
    ]);
    const files = toCommonJs(BUNDLE, scripts);
    t.match(files.get('main.js'), /^#!\/usr\/bin\/env node\n"use strict";/);
    t.equal(files.size, BUNDLE.size - core.length - other.length + 2);
    files.set('main.js', (files.get('main.js') as string).replace(/^#!.*\n/, ''));
    load(files)('main.js');
    const page = await (globalThis as unknown as { mainRan: Promise<Record<string, unknown>> }).mainRan;
    t.same(page.x, [2, 2, 'lone'], 'the side chunk had bumped the same counter before');
    t.equal(page.default, page.x);
  });
}

t.test('what would change its meaning is refused', async (t) => {
  t.throws(() => refuseMutableExports('a.ts', 'const a = 1;\nexport let b = 2;\n'), { message: /a\.ts.*'b'/ });
  t.doesNotThrow(() => refuseMutableExports('a.ts', 'export const a = 1;\nlet b = 2;\nexport function c() {}\n'));
  t.throws(
    () => toCommonJs(new Map([['chunks/a.js', 'var u=importMetaUrl;']]), new Map([['core', new Set(['chunks/a.js'])]])),
    {
      message: /import\.meta/,
    },
  );
  t.throws(() => toCommonJs(new Map([['chunks/a.js', 'var u=1;import*as b from"./b.js";']]), new Map()), {
    message: /not understood/,
  });
  const output = (path: string) => ({
    imports: [{ path, kind: 'import-statement' as const }],
    bytes: 0,
    inputs: {},
    exports: [],
  });
  t.throws(() => refuseCycles({ a: output('b'), b: output('a') }), { message: 'chunks import each other: a → b → a' });
});
