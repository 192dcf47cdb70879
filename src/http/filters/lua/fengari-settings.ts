/** The parts of fengari that are changed before the rest of it, which takes copies of what they export, is loaded. */
import type { LuaState } from 'fengari';
// It loads defs.js, which has to come before luaconf.js.
import making from 'fengari/src/lstring.js';
import settings from 'fengari/src/luaconf.js';

export function prepare(
  numberText: (n: number) => string,
  count: (L: LuaState, bytes: number) => void,
  maxStack: number,
): void {
  settings.LUA_COMPAT_FLOATSTRING = true;
  settings.LUAI_MAXSTACK = maxStack;
  settings.lua_number2str = numberText;
  const { luaS_bless: bless } = making;
  // Some of it says `new luaS_new(…)`: no arrow functions.
  making.luaS_bless = function counted(L, bytes) {
    count(L, bytes.length);
    return bless(L, bytes);
  };
  making.luaS_new = function countedCopy(L, bytes) {
    count(L, bytes.length);
    return bless(L, new Uint8Array(bytes));
  };
}
