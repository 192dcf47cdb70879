import t from 'tap';
import { firstProblem, load } from './harness.ts';

t.test('JSON gives what YAML gives, escapes and big numbers included', async (t) => {
  const text = `{"node": {"id": "caf\\u00e9 \\"q\\" \\/", "metadata": {"big": 12345678901234567890, "x": [true, null, 1.5e3]}},
\t"admin": {"address": {"socketAddress": {"address": "127.0.0.1", "portValue": 9901}}}}`;
  const { bootstrap } = await load(text, {}, '.json');
  t.equal(bootstrap.node!.id, 'café "q" /');
  t.equal((await load('{"node": {"id": "\\ud83d\\ude00"}}', {}, '.json')).bootstrap.node!.id, '\u{1f600}');
  t.strictSame({ ...bootstrap.node!.metadata }, { big: '12345678901234567890', x: [true, null, 1500] });
  t.equal(bootstrap.admin!.address!.socketAddress!.portValue, 9901);
});

t.test('any suffix but .yaml and .yml is read as JSON', async (t) => {
  t.strictSame((await load('{"node": {"id": "a"}}', {}, '.conf')).bootstrap, { node: { id: 'a' } });
  t.equal((await firstProblem('node: {id: a}', {}, '.conf')).code, 'syntax');
  t.match((await firstProblem('x', {}, '.pb')).message, /protobuf files are not supported/);
});

const broken: [text: string, line: number, column: number][] = [
  ['{', 1, 2],
  ['{"a" 1}', 1, 6],
  ['{"a": 1,}', 1, 9],
  ['{"a": 01}', 1, 8],
  ['{"a": "\\x"}', 1, 7],
  ['{"a": "x', 1, 7],
  ['{"a": [1 2]}', 1, 10],
  ['{}\n{}', 2, 1],
  ["{'a': 1}", 1, 2],
  ['{"a": yes}', 1, 7],
  ['{"node": {"id": "\\ud800"}}', 1, 17],
  ['{"node": {"id": "\\ude00x"}}', 1, 17],
  ['{"node": {"metadata": {"\\ud800": 1}}}', 1, 24],
  ['{"node": {"metadata": {"a": 1e400}}}', 1, 29],
];
for (const [text, line, column] of broken) {
  t.test(`${JSON.stringify(text)} is no JSON, and the place is told`, async (t) => {
    const problem = await firstProblem(text, {}, '.json');
    t.equal(problem.code, 'syntax');
    t.strictSame([problem.line, problem.column], [line, column]);
  });
}

t.test('of duplicate keys the last counts, however many there are', async (t) => {
  const many = Array.from({ length: 100 }, (_, i) => `"k${i}": 1`).join(',');
  const { bootstrap } = await load(`{"node": {"metadata": {${many}, "k7": 2}, "id": "a", "id": "b"}}`, {}, '.json');
  t.equal(bootstrap.node!.id, 'b');
  t.equal(bootstrap.node!.metadata!['k7'], 2);
  t.equal(Object.keys(bootstrap.node!.metadata!).length, 100);
});
