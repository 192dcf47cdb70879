/**
 * Loads fengari, with three of its settings changed before the rest of it reads them: numbers are printed as LuaJIT prints them, recursion
 * ends where LuaJIT's would, and the bytes of the strings that a script makes are counted.
 */
import type { lua as LuaCore, lauxlib as LuaLibrary, lualib as LuaOpeners, LuaState } from 'fengari';

export interface Fengari {
  readonly lua: typeof LuaCore;
  readonly lauxlib: typeof LuaLibrary;
  readonly lualib: typeof LuaOpeners;
}

/** Slots of a coroutine's stack (LUAI_MAXCSTACK of LuaJIT). */
const MAX_STACK = 65_500;

/** What the script that runs may still make, in bytes. One script runs at a time. */
export const strings: { left: number; onExhausted: ((L: LuaState) => never) | null } = { left: 0, onExhausted: null };

let loading: Promise<Fengari> | null = null;

export function loadFengari(): Promise<Fengari> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Fengari> {
  const { prepare } = await import('./fengari-settings.ts');
  prepare(numberText, count, MAX_STACK);
  const { fengari } = await import('./fengari.ts');
  return fengari;
}

function count(L: LuaState, bytes: number): void {
  strings.left -= bytes;
  if (strings.left < 0) strings.onExhausted?.(L);
}

/** C's `%.14g`. */
export function numberText(n: number): string {
  if (Number.isInteger(n) && Math.abs(n) < 1e14) return Object.is(n, -0) ? '-0' : String(n);
  if (!Number.isFinite(n)) return Number.isNaN(n) ? 'nan' : n > 0 ? 'inf' : '-inf';
  const text = n.toPrecision(14);
  const e = text.indexOf('e');
  if (e >= 0) return withoutZeros(text.slice(0, e)) + exponent(Number(text.slice(e + 1)));
  const size = Math.floor(Math.log10(Math.abs(Number(text))));
  if (size >= -4) return withoutZeros(text);
  const [digits, power] = n.toExponential(13).split('e');
  return withoutZeros(digits) + exponent(Number(power));
}

const withoutZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
const exponent = (n: number): string => `e${n < 0 ? '-' : '+'}${String(Math.abs(n)).padStart(2, '0')}`;
