/**
 * Scalars and protobuf's well-known types, from tree nodes: what Envoy 1.40's JSON reader accepts (measured; docs/reference/
 * config.md lists it) and its words for what it does not.
 */
import { MAX_SECONDS, parseDuration } from './duration.ts';
import type { ScalarNode, TreeNode } from './tree.ts';

export interface ValueError {
  /** protobuf's name for the wanted type. */
  readonly type: string;
  readonly reason: string;
  readonly hint?: string;
  /** Envoy's sentence, where protobuf's reader takes the value and the server refuses it. */
  readonly envoy?: string;
  readonly node?: TreeNode;
}

type Result = { value: unknown } | ValueError;

const TYPE_NAMES: Record<string, string> = {
  s: 'string',
  y: 'bytes',
  b: 'bool',
  d: 'double',
  f: 'float',
  i: 'int32',
  u: 'uint32',
  I: 'int64',
  U: 'uint64',
};

const BOUNDS: Record<string, readonly [min: number, max: number]> = {
  i: [-(2 ** 31), 2 ** 31 - 1],
  u: [0, 2 ** 32 - 1],
  I: [-(2 ** 63), 2 ** 63 - 1],
  U: [0, 2 ** 64 - 1],
};

const WRAPPER_NAMES: Record<string, string> = {
  u: 'UInt32',
  i: 'Int32',
  U: 'UInt64',
  I: 'Int64',
  b: 'Bool',
  d: 'Double',
  f: 'Float',
  s: 'String',
  y: 'Bytes',
};

const WRAPPER_DEFAULTS: Record<string, unknown> = { b: false, s: '', y: Buffer.alloc(0) };

/** UInt32Value and its kind: the plain value, or an object that holds it. */
export function decodeWrapper(letter: string, node: TreeNode): Result {
  const type = `message google.protobuf.${WRAPPER_NAMES[letter]}Value`;
  let inner = node;
  if (node.kind === 'mapping') {
    const other = node.entries.find((e) => e.key !== 'value');
    if (other !== undefined) return { type, reason: `no such field: '${other.key}'`, node: other.value };
    // An empty wrapper holds its type's default.
    if (node.entries.length === 0) return { value: WRAPPER_DEFAULTS[letter] ?? 0 };
    inner = node.entries[0].value;
  }
  const result = decodeScalar(letter, inner);
  return 'value' in result ? result : { ...result, type };
}

export function decodeScalar(letter: string, node: TreeNode): Result {
  const type = TYPE_NAMES[letter];
  switch (letter) {
    case 's':
      return node.kind === 'scalar' && typeof node.value === 'string'
        ? { value: node.value }
        : { type, reason: `unexpected ${describe(node)}; expected '"'`, hint: stringHint(node) };
    case 'y':
      return decodeBytes(node, type);
    case 'b':
      return decodeBool(node, type);
    case 'd':
    case 'f':
      return decodeFloat(node, type);
    default:
      return decodeInteger(letter, node, type);
  }
}

function stringHint(node: TreeNode): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  return `unquoted, YAML makes this a ${typeof node.value}; put it in quotes`;
}

/** Text goes through absl::SimpleAtob, which knows more words than YAML does. */
function decodeBool(node: TreeNode, type: string): Result {
  if (node.kind === 'scalar') {
    if (typeof node.value === 'boolean') return { value: node.value };
    if (typeof node.value === 'string') {
      if (/^(true|t|yes|y|1)$/i.test(node.value)) return { value: true };
      if (/^(false|f|no|n|0)$/i.test(node.value)) return { value: false };
    }
  }
  return { type, reason: "expected 'true' or 'false'" };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function decodeInteger(letter: string, node: TreeNode, type: string): Result {
  if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean') {
    return { type, reason: 'expected number or string' };
  }
  const text = String(node.value);
  if (!NUMBER.test(text)) {
    // Blanks around it are found by another part of protobuf's reader than letters in it.
    const padded = text !== text.trim();
    return { type, reason: padded ? 'non-number characters in quoted number' : `invalid number: '${text}'` };
  }
  const value = Number(text);
  if (!Number.isInteger(value)) return { type, reason: 'expected integer, but JSON number had fractional part' };
  const [min, max] = BOUNDS[letter];
  if (value < min || value > max) {
    return { type, reason: value < 0 && min === 0 ? 'JSON number out of range for int' : 'integer out of range' };
  }
  return { value };
}

function decodeFloat(node: TreeNode, type: string): Result {
  if (node.kind === 'scalar') {
    if (typeof node.value === 'number') return { value: node.value };
    if (typeof node.value === 'string') {
      if (NUMBER.test(node.value)) return { value: Number(node.value) };
      if (node.value === 'NaN') return { value: Number.NaN };
      if (node.value === 'Infinity' || node.value === '-Infinity') return { value: Number(node.value) };
      return { type, reason: 'non-number characters in quoted number' };
    }
  }
  return { type, reason: 'expected number or string' };
}

/** Standard or URL-safe base64, padded or not. */
function decodeBytes(node: TreeNode, type: string): Result {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    return { type, reason: `unexpected ${describe(node)}; expected '"'` };
  }
  if (!/^[\w+/-]*={0,2}$/.test(node.value))
    return { type, reason: 'corrupt base64', hint: 'bytes are written in base64' };
  return { value: Buffer.from(node.value, 'base64') };
}

export function wellKnown(letter: string, node: TreeNode): Result {
  switch (letter) {
    case 'D':
      return decodeDuration(node);
    case 'E':
      return node.kind === 'mapping'
        ? { value: Object.create(null) }
        : { type: 'message google.protobuf.Empty', reason: `unexpected ${describe(node)}; expected '{'` };
    case 'S':
      return node.kind === 'mapping'
        ? { value: structValue(node) }
        : { type: 'message google.protobuf.Struct', reason: `unexpected ${describe(node)}; expected '{'` };
    case 'L':
      return node.kind === 'sequence'
        ? { value: structValue(node) }
        : { type: 'message google.protobuf.ListValue', reason: `unexpected ${describe(node)}; expected '['` };
    case 'T':
      return decodeTimestamp(node);
    case 'M':
      return decodeScalar('s', node);
    default:
      return { value: structValue(node) };
  }
}

function decodeDuration(node: TreeNode): Result {
  const type = 'message google.protobuf.Duration';
  if (node.kind === 'mapping') return durationObject(node, type);
  const raw = node.kind === 'scalar' ? node.value : undefined;
  if (typeof raw === 'string') {
    const value = parseDuration(raw);
    return typeof value === 'number' ? { value } : { type, reason: value, hint: 'seconds with an s: 5s, 0.250s' };
  }
  const hint = typeof raw === 'number' ? `durations carry a unit: ${raw}s` : 'seconds with an s: 5s, 0.250s';
  return { type, reason: `unexpected ${describe(node)}; expected '"'`, hint };
}

function durationObject(node: TreeNode & { kind: 'mapping' }, type: string): Result {
  let seconds = 0;
  let nanos = 0;
  for (const entry of node.entries) {
    if (entry.key !== 'seconds' && entry.key !== 'nanos') return { type, reason: `no such field: '${entry.key}'` };
    const part = decodeScalar(entry.key === 'seconds' ? 'I' : 'i', entry.value);
    if (!('value' in part)) return { ...part, node: entry.value };
    if (entry.key === 'seconds') seconds = part.value as number;
    else nanos = part.value as number;
  }
  const reason =
    Math.abs(seconds) > MAX_SECONDS || Math.abs(nanos) >= 1e9
      ? 'Invalid duration: Duration out-of-range according to Protobuf'
      : seconds * nanos < 0
        ? 'Invalid duration: Expected positive duration'
        : undefined;
  return reason === undefined ? { value: seconds * 1000 + nanos / 1e6 } : { type, reason, envoy: reason };
}

/** ms since the epoch. */
function decodeTimestamp(node: TreeNode): Result {
  const type = 'message google.protobuf.Timestamp';
  const raw = node.kind === 'scalar' ? node.value : undefined;
  const value = typeof raw === 'string' && /^\d{4}-\d\d-\d\dT/.test(raw) ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(value)
    ? { type, reason: 'corrupt timestamp', hint: 'RFC 3339: 2026-11-23T00:00:00Z' }
    : { value };
}

/** google.protobuf.Value: null-prototype objects, arrays and scalars. */
export function structValue(node: TreeNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'sequence':
      return node.items.map(structValue);
    default: {
      const object = Object.create(null) as Record<string, unknown>;
      for (const entry of node.entries) object[entry.key] = structValue(entry.value);
      return object;
    }
  }
}

/** As protobuf's reader sees the first character of the value. */
export function describe(node: TreeNode): string {
  if (node.kind === 'mapping') return "character: '{'";
  if (node.kind === 'sequence') return "character: '['";
  return `character: '${firstCharacter(node)}'`;
}

function firstCharacter(node: ScalarNode): string {
  if (typeof node.value === 'string') return '"';
  return String(node.value)[0];
}
