/** What is done with the messages of schema/generated/expr.ts; see support.ts. */
import type { Entry } from './support.ts';

/** Where an expression came from, what a checker found out of it, and the numbers of its nodes: nobody evaluates by them, Envoy neither. */
const messages = (of: string): Readonly<Record<string, Entry>> => ({
  [`${of}.CheckedExpr`]: { does: 'expr', inert: 'reference_map type_map source_info expr_version' },
  [`${of}.ParsedExpr`]: { does: 'expr', inert: 'source_info' },
  [`${of}.Constant`]: { does: '*' },
  // A comprehension is known, and refused in Envoy's words.
  [`${of}.Expr`]: {
    does: 'const_expr ident_expr select_expr call_expr list_expr struct_expr comprehension_expr',
    inert: 'id',
  },
  [`${of}.Expr.Ident`]: { does: '*' },
  [`${of}.Expr.Select`]: { does: '*' },
  [`${of}.Expr.Call`]: { does: '*' },
  [`${of}.Expr.CreateList`]: { does: '*' },
  [`${of}.Expr.CreateStruct`]: { does: '*' },
  [`${of}.Expr.CreateStruct.Entry`]: { does: 'field_key map_key value optional_entry', inert: 'id' },
  [`${of}.Expr.Comprehension`]: { does: '*' },
});

const entries: Readonly<Record<string, Entry>> = {
  ...messages('cel.expr'),
  ...messages('google.api.expr.v1alpha1'),
};
export default entries;
