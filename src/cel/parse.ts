/**
 * The text of a CEL expression → its tree. Mirrors cel-cpp's parser (google::api::expr::parser::Parse), macros included: has() is a test of a
 * field, and those that go through a list are refused, as Envoy's evaluator has them disabled.
 */
import { type Expression, MAX_CHARS, MAX_DEPTH, NO_COMPREHENSIONS } from './expression.ts';
import { checkInteger, SyntaxMistake, type Token, tokens } from './tokens.ts';
import type { Value } from './values.ts';

const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
/** Macros by name and number of arguments, all of them methods. */
const LOOPS = new Set(['all/2', 'exists/2', 'exists_one/2', 'existsOne/2', 'map/2', 'map/3', 'filter/2']);

const RELATIONS = new Set(['<', '<=', '>=', '>', '==', '!=']);
const EXPECTED =
  "'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";

/** Throws a sentence like Envoy's, with the place in the text. */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_CHARS)
    throw new Error(`expression size exceeds codepoint limit. input size: ${text.length}, limit: ${MAX_CHARS}`);
  try {
    return new Parser(tokens(text)).all();
  } catch (error) {
    if (!(error instanceof SyntaxMistake)) throw error;
    const before = text.slice(0, error.at).split('\n');
    const place = `${before.length}:${before[before.length - 1].length + 1}`;
    throw new Error(`Not able to parse expression: INVALID_ARGUMENT: ERROR: <input>:${place}: ${error.message}`);
  }
}

const call = (name: string, ...args: readonly Expression[]): Expression => ({ kind: 'call', name, target: null, args });

class Parser {
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(list: readonly Token[]) {
    this.tokens = list;
  }

  all(): Expression {
    const expression = this.expression();
    const { kind, text, at } = this.token;
    if (kind !== 'end') throw new SyntaxMistake(at, `Syntax error: extraneous input '${text}' expecting <EOF>`);
    return expression;
  }

  private get token(): Token {
    return this.tokens[this.next];
  }

  private is(op: string): boolean {
    return this.token.kind === 'op' && this.token.text === op;
  }

  private takes(op: string): boolean {
    if (!this.is(op)) return false;
    this.next++;
    return true;
  }

  private expect(op: string, expected = `'${op}'`): void {
    if (this.takes(op)) return;
    const { text, at } = this.token;
    throw new SyntaxMistake(at, `Syntax error: mismatched input '${text}' expecting ${expected}`);
  }

  private expression(): Expression {
    this.deeper();
    const condition = this.either();
    if (this.takes('?')) {
      const yes = this.either();
      this.expect(':');
      const no = this.expression();
      this.depth--;
      return call('_?_:_', condition, yes, no);
    }
    this.depth--;
    return condition;
  }

  private deeper(): void {
    this.depth++;
    if (this.depth > MAX_DEPTH) {
      throw new SyntaxMistake(this.token.at, `Exceeded max recursion depth of ${MAX_DEPTH} when parsing.`);
    }
  }

  /** A chain of one operator is one call, however long it is. */
  private either(): Expression {
    return this.chain('||', '_||_', () => this.chain('&&', '_&&_', () => this.relation()));
  }

  private chain(op: string, name: string, operand: () => Expression): Expression {
    const first = operand();
    if (!this.is(op)) return first;
    const args = [first];
    while (this.takes(op)) args.push(operand());
    return call(name, ...args);
  }

  private relation(): Expression {
    let left = this.sum();
    for (;;) {
      const { kind, text } = this.token;
      const inside = kind === 'name' && text === 'in';
      if (!inside && (kind !== 'op' || !RELATIONS.has(text))) return left;
      this.next++;
      this.deeper();
      left = call(inside ? '@in' : `_${text}_`, left, this.sum());
    }
  }

  private sum(): Expression {
    return this.leftward(['+', '-'], () => this.leftward(['*', '/', '%'], () => this.unary()));
  }

  /** Calls of operators that stand side by side lie in each other. */
  private leftward(ops: readonly string[], operand: () => Expression): Expression {
    const { depth } = this;
    let left = operand();
    for (;;) {
      const { kind, text } = this.token;
      if (kind !== 'op' || !ops.includes(text)) {
        this.depth = depth;
        return left;
      }
      this.next++;
      this.deeper();
      left = call(`_${text}_`, left, operand());
    }
  }

  private unary(): Expression {
    if (this.is('!')) {
      let odd = false;
      while (this.takes('!')) odd = !odd;
      const operand = this.member();
      return odd ? call('!_', operand) : operand;
    }
    if (!this.is('-')) return this.member();
    let odd = false;
    while (this.takes('-')) {
      odd = !odd;
      const value = this.token.kind === 'number' ? this.token.value : undefined;
      if (!this.is('-') && odd && (typeof value === 'bigint' || typeof value === 'number')) {
        return this.member({ ...this.token, value: -value });
      }
    }
    const operand = this.member();
    return odd ? call('-_', operand) : operand;
  }

  /** `number`: the next token with its sign. */
  private member(number?: Token): Expression {
    const { depth } = this;
    let of = this.primary(number);
    for (;;) {
      this.deeper();
      if (this.takes('.')) {
        this.refuseOptional();
        const { kind, text, at } = this.token;
        if (kind !== 'name' && kind !== 'quoted name') {
          throw new SyntaxMistake(at, `Syntax error: no viable alternative at input '.${kind === 'end' ? '' : text}'`);
        }
        this.next++;
        of =
          kind === 'name' && this.takes('(')
            ? method(of, text, this.list(')'))
            : { kind: 'field', operand: of, field: text, test: false };
      } else if (this.takes('[')) {
        this.refuseOptional();
        const index = this.expression();
        this.expect(']');
        of = call('_[_]', of, index);
      } else {
        const message = this.is('{') ? named(of) : null;
        if (message !== null) {
          throw new Error(
            `failed to create an expression: Invalid struct creation: missing type info for '${message}'`,
          );
        }
        this.depth = depth;
        return of;
      }
    }
  }

  private refuseOptional(): void {
    if (this.is('?')) throw new SyntaxMistake(this.token.at, "unsupported syntax '.?'");
  }

  private primary(number?: Token): Expression {
    const { kind, text, at, value } = number ?? this.token;
    if (kind === 'literal' || kind === 'number') {
      this.next++;
      checkInteger(value, at);
      return { kind: 'constant', value: value as Value };
    }
    if (this.takes('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.takes('[')) return { kind: 'list', items: this.list(']') };
    if (this.takes('{')) return { kind: 'map', entries: this.entries() };
    if (kind === 'name' && WORDS.has(text)) {
      this.next++;
      return { kind: 'constant', value: WORDS.get(text) as Value };
    }
    // `.name`: from the outermost names, which here are all.
    this.takes('.');
    const name = this.token;
    if (name.kind !== 'name' || name.text === 'in' || WORDS.has(name.text)) {
      throw new SyntaxMistake(name.at, `Syntax error: mismatched input '${name.text}' expecting {${EXPECTED}}`);
    }
    if (RESERVED.has(name.text)) throw new SyntaxMistake(name.at, `reserved identifier: ${name.text}`);
    this.next++;
    return this.takes('(') ? global(name.text, this.list(')'), name.at) : { kind: 'name', name: name.text };
  }

  /** Up to `end`, which is taken. A comma may stand before it, but for a call. */
  private list(end: ']' | ')'): Expression[] {
    const items: Expression[] = [];
    while (!this.is(end)) {
      items.push(this.expression());
      if (!this.takes(',')) break;
      if (end === ')' && this.is(end)) break;
    }
    this.expect(end, `{'${end}', ','}`);
    return items;
  }

  private entries(): (readonly [Expression, Expression])[] {
    const entries: (readonly [Expression, Expression])[] = [];
    while (!this.is('}')) {
      const key = this.expression();
      this.expect(':');
      entries.push([key, this.expression()]);
      if (!this.takes(',')) break;
    }
    this.expect('}', "{'}', ','}");
    return entries;
  }
}

function global(name: string, args: readonly Expression[], at: number): Expression {
  if (name !== 'has' || args.length !== 1) return call(name, ...args);
  const [of] = args;
  if (of.kind !== 'field') throw new SyntaxMistake(at + 4, 'has() argument must be a field selection');
  return { ...of, test: true };
}

function method(target: Expression, name: string, args: readonly Expression[]): Expression {
  if (LOOPS.has(`${name}/${args.length}`)) throw new Error(NO_COMPREHENSIONS);
  return { kind: 'call', name, target, args };
}

/** The name of a message that is to be made; null where it is none. */
function named(e: Expression): string | null {
  if (e.kind === 'name') return e.name;
  if (e.kind !== 'field') return null;
  const outer = named(e.operand);
  return outer === null ? null : `${outer}.${e.field}`;
}
