/**
 * JSON of a peer's body, read as Envoy reads it (source/common/json/json_internal.cc over nlohmann's parser): whole numbers are told from others, and
 * what that parser refuses beside JSON.parse is refused: numbers that do not fit, lone surrogates, bytes that are no UTF-8, deep nesting.
 */
import { isUtf8 } from 'node:buffer';
import { sixDecimals } from './number-text.ts';

/** Levels of objects and lists. */
const MAX_DEPTH = 1000;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;
/** Characters of the shortest number that may not fit. */
const LONG = 19;

/** A number, and how it is written in a text (std::to_string). */
export class JsonNumber {
  readonly value: number;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
    this.value = Number(source);
    if (!Number.isFinite(this.value)) throw new RangeError('a number is too large');
    if (this.whole) this.value += 0;
  }

  /** What is larger than any int64 is none; but between that and the largest uint64, it is refused. */
  private get whole(): boolean {
    if (/[.eE]/.test(this.source)) return false;
    if (this.source.length < LONG) return true;
    const n = BigInt(this.source);
    if (n > MAX_INT64 && n <= MAX_UINT64) throw new RangeError('a whole number is too large');
    return n >= MIN_INT64 && n <= MAX_INT64;
  }

  get text(): string {
    return this.whole ? String(BigInt(this.source)) : sixDecimals(this.value);
  }
}

/** Undefined for what is no JSON. Numbers are JsonNumber. */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  // A NUL is that parser's end.
  const end = body.indexOf(0);
  const text = body.toString('utf8', body[0] === 0xef ? 3 : 0, end < 0 ? body.length : end);
  if (tooDeep(text)) return undefined;
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function revive(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) throw new SyntaxError('a surrogate');
  return typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value;
}

/** Before it is read: a recursion would end where the stack does. */
function tooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) inText = !inText;
    else if (c === 0x5c && inText) i++;
    else if (inText) continue;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return false;
}
