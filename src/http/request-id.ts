/**
 * x-request-id: a version 4 UUID per request. Not a secret, so the generator is V8's xorshift128+ (seeded from the
 * operating system), which costs a tenth of a cryptographic one.
 */
import type { Latin1Buffer } from '../platform/latin1.ts';

const HEX = Buffer.from('0123456789abcdef', 'latin1');
/** Dashes and the version digit stay where they are. */
const text = Buffer.from('00000000-0000-4000-8000-000000000000', 'latin1') as Latin1Buffer;

/** Writes `digits` hex digits of `word` at `at`. */
function hex(word: number, at: number, digits: number): void {
  let w = word;
  for (let i = at + digits - 1; i >= at; i--) {
    text[i] = HEX[w & 15];
    w >>>= 4;
  }
}

function word(): number {
  return (Math.random() * 4294967296) >>> 0;
}

export function newRequestId(): string {
  const b = word();
  const c = word();
  hex(word(), 0, 8);
  hex(b >>> 16, 9, 4);
  hex(b, 15, 3);
  text[19] = HEX[8 | ((c >>> 28) & 3)];
  hex(c >>> 16, 20, 3);
  hex(c, 24, 4);
  hex(word(), 28, 8);
  // One flat string of one byte per character: cheap to encode.
  return text.latin1Slice(0, 36);
}
