/**
 * Attributes of a request that a service is told, by expressions of CEL: names (`request.path`), or whatever a config says. Mirrors ExpressionManager
 * (source/extensions/filters/http/ext_proc/matching_utils.cc): what is an error is left out.
 */
import { about } from '../../config/refusal.ts';
import { type CelProgram, type CelSite, celCompiler } from '../../format/cel-programs.ts';
import type { Json } from '../../format/format-context.ts';
import { fromWire } from '../../platform/wire-text.ts';
import type { FilterStream } from '../stream/filter.ts';

export interface Attribute {
  /** As the config has it. */
  readonly name: string;
  readonly program: CelProgram;
}

/** The evaluator is loaded (cel/engine.ts). */
export function compileAttributes(config: object, field: string, names: readonly string[], site: CelSite): Attribute[] {
  return [...new Set(names)].map((name) => ({
    name,
    program: about(config, field, () => celCompiler().ofText(name, site)),
  }));
}

/** Those that there are. */
export function evaluate(stream: FilterStream, attributes: readonly Attribute[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  // Where it leads is known from then on.
  stream.route();
  const { info, request, response, responseTrailers } = stream;
  for (const { name, program } of attributes) {
    const v = program.typed({ info, request, response, responseTrailers }, -1);
    if (v !== undefined) out[name] = typeof v === 'string' ? text(v) : scalar(v);
  }
  return out;
}

/** Numbers and bools are what they are, anything else is told as a text. */
function scalar({ text: json, shown }: Json): unknown {
  if (shown === 'NULL') return null;
  const value: unknown = JSON.parse(json);
  return typeof value === 'number' || typeof value === 'boolean' ? value : text(shown);
}

const text = (wire: string): string => fromWire(wire) ?? Buffer.from(wire, 'latin1').toString();
