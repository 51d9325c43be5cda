/** Runs a Lua program in fengari or wasmoon (first argument) and prints a Sample: milliseconds and what it gave. */
import { readFileSync } from 'node:fs';

const [engine, path] = process.argv.slice(2);
const source = readFileSync(path, 'utf8');

async function fengari() {
  const { lua, lauxlib, lualib, to_luastring, to_jsstring } = (await import('fengari')).default;
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  if (lauxlib.luaL_loadstring(state, to_luastring(source)) !== lua.LUA_OK) throw new Error('it does not parse');
  lua.lua_call(state, 0, 1);
  return () => {
    lua.lua_call(state, 0, 1);
    return to_jsstring(lua.lua_tolstring(state, -1));
  };
}

async function wasmoon() {
  const { LuaFactory } = await import('wasmoon');
  const state = await new LuaFactory().createEngine();
  const main = await state.doString(source);
  return () => main();
}

const main = await (engine === 'fengari' ? fengari() : wasmoon());
const start = performance.now();
const result = main();
console.log(JSON.stringify({ value: performance.now() - start, result: String(result) }));
