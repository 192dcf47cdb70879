/**
 * What compiles expressions of CEL: loaded for configs that have one. Envoy's builder (source/extensions/filters/common/expr/evaluator.cc) is
 * cel-cpp's with comprehensions off and regular expressions of 100 instructions.
 */
import { RE2JS } from 're2js';
import type { CelExpressionConfig, OlderCelExpr } from '../config/schema/types.ts';
import { type CelCompiler, type CelProgram, type CelSite, setCelCompiler } from '../format/cel-programs.ts';
import { type FormatContext, Json } from '../format/format-context.ts';
import { cut } from '../format/operator-rows.ts';
import { Attributes, asked, type Finder, needsOf } from './attributes.ts';
import type { Expression } from './expression.ts';
import { expressionOf } from './from-config.ts';
import { type FunctionRow, functionTable } from './functions.ts';
import { parseExpression } from './parse.ts';
import { json, print } from './print.ts';
import { compileExpression } from './program.ts';

const regexes = (pattern: string): RE2JS => RE2JS.compile(pattern);

class Program implements CelProgram {
  private readonly find: Finder;
  constructor(find: Finder) {
    this.find = find;
  }
  matches(c: FormatContext): boolean {
    return this.find(c) === true;
  }
  matchesYet(c: FormatContext): boolean | undefined {
    asked.tooEarly = false;
    const found = this.find(c) === true;
    return asked.tooEarly ? undefined : found;
  }
  text(c: FormatContext): string | undefined {
    const v = this.find(c);
    return v === undefined ? undefined : print(v);
  }
  typed(c: FormatContext, length: number): string | Json | undefined {
    const v = this.find(c);
    if (v === undefined) return undefined;
    if (typeof v === 'string') return cut(v, length);
    const shown = cut(print(v), length) as string;
    const value = json(v) ?? 'null';
    // A time is a text in JSON too, and is cut like one.
    return new Json(
      value.startsWith('"') && length >= 0 ? `${value.slice(0, length + 1).replace(/"$/, '')}"` : value,
      shown,
    );
  }
}

/** By what may be switched on. */
const tables = new Map<string, ReadonlyMap<string, FunctionRow>>();

function functions(options: CelExpressionConfig = {}): ReadonlyMap<string, FunctionRow> {
  const { enableStringConversion = false, enableStringConcat = false, enableStringFunctions = false } = options;
  const key = `${enableStringConversion},${enableStringConcat},${enableStringFunctions}`;
  let table = tables.get(key);
  if (table === undefined) {
    const wanted = {
      stringConversion: enableStringConversion,
      stringConcat: enableStringConcat,
      stringFunctions: enableStringFunctions,
    };
    table = functionTable(wanted, regexes);
    tables.set(key, table);
  }
  return table;
}

function compile(e: Expression, site: CelSite, options?: CelExpressionConfig): CelProgram {
  const { clientAddress, filterChainName, listenerMetadata, outbound, localInfo, needs } = site;
  const node =
    localInfo === undefined ? undefined : (localInfo.node ?? { id: localInfo.nodeId, cluster: localInfo.nodeCluster });
  const attributes = new Attributes({ clientAddress, filterChainName, listenerMetadata, outbound, node });
  if (needs !== undefined) needs.bits |= needsIn(e);
  return new Program(compileExpression(e, { functions: functions(options), attributes, regexes }));
}

function needsIn(e: Expression): number {
  switch (e.kind) {
    case 'constant':
      return typeof e.value === 'string' ? needsOf(e.value) : 0;
    case 'name':
      return 0;
    case 'field':
      return needsOf(e.field) | needsIn(e.operand);
    case 'list':
      return all(e.items);
    case 'map':
      return all(e.entries.flat());
    default:
      return all(e.args) | (e.target === null ? 0 : needsIn(e.target));
  }
}

function all(list: readonly Expression[]): number {
  let bits = 0;
  for (const e of list) bits |= needsIn(e);
  return bits;
}

class Compiler implements CelCompiler {
  ofText(text: string, site: CelSite, options?: CelExpressionConfig): CelProgram {
    return compile(parseExpression(text), site, options);
  }
  ofTree(tree: OlderCelExpr, site: CelSite, options?: CelExpressionConfig): CelProgram {
    return compile(expressionOf(tree), site, options);
  }
}

setCelCompiler(new Compiler());
