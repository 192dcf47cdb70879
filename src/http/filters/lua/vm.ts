/**
 * A Lua virtual machine with a script in it, one for each script and event loop, and what a script may use up. Role of Envoy's
 * ThreadLocalState and Coroutine (source/extensions/filters/common/lua/lua.cc); there LuaJIT runs the script, here fengari.
 */
import { readFileSync } from 'node:fs';
import type { LuaFunction, LuaState } from 'fengari';
import { type Fengari, strings } from './engine.ts';
import { bitLibrary, mathLibrary } from './libraries.ts';
import { floatNumerals } from './numerals.ts';
import { PRELUDE } from './prelude.ts';

/** Instructions that a script may run at a stretch, from one wait to the next. Envoy has no such limit. */
export const MAX_INSTRUCTIONS = 3_000_000;
/** … of which so many pass between two looks. */
const LOOK_EVERY = 1000;
/** What a call of the proxy's own counts. */
const CALL_COST = 30;
/** Bytes of strings that it may make meanwhile. */
export const MAX_STRING_BYTES = 128 * 1024 * 1024;
const TOO_LONG = `script ran ${MAX_INSTRUCTIONS} instructions without an end`;
const TOO_MUCH = `script made more than ${MAX_STRING_BYTES} bytes of strings`;

/** An error of the script's, to be raised in it. */
export class ScriptError extends Error {}

/** The bytes of wire text, and the other way round. */
export const luaBytes = (wire: string): Uint8Array => Buffer.from(wire, 'latin1');
export function wireOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export interface PackagePaths {
  readonly paths: readonly string[];
}

const NO_FUNCTION = 0;

export class LuaVm {
  readonly fengari: Fengari;
  readonly main: LuaState;
  /** envoy_on_request and envoy_on_response in the registry; 0 where the script has none. */
  readonly onRequest: number;
  readonly onResponse: number;
  /** Registry references of metatables, by class. */
  readonly metatables = new Map<unknown, number>();
  private left = 0;
  /** The coroutine that runs, or the one that resumed it. */
  private root: LuaState | null = null;
  /** What it has used up; '' while it has not. */
  private over = '';

  /** Runs the script's outermost statements. Throws what they throw. */
  constructor(fengari: Fengari, code: Buffer, packages: PackagePaths) {
    this.fengari = fengari;
    const { lauxlib, lua } = fengari;
    this.begin();
    const L = lauxlib.luaL_newstate();
    this.main = L;
    lua.lua_atnativeerror(L, (S) => this.nativeError(S));
    this.openLibraries();
    lua.lua_sethook(L, (S) => this.look(S), lua.LUA_MASKCOUNT, LOOK_EVERY);
    this.begin();
    this.setPaths(packages.paths);
    lua.lua_createtable(L, 0, 2);
    this.setNumber('MILLISECOND', 0);
    this.setNumber('MICROSECOND', 1);
    lua.lua_setglobal(L, luaBytes('EnvoyTimestampResolution'));
    this.run(code, code);
    this.onRequest = this.functionRef('envoy_on_request');
    this.onResponse = this.functionRef('envoy_on_response');
  }

  private run(code: Uint8Array, name: Uint8Array): void {
    const { lauxlib, lua } = this.fengari;
    const L = this.main;
    const text = floatNumerals(code);
    if (lauxlib.luaL_loadbuffer(L, text, text.length, name) !== 0 || this.pcall(0) !== 0) {
      throw new ScriptError(this.takeError(L));
    }
    lua.lua_settop(L, 0);
  }

  private pcall(arguments_: number): number {
    return this.fengari.lua.lua_pcall(this.main, arguments_, 0, 0);
  }

  private openLibraries(): void {
    const { lauxlib, lua, lualib } = this.fengari;
    const L = this.main;
    const open: readonly [string, LuaFunction][] = [
      ['_G', lualib.luaopen_base],
      ['package', lualib.luaopen_package],
      ['coroutine', lualib.luaopen_coroutine],
      ['table', lualib.luaopen_table],
      ['os', lualib.luaopen_os],
      ['string', lualib.luaopen_string],
      ['math', lualib.luaopen_math],
      ['debug', lualib.luaopen_debug],
    ];
    for (const [name, f] of open) {
      lauxlib.luaL_requiref(L, luaBytes(name), f, true);
      lua.lua_pop(L, 1);
    }
    const text = floatNumerals(Buffer.from(PRELUDE));
    if (lauxlib.luaL_loadbuffer(L, text, text.length, luaBytes('=prelude')) !== 0) throw new Error(this.takeError(L));
    lua.lua_createtable(L, 0, 6);
    this.setFunction('floats', (S) => {
      const made = floatNumerals(lua.lua_tolstring(S, 1) ?? Buffer.alloc(0));
      lua.lua_pushlstring(S, made, made.length);
      return 1;
    });
    this.setFunction('read', (S) => this.readFile(S));
    this.setNumber('maxString', MAX_STRING_BYTES);
    this.setLibrary('math', mathLibrary(this.fengari));
    this.setLibrary('bit', bitLibrary(this.fengari));
    if (this.pcall(1) !== 0) throw new Error(this.takeError(L));
  }

  private setFunction(name: string, f: LuaFunction): void {
    this.fengari.lua.lua_pushcfunction(this.main, f);
    this.fengari.lua.lua_setfield(this.main, -2, luaBytes(name));
  }
  private setNumber(name: string, value: number): void {
    this.fengari.lua.lua_pushnumber(this.main, value);
    this.fengari.lua.lua_setfield(this.main, -2, luaBytes(name));
  }
  private setLibrary(name: string, functions: Readonly<Record<string, LuaFunction>>): void {
    this.fengari.lua.lua_createtable(this.main, 0, 16);
    for (const [member, f] of Object.entries(functions)) this.setFunction(member, f);
    this.fengari.lua.lua_setfield(this.main, -2, luaBytes(name));
  }

  private readFile(S: LuaState): number {
    const { lua } = this.fengari;
    const path = Buffer.from(lua.lua_tolstring(S, 1) ?? []).toString();
    try {
      const text = readFileSync(path);
      lua.lua_pushlstring(S, text, text.length);
      return 1;
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      const why = code === 'ENOENT' ? 'No such file or directory' : (code ?? 'cannot be read');
      const message = luaBytes(`cannot open ${path}: ${why}`);
      lua.lua_pushnil(S);
      lua.lua_pushlstring(S, message, message.length);
      return 2;
    }
  }

  private setPaths(paths: readonly string[]): void {
    if (paths.length === 0) return;
    const quoted = JSON.stringify(paths.join(';'));
    this.run(Buffer.from(`package.path = ${quoted} .. ";" .. package.path`), luaBytes('=package_paths'));
  }

  /** A global function of the script's in the registry; 0 where it has none. */
  functionRef(name: string): number {
    const { lauxlib, lua } = this.fengari;
    const L = this.main;
    if (lua.lua_getglobal(L, luaBytes(name)) === FUNCTION_TYPE) return lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
    lua.lua_pop(L, 1);
    return NO_FUNCTION;
  }

  // --- coroutines --------------------------------------------------------------------------------------------------

  /** A coroutine that begins with the function of this reference. Its arguments follow on its stack. */
  thread(ref: number): LuaState {
    const { lua } = this.fengari;
    const T = lua.lua_newthread(this.main);
    lua.lua_pop(this.main, 1);
    lua.lua_rawgeti(T, lua.LUA_REGISTRYINDEX, ref);
    return T;
  }

  /** True: it has yielded; false: it is over. Throws a ScriptError for anything else. */
  resume(T: LuaState, arguments_: number): boolean {
    this.begin();
    this.root = T;
    const status = this.fengari.lua.lua_resume(T, null, arguments_);
    if (status === 0) return false;
    if (status === 1) return true;
    throw new ScriptError(this.takeError(T));
  }

  /** Every LOOK_EVERY instructions of any coroutine. */
  private look(S: LuaState): void {
    this.left -= LOOK_EVERY;
    if (this.left > 0) return;
    this.over ||= TOO_LONG;
    this.end(S);
  }

  private begin(): void {
    this.left = MAX_INSTRUCTIONS;
    this.over = '';
    strings.left = MAX_STRING_BYTES;
    strings.onExhausted = this.exhausted;
  }

  private readonly exhausted = (S: LuaState): never => {
    this.over ||= TOO_MUCH;
    this.left = 0;
    return this.end(S);
  };

  /** Not to be caught by pcall: whatever runs on in this coroutine ends with its next instruction. */
  private end(S: LuaState): never {
    const { lua } = this.fengari;
    const look = (again: LuaState): void => this.look(again);
    lua.lua_sethook(S, look, lua.LUA_MASKCOUNT, 1);
    if (this.root !== null) lua.lua_sethook(this.root, look, lua.LUA_MASKCOUNT, 1);
    throw new Error(this.over);
  }

  /** A method of the proxy's is called. */
  charge(S: LuaState): void {
    this.left -= CALL_COST;
    if (this.left > 0) return;
    this.over ||= TOO_LONG;
    this.end(S);
  }

  /** What JavaScript throws becomes an error of Lua's, unless it is the end of the script. */
  private nativeError(S: LuaState): number {
    if (this.over !== '') throw new Error(this.over);
    const thrown = this.fengari.lua.lua_touserdata(S, 1);
    const message = luaBytes(thrown instanceof Error ? thrown.message : String(thrown));
    this.fengari.lua.lua_pushlstring(S, message, message.length);
    return 1;
  }

  private takeError(L: LuaState): string {
    if (this.over !== '') return this.over;
    const { lua } = this.fengari;
    if (lua.lua_gettop(L) === 0) return 'unspecified lua error';
    const text = lua.lua_isstring(L, -1) ? wireOf(lua.lua_tolstring(L, -1) as Uint8Array) : 'unspecified lua error';
    lua.lua_settop(L, 0);
    return text;
  }
}

const FUNCTION_TYPE = 6;
