/** One row an operator: what carries it out. What may stand with its name is checked before (config/format-syntax/operators.ts). */
import type { FormatBuild, Operator } from './format-context.ts';

export interface OperatorRow {
  /** What it asks of the stream: bits of StreamNeeds. */
  readonly needs?: number;
  /** `length`: bytes, -1 for all. Throws a sentence for an argument it cannot take. */
  make(argument: string, length: number, build: FormatBuild): Operator;
}

export type OperatorRows = Readonly<Record<string, OperatorRow>>;

/** A row without argument. */
export function plain(operator: Operator, needs = 0): OperatorRow {
  return { needs, make: () => operator };
}

/** An empty text is as good as none. */
export function some(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** `value` cut to `length` bytes; -1: all of it. */
export function cut(value: string | undefined, length: number): string | undefined {
  return value === undefined || length < 0 || value.length <= length ? value : value.slice(0, length);
}
