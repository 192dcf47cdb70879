// The quick reader and js-yaml must give the same tree, positions included, for every text the quick one takes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parseYaml } from '../../src/config/full-yaml.ts';
import { quickYaml } from '../../src/config/quick-yaml.ts';
import { Source } from '../../src/config/source.ts';
import { LIMITS, type SyntaxProblem, type TreeNode } from '../../src/config/tree.ts';

/** Places of empty values are nobody's business. */
function plain(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.value === null ? null : [node.value, node.start, node.end];
  if (node.kind === 'sequence') return [node.start, node.items.map(plain)];
  return { start: node.start, entries: node.entries.map((e) => [e.key, e.keyStart, e.keyEnd, plain(e.value)]) };
}

/** True when the quick reader took the text; throws when it took it wrongly. */
function same(text: string): boolean {
  const source = new Source('x', text);
  const quick = quickYaml(source);
  if (quick === undefined) return false;
  const full = plain(parseYaml(source));
  if (JSON.stringify(plain(quick)) !== JSON.stringify(full)) throw new Error(`differs for ${JSON.stringify(text)}`);
  return true;
}

const SAMPLE = `# a sidecar
static_resources:
  listeners:
  - name: "l"   # quoted
    address: {socket_address: {address: 0.0.0.0, port_value: 10000}}
    filter_chains:
      - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/a.b.C
              stat_prefix: a b  c
              empty:
              list: [1, yes, 'x y', "q", {a: b, "c":d}, ]
              url: http://host:80/a#b
              timeout: 0.250s
  -  name: m
     domains:
     - "*"
     - a
  clusters: [
    {name: a},   # one
    {name: b, type: strict_dns}
  ]
admin: {}
`;

t.test('an ordinary config is read without the library', async (t) => {
  t.ok(same(SAMPLE));
  const aion = fileURLToPath(new URL('../../../shared/aion/', import.meta.url));
  if (!existsSync(aion)) return;
  for (const file of readdirSync(aion).filter((f) => f.endsWith('.envoy.yaml'))) {
    t.ok(same(readFileSync(aion + file, 'utf8')), file);
  }
});

const left = [
  '',
  '# nothing',
  'scalar',
  '- a\n--- \n- b',
  '---\na: 1',
  'a: &x 1',
  'a: *x',
  'a: !t x',
  'a: |\n  x',
  'a: >\n  x',
  '? a\n: b',
  'a: "x\\n"',
  "a: 'it''s'",
  'a: "x\n  y"',
  'a: x\n  y',
  'a: b: c',
  'a:\n- b\n c: d',
  'a: 1\n  b: 2',
  'a: 1\n b: 2',
  '\ta: 1',
  'a:\t1',
  'a: [b\n]',
  'a: {b\n}',
  'a: [a: b]',
  'a: {b}',
  'a: {b: c',
  'a: {b: c} d',
  'a: "b" c',
  '@a: 1',
  '`a: 1',
  '%a: 1',
  ': 1',
  '~: 1',
  'null: 1',
  '<<: {a: 1}\n? x',
  'a: #b',
  'a: [#b]',
  'a: -',
  'a: - b',
  '- - a\n - b',
  'a\n',
  'a: 1\r\n',
  '\ufeffa: 1',
  'a: 😀',
  '{a: 1}{b: 2}',
  'a: ]',
  'a: ,',
  '-a: 1',
  'a: [b, , c]',
];
t.test('what is not plain is left to the library or read as the library reads it', async (t) => {
  for (const text of left) {
    try {
      same(text);
    } catch (error) {
      t.fail((error as Error).message);
    }
  }
  for (const text of ['a: &x 1', 'a: |\n  x', 'a: "x\\n"', 'a: x\n  y', '\ta: 1', '---\na: 1', '@a: 1']) {
    t.equal(quickYaml(new Source('x', text)), undefined, JSON.stringify(text));
  }
});

t.test('a long text is read without the library, up to as many values as the library is let read', async (t) => {
  const cluster = (i: number) =>
    `  - {name: c${i}, connect_timeout: 0.25s}\n  - name: d${i}\n    lb_policy: ROUND_ROBIN\n`;
  const long = `clusters:\n${Array.from({ length: 8000 }, (_, i) => cluster(i)).join('')}`;
  t.ok(long.length > 512 * 1024);
  t.ok(same(long));
  // The root, the key and the list itself count too.
  const list = (n: number) => new Source('x', `a: [${'1,'.repeat(n)}]`);
  t.ok(quickYaml(list(LIMITS.nodes - 3)));
  t.ok(parseYaml(list(LIMITS.nodes - 3)));
  t.notOk(quickYaml(list(LIMITS.nodes - 2)));
  t.throws(() => parseYaml(list(LIMITS.nodes - 2)), /more than 500000 values/);
  const map = (n: number) => new Source('x', `a:\n${Array.from({ length: n }, (_, i) => `  k${i}: 1\n`).join('')}`);
  t.ok(quickYaml(map(LIMITS.nodes / 2 - 2)));
  t.notOk(quickYaml(map(LIMITS.nodes / 2 - 1)));
});

t.test('inside brackets lines may begin anywhere, as in Envoy', async (t) => {
  const text = 'node:\n  metadata:\n    b: [\nx, {\ny: 1\n }\n]\n    c: 1\n  id: a\n';
  t.ok(quickYaml(new Source('x', text)));
  t.match(plain(quickYaml(new Source('x', text))!), { entries: [['node', 0, 4, { entries: [['metadata'], ['id']] }]] });
});

t.test('20,000 mutations of a config: never a text that the library reads otherwise or refuses', async (t) => {
  const bits = [
    '"',
    "'",
    ':',
    ': ',
    '-',
    '- ',
    '#',
    ' #',
    '{',
    '}',
    '[',
    ']',
    ',',
    '\n',
    '\n  ',
    ' ',
    '  ',
    '&a ',
    '*a',
    '!',
    '|',
    '>',
    '?',
    '? ',
    '%',
    '@',
    '~',
    'null',
    '---',
    '\\',
    '<<',
    '\t',
    'é',
    'a: b',
    '0',
    '-1',
  ];
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >> 8) % below;
  };
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const from = SAMPLE.lastIndexOf('\n', random(SAMPLE.length - 200)) + 1;
    const lines = SAMPLE.slice(from, from + 100 + random(400)).split('\n');
    const indent = lines[0].length - lines[0].trimStart().length;
    let text = lines.map((l) => (l.startsWith(' '.repeat(indent)) ? l.slice(indent) : l)).join('\n');
    for (let k = random(3); k >= 0; k--) {
      const at = random(text.length + 1);
      const cut = random(3) === 0 ? 1 + random(4) : 0;
      text = text.slice(0, at) + (cut > 0 ? '' : bits[random(bits.length)]) + text.slice(at + cut);
    }
    if (same(text)) taken++;
  }
  t.ok(taken > 500, `${taken} were taken`);
});

/** Values alone: line ends of Windows move every offset. */
function values(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'sequence') return node.items.map(values);
  return node.entries.map((e) => [e.key, values(e.value)]);
}

/** Texts that the quick reader takes, in every style it knows; lines inside brackets begin anywhere, brackets close at any column. */
class Generator {
  #seed: number;
  constructor(seed: number) {
    this.#seed = seed;
  }

  #random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1103515245) + 12345) & 0x7fffffff;
    return (this.#seed >> 8) % below;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)];
  }

  #scalar(): string {
    return this.#pick([
      'a',
      '1',
      'true',
      'x y',
      '"q: [x], {y}"',
      "'s # no'",
      '0.25s',
      'a#b',
      '-1',
      'http://h:1/p',
      '""',
      'é',
    ]);
  }

  #key(): string {
    return this.#pick(['name', 'a', 'b_c', 'x-y', '"@type"', "'k'", 'k1', 'k2', 'k3']);
  }

  /** Between the parts of a bracket. */
  #gap(): string {
    return this.#pick(['', ' ', '  ', '\n', '\n  ', '\n            ', ' # c\n', '\n# c, ] }\n ', '\n\n']);
  }

  #flow(depth: number): string {
    const count = this.#random(4);
    const map = this.#random(2) === 0;
    const parts: string[] = [];
    for (let i = 0; i < count; i++) {
      const value = depth < 3 && this.#random(3) === 0 ? this.#flow(depth + 1) : this.#scalar();
      parts.push(`${this.#gap()}${map ? `${this.#key()}: ` : ''}${value}${this.#gap()}`);
    }
    const last = count > 0 && this.#random(4) === 0 ? ',' : '';
    return map ? `{${parts.join(',')}${last}${this.#gap()}}` : `[${parts.join(',')}${last}${this.#gap()}]`;
  }

  block(indent: string, depth: number): string {
    const list = depth > 0 && this.#random(2) === 0;
    let out = '';
    for (let i = 1 + this.#random(3); i > 0; i--) {
      if (this.#random(6) === 0) out += this.#pick(['\n', `${indent}# "c\n`, '# {c\n']);
      out += `${indent}${list ? '-' : `${this.#key()}:`}`;
      const kind = this.#random(depth < 4 ? 4 : 3);
      if (kind === 0) out += ` ${this.#flow(0)}\n`;
      else if (kind === 3) out += `\n${this.block(`${indent}${this.#pick(['  ', '    ', ' '])}`, depth + 1)}`;
      else out += ` ${this.#scalar()}\n`;
    }
    return out;
  }
}

t.test('generated texts: the same tree from both readers, whatever else in the file needs the library', async (t) => {
  const force: [what: string, before: string, after: string][] = [
    ['an anchor', 'zz: &a 1\n', ''],
    ['an alias', 'zz: &a 1\n', 'zzz: *a\n'],
    ['a tag', 'zz: !t x\n', ''],
    ['a literal', '', 'zzz: |\n  [ x\n   " y\n'],
    ['a folded text', 'zz: >-\n  { x\n\n', ''],
    ['an escape', 'zz: "\\t"\n', ''],
    ['a text over lines', 'zz: "a\n  b"\n', ''],
    ['a document mark', '---\n', ''],
  ];
  let taken = 0;
  let shifted = 0;
  for (let seed = 1; seed <= 1500; seed++) {
    const text = new Generator(seed).block('', 0);
    const quick = quickYaml(new Source('x', text));
    if (quick === undefined) continue;
    taken++;
    if (!same(text)) t.fail(text);
    const [what, before, after] = force[seed % force.length];
    const whole = new Source('x', before + text + after);
    if (quickYaml(whole) !== undefined) t.fail(`${what} does not force the library`);
    const forced = parseYaml(whole);
    if (forced.kind !== 'mapping' || quick.kind !== 'mapping') throw new Error('no mapping');
    const move = before.length;
    const entries = forced.entries.filter((e) => !e.key.startsWith('zz'));
    const wanted = JSON.stringify(
      quick.entries.map((e) => [e.key, e.keyStart + move, e.keyEnd + move, moved(e.value, move)]),
    );
    const got = JSON.stringify(entries.map((e) => [e.key, e.keyStart, e.keyEnd, moved(e.value, 0)]));
    if (wanted !== got) t.fail(`${what}, seed ${seed}: ${JSON.stringify(before + text + after)}`);
    const windows = parseYaml(new Source('x', text.replaceAll('\n', '\r\n')));
    if (JSON.stringify(values(windows)) !== JSON.stringify(values(quick)))
      t.fail(`CRLF, seed ${seed}: ${JSON.stringify(text)}`);
    if (/\n\s*[\]}]/.test(text)) shifted++;
  }
  t.ok(taken > 1000, `${taken} were taken`);
  t.ok(shifted > 200, `${shifted} with brackets closed on a line of their own`);
});

function moved(node: TreeNode, by: number): unknown {
  if (node.kind === 'scalar') return node.value === null ? null : [node.value, node.start + by, node.end + by];
  if (node.kind === 'sequence') return [node.start + by, node.items.map((n) => moved(n, by))];
  return [node.start + by, node.entries.map((e) => [e.key, e.keyStart + by, e.keyEnd + by, moved(e.value, by)])];
}

t.test('lines inside brackets and quotes begin anywhere for the library too, as in Envoy', async (t) => {
  const wild = `node: {id: a, cluster: b}
static_resources:
  clusters:
  - name: &n a
    connect_timeout: 1s
    circuit_breakers: {
      thresholds: [{max_connections: 5}]
    }
`;
  const node = parseYaml(new Source('x', wild));
  t.match(values(node), [['node'], ['static_resources']]);
  for (const [text, value] of [
    ['a:\n  b: "x\ny"\n', 'x y'],
    ["a:\n  b: 'x\n\ny'\n", 'x\ny'],
    ['a: {b: x\ny}\n', 'x y'],
    ['a:\n  b: "x\\\ny"\n', 'xy'],
  ]) {
    t.strictSame(values(parseYaml(new Source('x', text))), [['a', [['b', value]]]], text);
  }
});

t.test('a quote that swallows the rest is reported where it opens', async (t) => {
  const said = (text: string): string => {
    try {
      parseYaml(new Source('x', text));
    } catch (error) {
      const { offset, source, message } = error as SyntaxProblem;
      const { line, column } = source.position(offset);
      return `${line}:${column} ${message}`;
    }
    return 'accepted';
  };
  t.match(said('a:\n  b: "x\n  c: ["*"]\n  d: 1\n'), /^2:6 yaml: this quote is closed only in line 3, column 7 \(/);
  t.match(said('a:\n  b: "x\n  c: 1\n'), /^2:6 yaml: this quote is closed never \(/);
  t.match(said("a: 'x\nb: 'y'\n"), /^1:4 yaml: this quote is closed only in line 2, column 4 \(/);
  // A text over two lines that is well, and a mistake elsewhere.
  t.match(said('a: "x\n  y"\nb: [1\nc: 2\n'), /^[345]:\d+ yaml: (?!this quote)/);
  t.match(said('a: |\n  " not a quote\nb: ]\n'), /^3:\d+ yaml: (?!this quote)/);
});
