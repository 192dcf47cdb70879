/**
 * Expressions of CEL, for whatever has one: the evaluator (cel/engine.ts) puts itself here when it is loaded. Formats are compiled at
 * once, so it is loaded before, where a config's text says that it will be needed (config/announced.ts).
 */
import { refuse, within } from '../config/refusal.ts';
import type { CelExpressionConfig, OlderCelExpr, XdsCelExpression } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import type { ClientAddress, FormatBuild, FormatContext, Json, StreamNeeds } from './format-context.ts';

/** An expression that is compiled. */
export interface CelProgram {
  /** It is true: neither an error nor anything else. */
  matches(c: FormatContext): boolean;
  /** As `matches`; undefined: it asks something of an answer that has not come. */
  matchesYet(c: FormatContext): boolean | undefined;
  /** Wire text; undefined for an error. */
  text(c: FormatContext): string | undefined;
  /** As it stands in JSON: a text, or any other value. `length`: texts are cut; -1: they are not. */
  typed(c: FormatContext, length: number): string | Json | undefined;
}

/** Where an expression stands. `node`: it may ask who we are. */
export type CelSite = Pick<FormatBuild, 'clientAddress' | 'filterChainName' | 'listenerMetadata' | 'outbound'> & {
  readonly localInfo?: FormatBuild['localInfo'];
  readonly needs?: StreamNeeds;
};

export interface CelCompiler {
  /** Throws a sentence like Envoy's. */
  ofText(text: string, site: CelSite, options?: CelExpressionConfig): CelProgram;
  ofTree(tree: OlderCelExpr, site: CelSite, options?: CelExpressionConfig): CelProgram;
}

const loaded: { compiler: CelCompiler | null } = { compiler: null };

export function setCelCompiler(compiler: CelCompiler): void {
  loaded.compiler = compiler;
}

export function celCompiler(): CelCompiler {
  if (loaded.compiler === null) throw new Error('an expression of CEL was not announced to what compiles it');
  return loaded.compiler;
}

/** Of a CelMatcher: Envoy takes it parsed or checked, under the older name and the newer. */
export function celMatcherProgram(e: XdsCelExpression, site: CelSite): CelProgram {
  const tree = e.celExprChecked?.expr ?? e.celExprParsed?.expr ?? e.checkedExpr?.expr ?? e.parsedExpr?.expr;
  if (tree === undefined) {
    return refuse(e, '', 'an expression is taken as cel_expr_checked, cel_expr_parsed, checked_expr or parsed_expr');
  }
  return within(e, () => celCompiler().ofTree(tree, site));
}

/** Of a filter, where nobody is told who we are. */
export function celSite(
  ctx: Pick<FactoryContext, 'filterChainName' | 'listenerMetadata' | 'outbound'> & {
    readonly clientAddress?: ClientAddress;
  },
): CelSite {
  const { filterChainName, listenerMetadata, outbound, clientAddress = () => undefined } = ctx;
  return { filterChainName, listenerMetadata, outbound, clientAddress };
}
