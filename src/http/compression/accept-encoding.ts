/**
 * Which of the compressors of a chain a request's accept-encoding chooses. Mirrors CompressorFilter::chooseEncoding
 * (source/extensions/filters/http/compressor/compressor_filter.cc).
 */
import { trimOws } from '../../codec/ows.ts';
import { asciiLower } from '../../platform/wire-text.ts';

/** One compressor of the chain that could take this answer, in the chain's order. */
export interface Candidate {
  readonly encoding: string;
  /** Of equals the client's order does not count. */
  readonly chooseFirst: boolean;
}

/** How the choice came about; also which statistic counts it. */
export type ChoiceReason = 'used' | 'identity' | 'wildcard' | 'not valid';

export interface Choice {
  /** `identity`: no compression. */
  readonly encoding: string;
  readonly reason: ChoiceReason;
}

const IDENTITY = 'identity';
const ANY = '*';
const NOT_VALID: Choice = { encoding: IDENTITY, reason: 'not valid' };
const NONE: Choice = { encoding: IDENTITY, reason: 'identity' };
/** What absl::SimpleAtof takes. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function chooseEncoding(acceptEncoding: string, candidates: readonly Candidate[]): Choice {
  const allowed = new Map<string, Candidate>();
  for (const c of candidates) if (!allowed.has(c.encoding)) allowed.set(c.encoding, c);
  const accepted = acceptedEncodings(acceptEncoding);
  if (accepted.length === 0) return NOT_VALID;
  for (const [name, q] of accepted) if (q === 0) allowed.delete(name);
  let name = '';
  let best = 0;
  for (const [token, q] of accepted) {
    if (q > best && (allowed.has(token) || token === IDENTITY || token === ANY)) {
      name = token;
      best = q;
    }
  }
  if (best === 0) return NOT_VALID;
  if (name === IDENTITY) return NONE;
  if (name === ANY) {
    const [first] = allowed.keys();
    return first === undefined ? NOT_VALID : { encoding: first, reason: 'wildcard' };
  }
  const equals = accepted.filter(([, q]) => q === best).map(([token]) => token);
  for (const c of allowed.values()) {
    if (c.chooseFirst && equals.includes(c.encoding)) return { encoding: c.encoding, reason: 'used' };
  }
  return { encoding: name, reason: 'used' };
}

function acceptedEncodings(header: string): readonly (readonly [string, number])[] {
  const accepted: (readonly [string, number])[] = [];
  for (const token of header.split(',')) {
    if (token === '') continue;
    const semicolon = token.indexOf(';');
    const q = semicolon < 0 ? 1 : quality(token.slice(semicolon + 1));
    if (!Number.isNaN(q)) accepted.push([trimOws(semicolon < 0 ? token : token.slice(0, semicolon)), q]);
  }
  return accepted;
}

/** NaN: the token is left out. */
function quality(parameters: string): number {
  const equals = parameters.indexOf('=');
  if (equals < 0 || asciiLower(trimOws(parameters.slice(0, equals))) !== 'q') return 1;
  const text = trimOws(parameters.slice(equals + 1));
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}
