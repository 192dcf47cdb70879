// The quick reader and js-yaml must give the same tree, positions included, for every text the quick one takes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parseYaml } from '../../src/config/full-yaml.ts';
import { quickYaml } from '../../src/config/quick-yaml.ts';
import { Source } from '../../src/config/source.ts';
import { LIMITS, type TreeNode } from '../../src/config/tree.ts';

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
  let full: unknown;
  try {
    full = plain(parseYaml(source));
  } catch (error) {
    // Inside brackets Envoy lets lines begin anywhere, js-yaml does not.
    if (/deficient indentation/.test((error as Error).message)) return true;
    throw error;
  }
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
  t.throws(() => parseYaml(list(LIMITS.nodes - 2)), /more than 300000 values/);
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
