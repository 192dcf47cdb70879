/**
 * What a text or a value of a layer says. A text of a file or of POST /runtime_modify is YAML: a number, true or false, a map of `numerator` and
 * `denominator`; anything else is a text, which no default gives way to. Role of SnapshotImpl::createEntry (source/common/runtime/runtime_impl.cc),
 * its answers taken from Envoy 1.40.
 */
import { parseYaml } from '../config/full-yaml.ts';
import { quickYaml } from '../config/quick-yaml.ts';
import { Source } from '../config/source.ts';
import { structValue } from '../config/values.ts';
import { DENOMINATORS, type Fraction, type RuntimeEntry } from './runtime.ts';

/** Envoy's numbers are those of 64 bits; the largest becomes this as a double. */
const MAX_UINT = 2 ** 64;
const MAX_UINT32 = 2 ** 32;
/** As absl::SimpleAtod takes it: spaces around it, a sign, hexadecimal digits. */
const NUMBER = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x[\da-f]+)\s*$/i;

/** A map is a fraction, not a level of more keys, when it is empty or has one of these. */
export function isFraction(map: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(map);
  return names.length === 0 || names.includes('numerator') || names.includes('denominator');
}

/** Of a file or of a request. Throws a SyntaxProblem where it is no YAML. */
export function entryOfText(text: string): RuntimeEntry {
  const source = new Source('', text);
  const value = text.trim() === '' ? null : structValue(quickYaml(source) ?? parseYaml(source));
  // Envoy's reader takes what stands before a second document.
  return entryOfValue(value, text);
}

/** Of a static layer: what its YAML was read into. `raw`: the text it was read from. */
export function entryOfValue(value: unknown, raw?: string): RuntimeEntry {
  if (typeof value === 'boolean') return { raw: raw ?? String(value), flag: value };
  if (typeof value === 'number') return numeric(raw ?? String(value), value);
  if (typeof value === 'string') {
    // In a file or a request quotes make a text of a number; in the bootstrap they do not.
    const text = raw ?? value;
    return NUMBER.test(text) ? numeric(text, toNumber(text)) : { raw: text };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const map = value as Readonly<Record<string, unknown>>;
    return { raw: raw ?? debugString(map), fraction: fractionOfMap(map) };
  }
  return { raw: raw ?? '' };
}

function toNumber(text: string): number {
  const trimmed = text.trim();
  return trimmed.startsWith('-') ? -Number(trimmed.slice(1)) : Number(trimmed.replace(/^\+/, ''));
}

function numeric(raw: string, value: number): RuntimeEntry {
  return {
    raw,
    number: value,
    uint: value >= 0 && value <= MAX_UINT ? Math.trunc(value) : undefined,
    flag: Number.isInteger(value) ? value !== 0 : undefined,
  };
}

/** Undefined for a map that is none. A numerator that is no whole number of 32 bits counts as 0, one below 0 as more than all (it wraps around). */
function fractionOfMap(map: Readonly<Record<string, unknown>>): Fraction | undefined {
  const { numerator = 0, denominator = 'HUNDRED', ...others } = map;
  if (Object.keys(others).length > 0 || typeof denominator !== 'string') return undefined;
  if (!Object.hasOwn(DENOMINATORS, denominator)) return undefined;
  const whole = typeof numerator === 'number' && Number.isInteger(numerator) && numerator < MAX_UINT32 ? numerator : 0;
  return { numerator: whole < 0 ? MAX_UINT32 : whole, denominator: DENOMINATORS[denominator] };
}

/** As Envoy prints a map: protobuf's text for people to read, which says first that it may change. */
function debugString(map: Readonly<Record<string, unknown>>): string {
  let text = 'goo.gle/debugstr    \n';
  for (const [key, value] of Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) {
    text += `fields {\n  key: ${JSON.stringify(key)}\n  value {\n    ${field(value)}\n  }\n}\n`;
  }
  return text;
}

function field(value: unknown): string {
  if (typeof value === 'number') return `number_value: ${value}`;
  if (typeof value === 'boolean') return `bool_value: ${value}`;
  if (typeof value === 'string') return `string_value: ${JSON.stringify(value)}`;
  return value === null ? 'null_value: NULL_VALUE' : 'struct_value { }';
}
