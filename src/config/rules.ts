/** One value against one set of rules: the words protoc-gen-validate's C++ code has for what is broken, or undefined. */
import { goDuration } from './duration.ts';
import type { Rules } from './schema/format.ts';
import type { EnumType, Field } from './schema/registry.ts';

export function brokenRule(field: Field, rules: Rules, value: unknown, values?: EnumType): string | undefined {
  if (Array.isArray(value)) return listRule(rules, value);
  if (rules.ignore_empty && (value === '' || value === 0 || (Buffer.isBuffer(value) && value.length === 0)))
    return undefined;
  if (typeof value === 'string' && field.kind === 'enum') return enumRule(rules, value, values);
  if (typeof value === 'string') return stringRule(rules, value);
  if (typeof value === 'number') return numberRule(rules, value, field.letter === 'D' ? goDuration : String);
  if (Buffer.isBuffer(value)) {
    if (value.length < (rules.min_len ?? 0)) return `value length must be at least ${rules.min_len} bytes`;
    if (value.length > (rules.max_len ?? Infinity)) return `value length must be at most ${rules.max_len} bytes`;
  }
  if (typeof value === 'boolean' && rules.const !== undefined && value !== rules.const)
    return `value must equal ${rules.const}`;
  return undefined;
}

function listRule(rules: Rules, list: unknown[]): string | undefined {
  const { min_items: min, max_items: max } = rules;
  if (min !== undefined && max !== undefined && (list.length < min || list.length > max)) {
    return min === max
      ? `value must contain exactly ${min} item(s)`
      : `value must contain between ${min} and ${max} items, inclusive`;
  }
  if (min !== undefined && list.length < min) return `value must contain at least ${min} item(s)`;
  if (max !== undefined && list.length > max) return `value must contain no more than ${max} item(s)`;
  if (rules.unique && new Set(list.map((v) => JSON.stringify(v))).size < list.length) {
    return 'repeated value must contain unique items';
  }
  return undefined;
}

function enumRule(rules: Rules, value: string, values: EnumType | undefined): string | undefined {
  const number = values?.byName(value)?.number ?? Number(value);
  if (rules.defined_only && values?.byNumber(number) === undefined)
    return 'value must be one of the defined enum values';
  if (rules.const !== undefined && number !== rules.const) return `value must equal ${rules.const}`;
  if (rules.in !== undefined && !rules.in.includes(number)) return `value must be in list [${rules.in.join(' ')}]`;
  if (rules.not_in?.includes(number)) return `value must not be in list [${rules.not_in.join(' ')}]`;
  return undefined;
}

function numberRule(rules: Rules, value: number, show: (v: number) => string): string | undefined {
  const { gt, gte, lt, lte } = rules;
  if (rules.const !== undefined && value !== rules.const) return `value must equal ${show(rules.const as number)}`;
  const above = (gt === undefined || value > gt) && (gte === undefined || value >= gte);
  const below = (lt === undefined || value < lt) && (lte === undefined || value <= lte);
  const low = gt ?? gte;
  const high = lt ?? lte;
  if (low !== undefined && high !== undefined) {
    const range = `${gt !== undefined ? '(' : '['}${show(low)}, ${show(high)}${lt !== undefined ? ')' : ']'}`;
    // A lower bound above the upper one means "outside".
    if (low >= high ? !(above || below) : !(above && below)) return `value must be inside range ${range}`;
  } else if (!above)
    return gt !== undefined
      ? `value must be greater than ${show(gt)}`
      : `value must be greater than or equal to ${show(gte!)}`;
  else if (!below)
    return lt !== undefined
      ? `value must be less than ${show(lt)}`
      : `value must be less than or equal to ${show(lte!)}`;
  if (rules.in !== undefined && !rules.in.includes(value)) return `value must be in list [${rules.in.join(' ')}]`;
  if (rules.not_in?.includes(value)) return `value must not be in list [${rules.not_in.join(' ')}]`;
  return undefined;
}

function stringRule(rules: Rules, value: string): string | undefined {
  if (rules.const !== undefined && value !== rules.const) return `value must equal ${rules.const}`;
  const { min_len: min, max_len: max, min_bytes: minBytes, max_bytes: maxBytes } = rules;
  if (min !== undefined && count(value) < min) return `value length must be at least ${min} characters`;
  if (max !== undefined && count(value) > max) return `value length must be at most ${max} characters`;
  if (minBytes !== undefined || maxBytes !== undefined) {
    const bytes = Buffer.byteLength(value);
    if (minBytes !== undefined && maxBytes !== undefined && (bytes < minBytes || bytes > maxBytes)) {
      return `value length must be between ${minBytes} and ${maxBytes} bytes, inclusive`;
    }
    if (minBytes !== undefined && bytes < minBytes) return `value length must be at least ${minBytes} bytes`;
    if (maxBytes !== undefined && bytes > maxBytes) return `value length must be at most ${maxBytes} bytes`;
  }
  if (rules.prefix !== undefined && !value.startsWith(rules.prefix))
    return `value does not have prefix \`${rules.prefix}\``;
  if (rules.suffix !== undefined && !value.endsWith(rules.suffix))
    return `value does not have suffix \`${rules.suffix}\``;
  if (rules.contains !== undefined && !value.includes(rules.contains))
    return `value does not contain substring \`${rules.contains}\``;
  if (rules.in !== undefined && !rules.in.includes(value)) return `value must be in list [${rules.in.join(' ')}]`;
  if (rules.not_in?.includes(value)) return `value must not be in list [${rules.not_in.join(' ')}]`;
  if (rules.well_known_regex !== undefined && value !== '' && !wellKnownRegex(rules, value)) {
    return `value does not match regex pattern "${headerPattern(rules)}"`;
  }
  // These patterns come from Envoy's protos, not from a user; all of them mean the same in JavaScript.
  if (rules.pattern !== undefined && !new RegExp(rules.pattern).test(value)) {
    return `value does not match regex pattern ${JSON.stringify(rules.pattern)}`;
  }
  return undefined;
}

const count = (value: string): number => [...value].length;

/** HTTP header names and values (validate.proto, KnownRegex); not strict: anything on one line. */
const HEADER_PATTERNS = {
  loose: '^[^\\x00\\n\\r]*$',
  name: "^:?[0-9a-zA-Z!#$%&'*+-.^_|~`]+$",
  value: '^[^\\x00-\\x08\\n-\\x1f\\x7f]*$',
} as const;

function headerPattern(rules: Rules): string {
  if (rules.strict === false) return HEADER_PATTERNS.loose;
  return rules.well_known_regex === 1 ? HEADER_PATTERNS.name : HEADER_PATTERNS.value;
}

const wellKnownRegex = (rules: Rules, value: string): boolean => new RegExp(headerPattern(rules)).test(value);
