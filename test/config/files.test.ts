// What can be wrong with the file itself: how it is encoded, what stands at the path, which dialect of YAML or JSON it is. A
// clear error with a place, or the reading that Envoy 1.40 gives it (each case was tried against it).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { loadBootstrap } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';

const dir = mkdtempSync(join(tmpdir(), 'envoylet-files-'));
t.teardown(() => rmSync(dir, { recursive: true }));
let files = 0;

async function outcome(path: string): Promise<string> {
  try {
    const { bootstrap } = await loadBootstrap({ path });
    return `id ${bootstrap.node?.id}`;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    t.notMatch(error.message, /\n {4}at /, 'no stack trace');
    t.ok(error.message.length < 5000, 'a short message');
    const { line, column, message } = error.first;
    return `${line}:${column} ${message}`;
  }
}

const cases: [what: string, suffix: string, content: string | Buffer, wanted: string | RegExp][] = [
  ['byte order mark', 'yaml', '\ufeffnode: {id: a}\n', 'id a'],
  ['byte order mark', 'json', '\ufeff{"node": {"id": "a"}}', 'id a'],
  ['CRLF', 'yaml', 'node:\r\n  id: a\r\nadmin: {}\r\n', 'id a'],
  ['CRLF', 'json', '{\r\n"node": {"id": "a"}\r\n}\r\n', 'id a'],
  ['a YAML directive', 'yaml', '%YAML 1.2\n---\nnode: {id: a}\n', 'id a'],
  ['two documents: the first', 'yaml', 'node: {id: a}\n---\nnode: {id: b}\n', 'id a'],
  ['a key twice: the last', 'yaml', 'node: {id: a}\nnode: {id: b}\n', 'id b'],
  ['a key twice: the last', 'json', '{"node": {"id": "a"}, "node": {"id": "b"}}', 'id b'],
  ['tabs for indentation', 'yaml', 'node:\n\tid: a\n', /^2:1 yaml: tab characters/],
  ['nothing', 'yaml', '', /^1:1 Unable to convert YAML as JSON/],
  ['nothing', 'json', '', /^1:1 json: unexpected end/],
  ['only a comment', 'yaml', '# nothing\n', /^1:1 Unable to convert YAML as JSON/],
  ['null', 'yaml', 'null\n', /^1:1 Unable to convert YAML as JSON/],
  ['one word', 'yaml', 'hello\n', /^1:1 Unable to convert YAML as JSON/],
  ['a list', 'yaml', '- a\n', /^1:1 unexpected character: '\['; expected '{'/],
  ['a list', 'json', '["a"]', /^1:1 unexpected character: '\['; expected '{'/],
  ['comments', 'json', '{// no\n"node": {}}', /^1:2 json: /],
  ['comments', 'json', '{/* no */"node": {}}', /^1:2 json: /],
  ['single quotes', 'json', "{'node': {}}", /^1:2 json: a key in double quotes/],
  ['a comma too many', 'json', '{"node": {},}', /^1:13 json: a key in double quotes/],
  ['NaN', 'json', '{"node": {"id": NaN}}', /^1:17 json: unexpected character: 'N'/],
  ['a zero byte', 'json', '{"node": {"id": "a\0b"}}', /^1:17 json: a string is not ended/],
  ['cut off', 'json', '{"node": ', /^1:10 json: unexpected end/],
  ['cut off', 'yaml', 'node: {id: "a\n', /^\d+:\d+ yaml: /],
  ['an unknown anchor', 'yaml', 'node: *x\n', /^1:8 yaml: the referenced anchor is not defined: x/],
  ['UTF-16', 'yaml', Buffer.from('\ufeffnode: {id: a}', 'utf16le'), /not a text in UTF-8/],
  ['Latin-1', 'yaml', Buffer.from('node: {id: \xe4}', 'latin1'), /not a text in UTF-8/],
  ['a compressed file', 'yaml', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]), /not a text in UTF-8/],
  ['control characters', 'yaml', '\x01\x02\x03', /^1:\d+ /],
  ['__proto__', 'yaml', '__proto__: {node: {id: a}}\n', /^1:1 no such field: '__proto__'/],
  ['__proto__', 'json', '{"__proto__": {"node": {"id": "a"}}}', /no such field: '__proto__'/],
];
for (const [what, suffix, content, wanted] of cases) {
  t.test(`${suffix}: ${what}`, async (t) => {
    const path = join(dir, `f${files++}.${suffix}`);
    writeFileSync(path, content);
    t.match(await outcome(path), wanted);
  });
}

t.test('a key given twice: the last one counts, and a warning says so', async (t) => {
  const twice = 'node: {id: a}\nadmin: {}\nnode: {id: b}\n';
  for (const [suffix, text, place] of [
    ['yaml', twice, '3:1'],
    ['yaml', `%YAML 1.2\n---\n${twice}`, '5:1'],
    ['json', '{"node": {"id": "a"},\n "node": {"id": "b"}}', '2:2'],
    ['yaml', `node: {id: a, metadata: {${Array.from({ length: 50 }, (_, i) => `k${i}: 1`)}, k7: 2}}`, '1:'],
  ]) {
    const path = join(dir, `twice.${suffix}`);
    writeFileSync(path, text);
    const { warnings } = await loadBootstrap({ path });
    t.equal(warnings.length, 1);
    t.match(warnings[0].message, /^'(node|k7)' is given twice in one mapping: only the last one counts$/);
    t.ok(`${warnings[0].line}:${warnings[0].column}`.startsWith(place), place);
  }
});

t.test('what stands at the path', async (t) => {
  mkdirSync(join(dir, 'd.yaml'));
  symlinkSync('loop.yaml', join(dir, 'loop.yaml'));
  t.match(await outcome(join(dir, 'd.yaml')), /^0:0 unable to read file: Invalid path: /);
  t.match(await outcome(join(dir, 'loop.yaml')), /^0:0 unable to read file: ELOOP: /);
  t.match(await outcome(join(dir, 'missing.yaml')), /^0:0 unable to read file: /);
  t.match(await outcome(join(dir, 'missing.yaml', 'x.yaml')), /^0:0 unable to read file: /);
});

t.test('pipes and devices are read, an endless one no further than a config may be', async (t) => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const validate = (path: string, input: string): string => {
    // Node's own pipes are sockets, which cannot be opened through /dev.
    const words = [process.execPath, main, '--mode', 'validate', '-l', 'critical', '-c', path];
    const options = { input, encoding: 'utf8', timeout: 20_000 } as const;
    const { stdout, stderr } = spawnSync('sh', ['-c', 'cat | "$@"', 'sh', ...words], options);
    return stdout + stderr;
  };
  t.equal(validate('/dev/stdin', '{"node": {"id": "a"}}'), "configuration '/dev/stdin' OK\n");
  const big = `{"node": {"id": "${'x'.repeat(300_000)}"}}`;
  t.equal(validate('/dev/fd/0', big), "configuration '/dev/fd/0' OK\n");
  t.match(
    validate('/dev/stdin', ' '.repeat(34_000_000)),
    /the file is too large: more than 33554432 bytes, a config may have at most/,
  );
  if (!existsSync('/dev/zero')) return;
  t.match(
    await outcome('/dev/zero'),
    /the file is too large: more than 33554432 bytes, a config may have at most 16777216 characters/,
  );
});

t.test('a file that may not be read', { skip: process.getuid?.() === 0 && 'root may read everything' }, async (t) => {
  const path = join(dir, 'closed.yaml');
  writeFileSync(path, 'node: {}\n', { mode: 0 });
  t.match(await outcome(path), /^0:0 unable to read file: EACCES: /);
});

t.test('a hundred random files of bytes and of printable noise', async (t) => {
  let seed = 42;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  const alphabet = ' \n:-{}[],"\'&*!|>#%@`?a0.\\/';
  for (let i = 0; i < 100; i++) {
    const path = join(dir, `noise.${i % 2 === 0 ? 'yaml' : 'json'}`);
    const length = 1 + random(2000);
    const noise =
      i % 4 < 2
        ? Buffer.from(Array.from({ length }, () => random(256)))
        : Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');
    writeFileSync(path, noise);
    t.match(await outcome(path), /^\d+:\d+ |^id undefined$/);
  }
});
