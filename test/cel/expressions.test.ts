/** Expressions of CEL: values, functions and mistakes, as real Envoy 1.40 has them; and limits. */
import t from 'tap';
import '../../src/cel/engine.ts';
import { Headers } from '../../src/codec/headers.ts';
import { type CelProgram, celCompiler } from '../../src/format/cel-programs.ts';
import { type FormatContext, Json } from '../../src/format/format-context.ts';
import { StreamInfo } from '../../src/http/stream/stream-info.ts';
import { fromWire } from '../../src/platform/wire-text.ts';
import { OF_TEXTS, REFUSED, TEXTS, TYPED } from './envoy-values.ts';

const SITE = { clientAddress: () => undefined, filterChainName: '' };
const ALL = { enableStringConversion: true, enableStringConcat: true, enableStringFunctions: true };

function context(): FormatContext {
  const request = new Headers();
  request.path = '/some/path';
  return { info: new StreamInfo('HTTP/1.1', 0, null), request, response: null, responseTrailers: null };
}

const text = (program: CelProgram): string | null => {
  const wire = program.text(context());
  return wire === undefined ? null : (fromWire(wire) ?? wire);
};

const typed = (program: CelProgram): unknown => {
  const value = program.typed(context(), -1);
  if (value === undefined) return null;
  return value instanceof Json ? JSON.parse(fromWire(value.text) ?? '') : fromWire(value);
};

t.test('what an expression comes to is what it comes to in Envoy', async (t) => {
  for (const [expression, wanted] of TEXTS) t.equal(text(celCompiler().ofText(expression, SITE)), wanted, expression);
});

t.test('and so is what it is in JSON', async (t) => {
  for (const [expression, wanted] of TYPED) t.same(typed(celCompiler().ofText(expression, SITE)), wanted, expression);
});

t.test('what CelExpressionConfig switches on works as in Envoy, and not without it', async (t) => {
  for (const [expression, wanted, json] of OF_TEXTS) {
    const program = celCompiler().ofText(expression, SITE, ALL);
    t.same(json ? typed(program) : text(program), wanted, expression);
  }
  t.throws(() => celCompiler().ofText('string(1)', SITE), /No overload found in reference resolve step for string/);
});

t.test('what Envoy refuses is refused in its words', async (t) => {
  for (const [expression, sentence] of REFUSED) {
    try {
      celCompiler().ofText(expression, SITE);
      t.fail(`${expression} was taken`);
    } catch (error) {
      const { message } = error as Error;
      t.ok(message.startsWith(sentence), `${expression}: ${message}`);
    }
  }
});

t.test('messages of protobuf are not made, and texts are neither formatted nor quoted (H350)', async (t) => {
  for (const expression of ['google.protobuf.Duration{seconds: 5}', "'%s'.format(['a'])", "strings.quote('a')"]) {
    t.throws(() => celCompiler().ofText(expression, SITE, ALL), /failed to create an expression/, expression);
  }
});

t.test('a class of characters is one instruction of a pattern (H351)', async (t) => {
  t.equal(text(celCompiler().ofText(String.raw`'é'.matches('\\p{L}')`, SITE)), 'true');
});

t.test('how deep and how long an expression may be has limits', async (t) => {
  const nested = (n: number): string => `${'('.repeat(n)}1${')'.repeat(n)}`;
  t.equal(text(celCompiler().ofText(nested(100), SITE)), '1');
  for (const deep of [
    nested(300),
    '['.repeat(300),
    `1${'.a'.repeat(300)}`,
    `1${' + 1'.repeat(300)}`,
    `1${' < 1'.repeat(300)}`,
  ]) {
    t.throws(() => celCompiler().ofText(deep, SITE), /Exceeded max recursion depth of 250/);
  }
  const chain = Array.from({ length: 5000 }, () => 'true').join(' && ');
  t.equal(text(celCompiler().ofText(chain, SITE)), 'true', 'a chain is as long as it likes');
  t.throws(() => celCompiler().ofText(`'${'a'.repeat(100_001)}'`, SITE), /exceeds codepoint limit/);
});

t.test('what is asked of an answer that has not come is known to have been', async (t) => {
  const early = context();
  const program = celCompiler().ofText("request.path == '/other' && response.code == 200", SITE);
  t.equal(program.matchesYet(early), false, 'decided without it');
  t.equal(celCompiler().ofText('response.code == 200', SITE).matchesYet(early), undefined);
  const response = new Headers();
  response.status = 200;
  t.equal(
    celCompiler()
      .ofText('response.code == 200', SITE)
      .matchesYet({ ...early, response }),
    true,
  );
});

t.test('parsed expressions are taken, and numbers of more than 53 bits refused (H353)', async (t) => {
  const tree = (int64Value: number) => ({ constExpr: { int64Value } });
  t.equal(text(celCompiler().ofTree(tree(5), SITE)), '5');
  t.throws(() => celCompiler().ofTree(tree(2 ** 53), SITE), /more than 53 bits/);
  let deep: object = { constExpr: { boolValue: true } };
  for (let i = 0; i < 300; i++) deep = { callExpr: { function: '!_', args: [deep] } };
  t.throws(() => celCompiler().ofTree(deep, SITE), /nested more than 250 deep/);
  for (const wrong of [{}, { constExpr: {} }, { comprehensionExpr: {} }, { structExpr: { messageName: 'Foo' } }]) {
    t.throws(() => celCompiler().ofTree(wrong, SITE), /failed to create an expression/);
  }
});
