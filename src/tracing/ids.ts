/** Ids of traces and spans: 64 random bits as hex digits. They are no secrets, and so from V8's generator, as request ids are. */

const WORD = 0x1_0000_0000;
const WORD_DIGITS = 8;

export function randomWord(): string {
  return ((Math.random() * WORD) >>> 0).toString(16).padStart(WORD_DIGITS, '0');
}

/** 16 digits. */
export function randomId(): string {
  return randomWord() + randomWord();
}

const MAX = 0xffff_ffff_ffff_ffffn;
const ID_DIGITS = 16;
/** As Envoy reads a hexadecimal number. */
const NUMBER = /^(?:0x)?([0-9a-f]+)$/i;
/** Longer ones are zeros with a number behind them, or no 64 bits. */
const MAX_DIGITS = 256;

/** 64 bits as a peer writes them, as 16 digits; null for anything else. */
export function readId(text: string): string | null {
  if (text.length > MAX_DIGITS) return null;
  const digits = NUMBER.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = BigInt(`0x${digits}`);
  if (value > MAX) return null;
  return value.toString(16).padStart(ID_DIGITS, '0');
}

export const NO_ID = '0'.repeat(ID_DIGITS);
