/**
 * Optional white space of HTTP: space and tab, nothing else (RFC 9110 section 5.6.3). JavaScript's `trim` and `\s` also take 0xA0, a
 * byte of many a UTF-8 letter, so nothing under http, codec and admin uses them (test/codec/ows.test.ts).
 */
import { asciiLower } from '../platform/wire-text.ts';

const SP = 0x20;
const HT = 0x09;

export function trimOws(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isOws(text.charCodeAt(from))) from++;
  while (to > from && isOws(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

function isOws(c: number): boolean {
  return c === SP || c === HT;
}

/** Whether a comma-separated list has `token` (lower-case), in any case. */
export function listHas(list: string, token: string): boolean {
  if (list === token) return true;
  return list.split(',').some((item) => asciiLower(trimOws(item)) === token);
}
