/** What a value of CEL is as text (Filters::Common::Expr::print) and as JSON (CelValue to google.protobuf.Value). Wire text. */
import { jsonString } from '../format/json-text.ts';
import { durationJson, durationText, timestampJson, timestampText } from './time.ts';
import { Bytes, Duration, MapValue, Message, Timestamp, Type, Uint, UncountedMap, type Value } from './values.ts';

export function print(v: Value): string {
  if (v === null) return 'NULL';
  if (typeof v === 'string') return v;
  if (typeof v === 'number') return shortReal(v);
  if (typeof v === 'bigint' || typeof v === 'boolean') return String(v);
  if (v instanceof Uint) return String(v.value);
  if (v instanceof Bytes) return v.bytes;
  if (v instanceof Duration) return durationText(v);
  if (v instanceof Timestamp) return timestampText(v);
  if (v instanceof Message) return v.fields.map((f) => f.text()).join('');
  return v instanceof MapValue ? 'CelMap value' : v instanceof Type ? 'CelType value' : 'CelList value';
}

const DIGITS = 6;

/** absl::StrCat of a double: six digits that count, as %g has them. */
function shortReal(n: number): string {
  if (Number.isNaN(n)) return 'nan';
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf';
  if (n === 0) return Object.is(n, -0) ? '-0' : '0';
  const [mantissa, exponent] = n.toExponential(DIGITS - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < DIGITS) {
    const plain = n.toFixed(DIGITS - 1 - power);
    return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
  }
  const digits = String(Math.abs(power)).padStart(2, '0');
  return `${mantissa.replace(/\.?0+$/, '')}e${power < 0 ? '-' : '+'}${digits}`;
}

/** The shortest text that is this number, as C++ writes it: an exponent has two digits, and begins beyond 1e21. */
export function realText(n: number): string {
  return Number.isFinite(n) ? String(n).replace(/e([+-])(\d)$/, 'e$10$2') : shortReal(n);
}

/** Undefined: it has no such form. */
export function json(v: Value): string | undefined {
  if (v === null) return 'null';
  if (typeof v === 'string') return jsonString(v);
  if (typeof v === 'boolean') return String(v);
  if (typeof v === 'number') return realJson(v);
  if (typeof v === 'bigint') return realJson(Number(v));
  if (v instanceof Uint) return realJson(Number(v.value));
  if (v instanceof Bytes) return jsonString(Buffer.from(v.bytes, 'latin1').toString('base64'));
  if (v instanceof Duration) return jsonString(durationJson(v));
  if (v instanceof Timestamp) return jsonString(timestampJson(v));
  if (v instanceof Type) return undefined;
  if (v instanceof Message) {
    return members(v.fields.filter((f) => f.present).map((f) => [f.name, json(f.value)]));
  }
  if (v instanceof MapValue) {
    if (v instanceof UncountedMap) return undefined;
    return members(v.keys().map((key) => [print(key), json(v.get(key) as Value)]));
  }
  const items = v.map(json);
  return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
}

function members(list: readonly (readonly [name: string, json: string | undefined])[]): string | undefined {
  if (list.some(([, value]) => value === undefined)) return undefined;
  const sorted = [...list].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${jsonString(name)}:${value}`).join(',')}}`;
}

/** Whole numbers have all their digits, however large. */
function realJson(n: number): string {
  if (Number.isInteger(n) && Math.abs(n) < 1e20) return Object.is(n, -0) ? '-0' : BigInt(n).toString();
  return Number.isFinite(n) ? String(n) : JSON.stringify(shortReal(n));
}
