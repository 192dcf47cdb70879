/** Functions of LuaJIT's `math` that Lua 5.3 gave up, and its `bit`. */
import type { LuaFunction, LuaState } from 'fengari';
import type { Fengari } from './engine.ts';

type Library = Readonly<Record<string, LuaFunction>>;
type Numeric = (a: number, b: number) => number;

function library({ lua }: Fengari, functions: Readonly<Record<string, Numeric>>): Record<string, LuaFunction> {
  const wrap =
    (name: string, f: Numeric): LuaFunction =>
    (L) => {
      lua.lua_pushnumber(L, f(argument(L, 1, name), lua.lua_gettop(L) < 2 ? 0 : argument(L, 2, name)));
      return 1;
    };
  const argument = (L: LuaState, at: number, name: string): number => {
    if (lua.lua_isnumber(L, at)) return lua.lua_tonumber(L, at);
    throw new Error(`bad argument #${at} to '${name}' (number expected)`);
  };
  return Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, wrap(name, f)]));
}

export function mathLibrary(fengari: Fengari): Library {
  const { lua } = fengari;
  return {
    ...library(fengari, {
      pow: (a, b) => a ** b,
      log10: (a) => Math.log10(a),
      atan2: (a, b) => Math.atan2(a, b),
      cosh: (a) => Math.cosh(a),
      sinh: (a) => Math.sinh(a),
      tanh: (a) => Math.tanh(a),
      ldexp: (a, b) => a * 2 ** b,
    }),
    frexp: (L) => {
      const x = lua.lua_tonumber(L, 1);
      let exponent = x === 0 || !Number.isFinite(x) ? 0 : Math.floor(Math.log2(Math.abs(x))) + 1;
      let mantissa = x * 2 ** -exponent;
      // The logarithm is off by one at some powers of two.
      if (Math.abs(mantissa) >= 1 && Number.isFinite(x)) {
        mantissa /= 2;
        exponent++;
      }
      lua.lua_pushnumber(L, mantissa);
      lua.lua_pushnumber(L, exponent);
      return 2;
    },
  };
}

/** Any number is taken modulo 2^32, and comes back signed. */
const bits = (n: number): number => Number(BigInt.asIntN(32, BigInt(Math.round(n))));

export function bitLibrary(fengari: Fengari): Library {
  const { lua } = fengari;
  const word = (n: number): number => (Math.abs(n) < 2 ** 53 ? (n % 2 ** 32) | 0 : bits(n));
  const fold =
    (first: (a: number, b: number) => number): LuaFunction =>
    (L) => {
      let value = word(lua.lua_tonumber(L, 1));
      for (let i = 2; i <= lua.lua_gettop(L); i++) value = first(value, word(lua.lua_tonumber(L, i)));
      lua.lua_pushnumber(L, value);
      return 1;
    };
  return {
    ...library(fengari, {
      tobit: (a) => word(a),
      bnot: (a) => ~word(a),
      lshift: (a, n) => word(a) << (n & 31),
      rshift: (a, n) => (word(a) >>> (n & 31)) | 0,
      arshift: (a, n) => word(a) >> (n & 31),
      rol: (a, n) => (word(a) << (n & 31)) | (n & 31 ? word(a) >>> (32 - (n & 31)) : 0),
      ror: (a, n) => (n & 31 ? (word(a) >>> (n & 31)) | (word(a) << (32 - (n & 31))) : word(a)),
      bswap: (a) => {
        const w = word(a);
        return ((w & 0xff) << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24);
      },
    }),
    band: fold((a, b) => a & b),
    bor: fold((a, b) => a | b),
    bxor: fold((a, b) => a ^ b),
    tohex: (L) => {
      const digits = lua.lua_gettop(L) < 2 ? 8 : lua.lua_tonumber(L, 2);
      const n = Math.min(8, Math.abs(digits));
      const text = (word(lua.lua_tonumber(L, 1)) >>> 0)
        .toString(16)
        .padStart(8, '0')
        .slice(8 - n);
      const bytes = Buffer.from(digits < 0 ? text.toUpperCase() : text);
      lua.lua_pushlstring(L, bytes, bytes.length);
      return 1;
    },
  };
}
