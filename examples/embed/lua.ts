/**
 * A host for Lua scripts; the interpreter is fengari, a Lua VM written in JavaScript.
 * Usage: node examples/embed/lua.ts RULES FOLDER [ARGUMENT ...]: main.lua there is the user's, every other Lua file a library.
 */
import { readFileSync, writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import { connectNet, surface } from 'caspian-net/guest';
import { type LuaState, lauxlib, lua, lualib, to_luastring as raw, to_jsstring as text } from 'fengari';
import { socketModule } from './lua/socket.ts';
import { runThread, sourceOf, type ThreadData } from './start.ts';

type Native = (...args: unknown[]) => readonly unknown[];

/** To Lua: functions, which give a list since Lua returns several values; tables; texts; bytes as they are. */
function push(state: LuaState, value: unknown): void {
  if (typeof value === 'function') lua.lua_pushcfunction(state, (from) => call(from, value as Native));
  else if (typeof value === 'number') lua.lua_pushinteger(state, value);
  else if (typeof value === 'string') push(state, raw(value));
  else if (value instanceof Uint8Array) lua.lua_pushlstring(state, value, value.length);
  else if (value === null || typeof value !== 'object') lua.lua_pushnil(state);
  else {
    lua.lua_newtable(state);
    for (const [key, part] of Object.entries(value)) {
      push(state, part);
      lua.lua_setfield(state, -2, raw(key));
    }
  }
}

/** From Lua: numbers and strings; whatever else it is stays where it is. */
function take(state: LuaState, index: number): unknown {
  const type = lua.lua_type(state, index);
  if (type === lua.LUA_TNUMBER) return lua.lua_tonumber(state, index);
  return type === lua.LUA_TSTRING ? lua.lua_tostring(state, index) : null;
}

function call(state: LuaState, native: Native): number {
  try {
    const results = native(...Array.from({ length: lua.lua_gettop(state) }, (_, at) => take(state, at + 1)));
    for (const result of results) push(state, result);
    return results.length;
  } catch (error) {
    push(state, error instanceof Error ? error.message : 'failed');
  }
  return lua.lua_error(state);
}

function runLua({ guest, folder, args }: ThreadData): void {
  const net = connectNet(guest);
  const host = {
    // The one decision: who is asking? A library gets nil, and has to be handed a socket module.
    socket: (role: Uint8Array) => [surface(socketModule(net), text(role))],
    source: (name: Uint8Array) => [sourceOf(folder, text(name), 'lua')],
    args: () => args,
    print: (line: Uint8Array) => [writeSync(1, line)],
  };
  const state = lauxlib.luaL_newstate();
  lauxlib.luaL_requiref(state, raw('_G'), lualib.luaopen_base, true);
  for (const name of ['string', 'table', 'math'] as const) {
    lauxlib.luaL_requiref(state, raw(name), lualib[`luaopen_${name}`], true);
  }
  lauxlib.luaL_loadstring(state, readFileSync(new URL('lua/sandbox.lua', import.meta.url)));
  push(state, host);
  if (lua.lua_pcall(state, 1, 0, 0) !== lua.LUA_OK) throw new Error(lua.lua_tojsstring(state, -1));
}

if (isMainThread) await runThread(import.meta.url);
else runLua(workerData);
