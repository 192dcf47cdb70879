/**
 * A CEL expression as a tree (cel.expr.Expr): what a text is parsed to and what a config may bring parsed. Operators are functions under
 * the names that CEL has for them: `_&&_`, `@in`.
 */
import type { Value } from './values.ts';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  /** `test`: has(operand.field). */
  | { readonly kind: 'field'; readonly operand: Expression; readonly field: string; readonly test: boolean }
  | {
      readonly kind: 'call';
      readonly name: string;
      /** Null: it is no method. */
      readonly target: Expression | null;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: Expression, value: Expression])[] };

/** How deep an expression may be nested: cel-cpp's ParserOptions.max_recursion_depth. */
export const MAX_DEPTH = 250;
/** cel-cpp's ParserOptions.expression_size_codepoint_limit. */
export const MAX_CHARS = 100_000;

export const NO_COMPREHENSIONS = 'failed to create an expression: Comprehension support is disabled';
