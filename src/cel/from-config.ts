/** An expression that a config brings parsed (google.api.expr.v1alpha1.Expr, cel.expr.Expr) → a tree. */
import { refuse } from '../config/refusal.ts';
import type { CelExpr as NewExpr, OlderCelExpr as OldExpr } from '../config/schema/types.ts';
import { toWire } from '../platform/wire-text.ts';
import { type Expression, MAX_DEPTH, NO_COMPREHENSIONS } from './expression.ts';
import { ofMs } from './time.ts';
import { Bytes, Duration, Timestamp, Uint, type Value } from './values.ts';

type Expr = OldExpr | NewExpr;
type Constant = NonNullable<Expr['constExpr']>;

const INVALID = 'failed to create an expression: ';

/** Refuses what is no expression, at its place. */
export function expressionOf(e: Expr, depth = 0): Expression {
  const of = (inner: Expr | undefined): Expression => {
    if (inner === undefined) return refuse(e, '', `${INVALID}Invalid empty expression`);
    return expressionOf(inner, depth + 1);
  };
  if (depth > MAX_DEPTH) refuse(e, '', `${INVALID}nested more than ${MAX_DEPTH} deep`);
  if (e.constExpr !== undefined) return { kind: 'constant', value: constant(e.constExpr) };
  if (e.identExpr !== undefined) return { kind: 'name', name: e.identExpr.name ?? '' };
  if (e.selectExpr !== undefined) {
    const { operand, field = '', testOnly = false } = e.selectExpr;
    return { kind: 'field', operand: of(operand), field: toWire(field), test: testOnly };
  }
  if (e.callExpr !== undefined) {
    const { target, function: name = '', args = [] } = e.callExpr;
    return { kind: 'call', name, target: target === undefined ? null : of(target), args: args.map(of) };
  }
  if (e.listExpr !== undefined) {
    const { elements = [], optionalIndices = [] } = e.listExpr;
    if (optionalIndices.length > 0) refuse(e.listExpr, 'optional_indices', `${INVALID}optional types are not enabled`);
    return { kind: 'list', items: elements.map(of) };
  }
  if (e.structExpr !== undefined) {
    const { messageName = '', entries = [] } = e.structExpr;
    if (messageName !== '') {
      refuse(e.structExpr, 'message_name', `${INVALID}Invalid struct creation: missing type info for '${messageName}'`);
    }
    return {
      kind: 'map',
      entries: entries.map(({ mapKey, value, optionalEntry }) => {
        if (optionalEntry === true) refuse(e, '', `${INVALID}optional types are not enabled`);
        return [of(mapKey), of(value)];
      }),
    };
  }
  if (e.comprehensionExpr !== undefined) refuse(e, '', NO_COMPREHENSIONS);
  return refuse(e, '', `${INVALID}Invalid empty expression`);
}

function constant(c: Constant): Value {
  if (c.boolValue !== undefined) return c.boolValue;
  if (c.int64Value !== undefined) return BigInt(safe(c, 'int64_value', c.int64Value));
  if (c.uint64Value !== undefined) return new Uint(BigInt(safe(c, 'uint64_value', c.uint64Value)));
  if (c.doubleValue !== undefined) return c.doubleValue;
  if (c.stringValue !== undefined) return toWire(c.stringValue);
  if (c.bytesValue !== undefined) return new Bytes(c.bytesValue.toString('latin1'));
  if (c.durationValue !== undefined) return new Duration(ofMs(c.durationValue));
  if (c.timestampValue !== undefined) return new Timestamp(ofMs(c.timestampValue));
  if (c.nullValue !== undefined) return null;
  return refuse(c, '', `${INVALID}unspecified constant`);
}

function safe(c: Constant, field: string, n: number): number {
  if (!Number.isSafeInteger(n)) refuse(c, field, 'a number of more than 53 bits is not supported yet');
  return n;
}
