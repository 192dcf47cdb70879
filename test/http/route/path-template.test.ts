/** URI templates; the same beside Envoy: conformance route-match/templates, rewrite/paths. */
import t from 'tap';
import { parseTemplate, parseTemplateRewrite } from '../../../src/http/route/path-template.ts';

t.test('what fits, and what it certainly begins with', async (t) => {
  const rows: [string, string, string, string | null][] = [
    ['/a/{x}/c', '/a/', '/a/b/c', 'b'],
    ['/a/{x}/c', '/a/', '/a/b/d/c', null],
    ['/{x=**}', '/', '/', ''],
    ['/m/{x=**}', '/m/', '/m/a/b/c', 'a/b/c'],
    ['/m/{x=v/*/w}/end', '/m/', '/m/v/1/w/end', 'v/1/w'],
    ['/{x}.json', '/', '/a.b.json', 'a.b'],
    ['/{x}.json', '/', '/ajson', null],
    ['/a/**', '/a/', '/a/', undefined as unknown as string],
    ['/a/', '/a/', '/a/', undefined as unknown as string],
    ['/{x}', '/', '/é', null],
  ];
  for (const [template, beginning, path, want] of rows) {
    const parsed = parseTemplate(template);
    t.equal(parsed.beginning, beginning, template);
    const found = parsed.pattern.exec(path);
    t.equal(found === null ? null : found[1], want, `${template} ${path}`);
  }
});

t.test('what Envoy refuses', async (t) => {
  const rows: [string, string][] = [
    ['a', 'Invalid pattern'],
    ['/a b', 'Invalid pattern'],
    ['/a=b', 'Invalid literal'],
    ['//', 'Invalid literal'],
    ['/{x', 'Unmatched variable bracket'],
    ['/{1x}', 'Invalid variable name'],
    ['/{x=}', 'Empty variable match'],
    ['/{x=*/}', 'Invalid variable match'],
    ['/{x}/{x}', 'Repeated variable name'],
    ['/{abcdefghijklmnopq}', 'Invalid variable length'],
    ['/{a}/{b}/{c}/{d}/{e}/{f}', 'Exceeded variable count limit'],
    ['/**/*', 'Glob after text glob.'],
    ['/**/{x}', 'Implicit variable path glob after text glob.'],
    ['/{x}.a/b', 'Prefix match not supported.'],
  ];
  for (const [template, message] of rows) t.throws(() => parseTemplate(template), { message }, template);
  const template = parseTemplate('/{x}');
  const rewrites: [string, string][] = [
    ['x', 'Invalid rewrite variable placement'],
    ['//{x}', 'Invalid rewrite literal'],
    ['/a b', 'Invalid rewrite literal pattern'],
    ['/{x', 'Unmatched variable bracket'],
    ['/{-}', 'Invalid variable name'],
    ['/{y}', 'mismatch between variables in path_match_policy /{x} and path_rewrite_policy /{y}'],
  ];
  for (const [rewrite, message] of rewrites) t.throws(() => parseTemplateRewrite(rewrite, template), { message });
  t.same(parseTemplateRewrite('/a/{x}/b', template), ['/a/', 0, '/b']);
});

t.test('a long path that nearly fits takes no time to speak of', async (t) => {
  const { pattern } = parseTemplate('/{a}/{b}/{c}/{d}/{e=**}.end');
  t.notOk(pattern.test(`/${'a.end/'.repeat(10_000)}x`));
});
