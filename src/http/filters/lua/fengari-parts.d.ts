/** The part of fengari, a Lua 5.3 virtual machine in JavaScript, that is used here. Its functions are those of Lua's C interface; a string is its bytes. */
declare module 'fengari' {
  export interface LuaState {
    /** 0: can run; 1: has yielded. */
    readonly status: number;
  }
  export type LuaFunction = (L: LuaState) => number;
  /** What `lua_newuserdata` makes: an object of its own. */
  export type LuaUserdata = { self?: unknown };

  export const lua: {
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_MASKCOUNT: number;
    lua_upvalueindex(n: number): number;
    lua_atnativeerror(L: LuaState, f: LuaFunction): void;
    lua_sethook(L: LuaState, hook: ((L: LuaState) => void) | null, mask: number, count: number): void;
    lua_newthread(L: LuaState): LuaState;
    /** 0: it is over; 1: it has yielded; else its error is on its stack, or nothing is where it was none of Lua's. */
    lua_resume(L: LuaState, from: LuaState | null, arguments_: number): number;
    /** Does not come back. */
    lua_yield(L: LuaState, results: number): never;
    lua_error(L: LuaState): never;
    lua_pcall(L: LuaState, arguments_: number, results: number, handler: number): number;
    lua_concat(L: LuaState, n: number): void;
    lua_gettop(L: LuaState): number;
    lua_settop(L: LuaState, index: number): void;
    lua_pop(L: LuaState, n: number): void;
    lua_pushvalue(L: LuaState, index: number): void;
    lua_pushnil(L: LuaState): void;
    lua_pushboolean(L: LuaState, value: boolean): void;
    lua_pushnumber(L: LuaState, value: number): void;
    lua_pushinteger(L: LuaState, value: number): void;
    lua_pushlstring(L: LuaState, bytes: Uint8Array, length: number): void;
    lua_pushcfunction(L: LuaState, f: LuaFunction): void;
    lua_pushcclosure(L: LuaState, f: LuaFunction, upvalues: number): void;
    lua_createtable(L: LuaState, list: number, fields: number): void;
    lua_newuserdata(L: LuaState, size: number): LuaUserdata;
    lua_setmetatable(L: LuaState, index: number): void;
    lua_setfield(L: LuaState, index: number, name: Uint8Array): void;
    lua_setglobal(L: LuaState, name: Uint8Array): void;
    lua_getglobal(L: LuaState, name: Uint8Array): number;
    lua_rawgeti(L: LuaState, index: number, n: number): number;
    lua_rawseti(L: LuaState, index: number, n: number): void;
    lua_rawlen(L: LuaState, index: number): number;
    lua_rawset(L: LuaState, index: number): void;
    lua_next(L: LuaState, index: number): number;
    lua_type(L: LuaState, index: number): number;
    lua_typename(L: LuaState, type: number): Uint8Array;
    lua_isstring(L: LuaState, index: number): boolean;
    lua_isnumber(L: LuaState, index: number): boolean;
    lua_toboolean(L: LuaState, index: number): boolean;
    lua_tonumber(L: LuaState, index: number): number;
    /** Null for what is no string; a number becomes one where it stands. */
    lua_tolstring(L: LuaState, index: number): Uint8Array | null;
    /** The userdata, or what a light one stands for. */
    lua_touserdata(L: LuaState, index: number): unknown;
  };
  export const lauxlib: {
    luaL_newstate(): LuaState;
    luaL_loadbuffer(L: LuaState, code: Uint8Array, length: number, name: Uint8Array): number;
    luaL_ref(L: LuaState, index: number): number;
    luaL_where(L: LuaState, level: number): void;
    luaL_requiref(L: LuaState, name: Uint8Array, open: LuaFunction, global: boolean): void;
    luaL_tolstring(L: LuaState, index: number): Uint8Array;
  };
  export const lualib: Readonly<
    Record<
      | 'luaopen_base'
      | 'luaopen_coroutine'
      | 'luaopen_debug'
      | 'luaopen_io'
      | 'luaopen_math'
      | 'luaopen_os'
      | 'luaopen_package'
      | 'luaopen_string'
      | 'luaopen_table',
      LuaFunction
    >
  >;
  const all: { readonly lua: typeof lua; readonly lauxlib: typeof lauxlib; readonly lualib: typeof lualib };
  export default all;
}

declare module 'fengari/src/luaconf.js' {
  const settings: { LUA_COMPAT_FLOATSTRING: boolean; LUAI_MAXSTACK: number; lua_number2str: (n: number) => string };
  export default settings;
}
declare module 'fengari/src/lstring.js' {
  import type { LuaState } from 'fengari';

  type Make = (L: LuaState, bytes: Uint8Array) => object;
  const strings: { luaS_bless: Make; luaS_new: Make };
  export default strings;
}
