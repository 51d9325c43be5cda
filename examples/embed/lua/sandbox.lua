-- Runs before all Lua code of others. Each file gets globals of its own: copies, so that none can change another's, and
-- a `require` that knows whose file it is. There is no load, io, os or debug.
local host = ...
local given = 'assert error ipairs next pairs pcall select setmetatable tonumber tostring type'
local loaded = {}
getmetatable('').__metatable = false

local function copy(from)
  local to = {}
  for key, value in pairs(from) do to[key] = value end
  return to
end

local function run(role, source, ...)
  local globals = { string = copy(string), table = copy(table), math = copy(math) }
  for name in given:gmatch('%S+') do globals[name] = _G[name] end
  function globals.print(...)
    local words = {}
    for at = 1, select('#', ...) do words[at] = tostring((select(at, ...))) end
    host.print(table.concat(words, '\t') .. '\n')
  end
  function globals.require(name)
    if name == 'socket' then return host.socket(role) end
    -- A library is never called 'user', whatever its file is called.
    if loaded[name] == nil then loaded[name] = run('library ' .. name, host.source(name)) or true end
    return loaded[name]
  end
  return assert(load(source, '=' .. role, 't', globals))(...)
end

return run('user', host.source('main'), host.args())
