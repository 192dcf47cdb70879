/** Values of a protobuf Struct as Lua sees them, and the other way round. Mirrors MetadataMapHelper (source/extensions/filters/common/lua/wrappers.cc). */
import type { LuaState } from 'fengari';
import { toWire } from '../../../platform/wire-text.ts';
import { type Call, pushWire, TABLE, textOf } from './script-object.ts';
import { type LuaVm, ScriptError, wireOf } from './vm.ts';

/** Tables inside tables that dynamic metadata takes from a script. */
const MAX_DEPTH = 64;
const TYPE_NAMES = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread'];

export function pushValue(vm: LuaVm, L: LuaState, value: unknown): void {
  const { lua } = vm.fengari;
  switch (typeof value) {
    case 'number':
      lua.lua_pushnumber(L, value);
      return;
    case 'boolean':
      lua.lua_pushboolean(L, value);
      return;
    case 'string':
      pushWire(vm, L, toWire(value));
      return;
    case 'object':
      if (Array.isArray(value)) pushList(vm, L, value);
      else if (value === null) lua.lua_pushnil(L);
      else pushFields(vm, L, value as Record<string, unknown>);
      return;
    default:
      lua.lua_pushnil(L);
  }
}

function pushList(vm: LuaVm, L: LuaState, list: readonly unknown[]): void {
  const { lua } = vm.fengari;
  lua.lua_createtable(L, list.length, 0);
  list.forEach((item, i) => {
    pushValue(vm, L, item);
    lua.lua_rawseti(L, -2, i + 1);
  });
}

export function pushFields(vm: LuaVm, L: LuaState, fields: Record<string, unknown>): void {
  const { lua } = vm.fengari;
  lua.lua_createtable(L, 0, 8);
  for (const [key, value] of Object.entries(fields)) {
    pushWire(vm, L, toWire(key));
    pushValue(vm, L, value);
    lua.lua_rawset(L, -3);
  }
}

/** The value at this place of the stack. */
export function readValue(call: Call, index: number, depth = 0): unknown {
  const { L, vm } = call;
  const { lua } = vm.fengari;
  const type = call.type(index);
  switch (type) {
    case -1:
    case 0:
      return null;
    case 1:
      return lua.lua_toboolean(L, index);
    case 3:
      return lua.lua_tonumber(L, index);
    case 4:
      return textOf(wireOf(lua.lua_tolstring(L, index) as Uint8Array));
    case TABLE:
      if (depth === MAX_DEPTH) throw new ScriptError('dynamicMetadata has too many tables inside tables');
      return readTable(call, index < 0 ? lua.lua_gettop(L) + 1 + index : index, depth);
    default:
      throw new ScriptError(`unexpected type '${TYPE_NAMES[type]}' in dynamicMetadata`);
  }
}

/** A list where all keys are whole numbers from 1 on. */
function readTable(call: Call, index: number, depth: number): unknown {
  const length = listLength(call, index);
  if (length > 0) {
    const { lua } = call.vm.fengari;
    const list: unknown[] = [];
    for (let i = 1; i <= length; i++) {
      lua.lua_rawgeti(call.L, index, i);
      list.push(readValue(call, lua.lua_gettop(call.L), depth + 1));
      lua.lua_pop(call.L, 1);
    }
    return list;
  }
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  eachEntry(call, index, (key, value) => {
    if (call.type(key) !== 4) {
      throw new ScriptError(
        `unexpected type ${TYPE_NAMES[call.type(key)]} in table key (only string keys are supported)`,
      );
    }
    fields[textOf(call.string(key))] = readValue(call, value, depth + 1);
  });
  return fields;
}

/** Longer lists have holes that would be filled with nulls. */
const MAX_LIST = 65_536;

function listLength(call: Call, index: number): number {
  let max = 0;
  let list = true;
  eachEntry(call, index, (key) => {
    const n = call.type(key) === 3 ? call.vm.fengari.lua.lua_tonumber(call.L, key) : 0;
    if (!Number.isInteger(n) || n < 1) list = false;
    else max = Math.max(max, n);
  });
  if (!list) return -1;
  if (max > MAX_LIST) throw new ScriptError('dynamicMetadata has too long a list');
  return max;
}

/** `see` gets the places of key and value, and leaves the stack as it is. */
export function eachEntry(call: Call, index: number, see: (key: number, value: number) => void): void {
  const { L, vm } = call;
  const { lua } = vm.fengari;
  const top = lua.lua_gettop(L);
  // A list comes in its order.
  const length = lua.lua_rawlen(L, index);
  for (let i = 1; i <= length; i++) {
    lua.lua_pushnumber(L, i);
    if (lua.lua_rawgeti(L, index, i) > 0) see(top + 1, top + 2);
    lua.lua_pop(L, 2);
  }
  lua.lua_pushnil(L);
  while (lua.lua_next(L, index) !== 0) {
    const n = length > 0 && call.type(top + 1) === 3 ? lua.lua_tonumber(L, top + 1) : 0;
    if (!(n >= 1 && n <= length && Number.isInteger(n))) see(top + 1, top + 2);
    lua.lua_pop(L, 1);
  }
}
