// Every HTTP filter of Envoy 1.40 is built, or is refused by name, with its place and a sentence that says why.
import t from 'tap';
import types from '../../src/config/schema/generated/http-filters.ts';
import { whyNot } from '../../src/config/why-not.ts';
import { EXTENSIONS } from '../../src/extensions.ts';
import { http, refused } from './harness.ts';

const FILTERS = 'envoy.extensions.filters.http.';
const packages = new Set(
  Object.keys(types)
    .filter((name) => name.startsWith(FILTERS))
    .map((name) => name.slice(FILTERS.length).split('.', 1)[0]),
);
const built = new Set(EXTENSIONS.filter((r) => r.kind === 'http filter').map((r) => r.typeUrl.split('.')[4]));

t.test('a filter is built or has its sentence, and not both', (t) => {
  t.ok(packages.size > 60);
  for (const name of packages) {
    if (built.has(name)) t.equal(whyNot(`${FILTERS}${name}.v3.X`), undefined, `${name} is built: it needs no sentence`);
    else t.type(whyNot(`${FILTERS}${name}.v3.X`), 'string', `${name} has a sentence`);
  }
  t.end();
});

const filter = (type: string): string =>
  `[{name: f, typed_config: {"@type": type.googleapis.com/${type}}}, {name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]`;

t.test('the sentence is what one is told, with line and field', async (t) => {
  const sentences = new Map<string, string>();
  for (const name of packages) {
    const type = Object.keys(types).find((n) => n.startsWith(`${FILTERS}${name}.v3.`) && types[n][0] === '{');
    if (type === undefined || whyNot(type) === undefined) continue;
    const { problems } = await refused(http('[]', '', filter(type)));
    const problem = problems.find((p) => p.code === 'unsupported' && p.message.includes(type));
    t.match(problem, { line: 14, yamlPath: /http_filters\[0\]/ }, type);
    t.equal(problem?.message, `'f' (${type}) is not supported yet: ${whyNot(type)}`);
    const twin = sentences.get(whyNot(type) as string);
    t.equal(twin, undefined, `of ${name} alone`);
    sentences.set(whyNot(type) as string, name);
  }
  t.ok(sentences.size > 20);
});

t.test('filters of the contrib build are told apart from mistakes', async (t) => {
  const { problems } = await refused(http('[]', '', filter('envoy.extensions.filters.http.golang.v3alpha.Config')));
  t.match(problems[0], {
    code: 'unknown-type',
    line: 14,
    hint: /golang is of Envoy's contrib build.*shared library of Go code/,
  });
  const other = await refused(http('[]', '', filter('envoy.extensions.filters.http.nothing.v3.Config')));
  t.notMatch(other.problems[0].hint, /contrib/);
});
