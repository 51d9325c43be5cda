/** What lua.ts uses of fengari, which has no types of its own: Lua's C API, with bytes for Lua's strings. */
declare module 'fengari' {
  /** A Lua state: opaque. */
  export interface LuaState {
    readonly __lua: unique symbol;
  }
  type LuaFunction = (state: LuaState) => number;
  export function to_luastring(text: string): Uint8Array;
  export function to_jsstring(bytes: Uint8Array): string;
  export const lua: {
    readonly LUA_OK: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    lua_error(state: LuaState): number;
    lua_gettop(state: LuaState): number;
    lua_newtable(state: LuaState): void;
    lua_pcall(state: LuaState, args: number, results: number, handler: number): number;
    lua_pushboolean(state: LuaState, value: boolean): void;
    lua_pushcfunction(state: LuaState, body: LuaFunction): void;
    lua_pushinteger(state: LuaState, value: number): void;
    lua_pushnil(state: LuaState): void;
    lua_pushnumber(state: LuaState, value: number): void;
    lua_pushlstring(state: LuaState, bytes: Uint8Array, length: number): void;
    lua_setfield(state: LuaState, index: number, name: Uint8Array): void;
    lua_toboolean(state: LuaState, index: number): boolean;
    lua_tojsstring(state: LuaState, index: number): string;
    lua_tonumber(state: LuaState, index: number): number;
    lua_tostring(state: LuaState, index: number): Uint8Array;
    lua_type(state: LuaState, index: number): number;
  };
  export const lauxlib: {
    luaL_loadstring(state: LuaState, source: Uint8Array): number;
    luaL_newstate(): LuaState;
    luaL_requiref(state: LuaState, name: Uint8Array, open: LuaFunction, isGlobal: boolean): void;
  };
  export const lualib: Readonly<
    Record<'luaopen_base' | 'luaopen_math' | 'luaopen_string' | 'luaopen_table', LuaFunction>
  >;
}
