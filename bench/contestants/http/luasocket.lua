-- GETs over one LuaSocket connection. Its own http module opens one for each request, so the headers are read here.
local socket = require("socket")

local host, port, path = arg[1]:match("^http://([^:/]+):(%d+)(/.*)$")
local size = tonumber(arg[2])
local connection = assert(socket.connect(host, tonumber(port)))
connection:setoption("tcp-nodelay", true)
local request = "GET " .. path .. " HTTP/1.1\r\nHost: " .. host .. ":" .. port .. "\r\n\r\n"

local function get()
  assert(connection:send(request))
  local status = assert(connection:receive("*l"))
  local length = nil
  while true do
    local line = assert(connection:receive("*l"))
    if line == "" then break end
    local name, value = line:match("^([^:]+):%s*(.*)$")
    if name:lower() == "content-length" then length = tonumber(value) end
  end
  local body = assert(connection:receive(length))
  assert(status:find(" 200 ", 1, true) and #body == size, "not the body")
end

for line in io.lines() do
  local seconds = tonumber(line) / 1000
  local start = socket.gettime()
  local now, count = start, 0
  while now - start < seconds do
    get()
    count = count + 1
    now = socket.gettime()
  end
  print(string.format('{"value": %.3f}', count / (now - start)))
  io.flush()
end
