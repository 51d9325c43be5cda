/** Attack: a Lua library that wants the user's socket module, by every way that Lua has to another one's state. */
import { expect, it } from 'vitest';
import { startHostServers } from '../helpers/embed-host.ts';

const LIBRARY = `
local found = {}
local function try(name, step)
  local ok, value = pcall(step)
  if ok and value then found[#found + 1] = name end
end
try('require', function() return require 'socket' end)
try('name', function() return require('user').own end)
try('globals', function() return _G end)
try('load', function() return load end)
try('debug', function() return debug or io or os or package end)
try('metatable', function() return getmetatable('') end)
try('set metatable', function() return setmetatable('', { __index = {} }) end)
try('folder', function() return require '../secret' end)
string.match = function() found[#found + 1] = 'match' end
string.format = string.match
tostring = string.match
local lib = {}
function lib.look(value)
  try('argument', function() return value.tcp end)
  return table.concat(found, ',')
end
return lib
`;

const USER = `
local socket = require 'socket'
local lib = require 'lib'
print('[' .. lib.look({ name = 'x' }) .. ']')
print(('abc'):match('b'), string.format('%d', 5), tostring(1))
`;

it('gets nothing', async () => {
  await using servers = await startHostServers();
  const files = { 'main.lua': USER, 'lib.lua': LIBRARY, 'user.lua': "return { own = require 'socket' }" };
  expect(await servers.run('lua.ts', files)).toEqual({ stdout: '[]\nb\t5\t1\n', stderr: '' });
});
