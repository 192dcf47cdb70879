/**
 * What a script is given beside Lua's own values: objects with methods, which are dead once the script has waited for something. Role of
 * Envoy's BaseLuaObject (source/extensions/filters/common/lua/lua.h), whose words for wrong arguments these are.
 */
import type { LuaFunction, LuaState } from 'fengari';
import { logger } from '../../../log/logger.ts';
import { fromWire } from '../../../platform/wire-text.ts';
import { type LuaVm, luaBytes, ScriptError, wireOf } from './vm.ts';

const log = logger('lua');

/** LUA_TNIL and its kin. */
export const NIL = 0;
export const BOOLEAN = 1;
export const NUMBER = 3;
export const STRING = 4;
export const TABLE = 5;
const NAMES = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread'];

export abstract class ScriptObject {
  dead = false;
  /** Name that errors show. */
  abstract readonly kind: string;
}

/** One call of a method: the arguments from 2 on, and where results go. */
export class Call {
  readonly vm: LuaVm;
  readonly L: LuaState;
  readonly method: string;
  constructor(vm: LuaVm, L: LuaState, method: string) {
    this.vm = vm;
    this.L = L;
    this.method = method;
  }

  get count(): number {
    return this.vm.fengari.lua.lua_gettop(this.L);
  }
  type(index: number): number {
    return this.vm.fengari.lua.lua_type(this.L, index);
  }
  typeName(index: number): string {
    const type = this.type(index);
    return type < 0 ? 'no value' : NAMES[type];
  }
  /** Numbers are taken as well. */
  string(index: number): string {
    if (!this.vm.fengari.lua.lua_isstring(this.L, index)) throw this.wrong(index, 'string');
    return wireOf(this.vm.fengari.lua.lua_tolstring(this.L, index) as Uint8Array);
  }
  optionalString(index: number): string | null {
    return this.type(index) <= NIL ? null : this.string(index);
  }
  number(index: number): number {
    if (!this.vm.fengari.lua.lua_isnumber(this.L, index)) throw this.wrong(index, 'number');
    return this.vm.fengari.lua.lua_tonumber(this.L, index);
  }
  boolean(index: number): boolean {
    return this.vm.fengari.lua.lua_toboolean(this.L, index);
  }
  need(index: number, type: number): void {
    if (this.type(index) !== type) throw this.wrong(index, NAMES[type]);
  }
  private wrong(index: number, wanted: string): ScriptError {
    return this.unlike(index, wanted, index - 1);
  }
  /** What is inside a table is called by its place on the stack. */
  unlike(index: number, wanted: string, place = index): ScriptError {
    return new ScriptError(
      `bad argument #${place} to '${this.method}' (${wanted} expected, got ${this.typeName(index)})`,
    );
  }

  // Results.
  give(wire: string | undefined | null): number {
    if (wire === undefined || wire === null) return 0;
    pushWire(this.vm, this.L, wire);
    return 1;
  }
  giveNumber(n: number): number {
    this.vm.fengari.lua.lua_pushnumber(this.L, n);
    return 1;
  }
  giveNil(): number {
    this.vm.fengari.lua.lua_pushnil(this.L);
    return 1;
  }
  giveObject(object: ScriptObject): number {
    pushObject(this.vm, this.L, object);
    return 1;
  }
  /** Does not come back: the script waits. */
  wait(): never {
    return this.vm.fengari.lua.lua_yield(this.L, 0);
  }
}

export type Method<T> = (self: T, call: Call) => number;
export type Methods<T> = Readonly<Record<string, Method<T>>>;

export function pushWire(vm: LuaVm, L: LuaState, wire: string): void {
  const bytes = luaBytes(wire);
  vm.fengari.lua.lua_pushlstring(L, bytes, bytes.length);
}

/** Methods by class; every class logs as well. */
const classes = new Map<unknown, Methods<ScriptObject>>();

const LOGS: Methods<ScriptObject> = {
  logTrace: (_, call) => write(call, (text) => log.trace(text)),
  logDebug: (_, call) => write(call, (text) => log.debug(text)),
  logInfo: (_, call) => write(call, (text) => log.info(text)),
  logWarn: (_, call) => write(call, (text) => log.warn(text)),
  logErr: (_, call) => write(call, (text) => log.error(text)),
  logCritical: (_, call) => write(call, (text) => log.critical(text)),
};

function write(call: Call, to: (text: string) => void): number {
  to(`script log: ${textOf(call.string(2))}`);
  return 0;
}

export const textOf = (wire: string): string => fromWire(wire) ?? wire;

export function registerClass<T extends ScriptObject>(
  type: abstract new (...a: never[]) => T,
  methods: Methods<T>,
): void {
  classes.set(type, { ...LOGS, ...(methods as unknown as Methods<ScriptObject>) });
}

export function pushObject(vm: LuaVm, L: LuaState, object: ScriptObject): void {
  const { lua } = vm.fengari;
  lua.lua_newuserdata(L, 0).self = object;
  const type = object.constructor;
  lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, vm.metatables.get(type) ?? makeMetatable(vm, type, object.kind));
  lua.lua_setmetatable(L, -2);
}

function makeMetatable(vm: LuaVm, type: unknown, kind: string): number {
  const { lua, lauxlib } = vm.fengari;
  const L = vm.main;
  lua.lua_createtable(L, 0, 32);
  for (const [name, method] of Object.entries(classes.get(type) ?? {})) {
    lua.lua_pushcfunction(L, thunk(vm, type, kind, name, method));
    lua.lua_setfield(L, -2, luaBytes(name));
  }
  lua.lua_pushvalue(L, -1);
  lua.lua_setfield(L, -2, luaBytes('__index'));
  const ref = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
  vm.metatables.set(type, ref);
  return ref;
}

function thunk(vm: LuaVm, type: unknown, kind: string, name: string, method: Method<ScriptObject>): LuaFunction {
  const { lua } = vm.fengari;
  return (L) => {
    const self = (lua.lua_touserdata(L, 1) as { self?: unknown } | null)?.self;
    if (!(self instanceof ScriptObject) || self.constructor !== type) {
      const got = lua.lua_type(L, 1);
      return raise(vm, L, `bad argument #1 to '${name}' (${kind} expected, got ${got < 0 ? 'no value' : NAMES[got]})`);
    }
    return guarded(vm, L, self, new Call(vm, L, name), method);
  };
}

/** What a method throws is an error of the script's; what the machine throws goes its way. */
export function guarded<T extends ScriptObject>(
  vm: LuaVm,
  L: LuaState,
  self: T,
  call: Call,
  method: Method<T>,
): number {
  vm.charge(L);
  if (self.dead) return raise(vm, L, 'object used outside of proper scope');
  try {
    return method(self, call);
  } catch (e) {
    if (e instanceof ScriptError) return raise(vm, L, e.message);
    throw e;
  }
}

/** luaL_error: with the script's place before it. */
function raise(vm: LuaVm, L: LuaState, message: string): never {
  const { lua, lauxlib } = vm.fengari;
  lauxlib.luaL_where(L, 1);
  pushWire(vm, L, message);
  lua.lua_concat(L, 2);
  return lua.lua_error(L);
}

/** An iterator for a generic `for`: `next` pushes what a step gives, or says 0. */
export function pushIterator(call: Call, owner: ScriptObject, next: (step: Call) => number): number {
  const { vm } = call;
  vm.fengari.lua.lua_pushcfunction(call.L, (L) => guarded(vm, L, owner, new Call(vm, L, '?'), (_, step) => next(step)));
  return 1;
}
