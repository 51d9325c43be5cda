-- LuaSocket. Arguments: what is measured, and the port of the server for it.
local socket = require("socket")

local what, port = arg[1], tonumber(arg[2])
local connection = assert(socket.connect("127.0.0.1", port))
connection:setoption("tcp-nodelay", true)
local PIECE, MB = 65536, 1000000
local ping, data = string.rep("x", 64), string.rep("x", PIECE)

local steps = {
  ["ping-pong"] = function()
    assert(connection:send(ping))
    assert(connection:receive(64))
    return 1
  end,
  receive = function()
    return #assert(connection:receive(PIECE)) / MB
  end,
  send = function()
    assert(connection:send(data))
    return PIECE / MB
  end,
}

local step = steps[what]
for line in io.lines() do
  local seconds = tonumber(line) / 1000
  local start = socket.gettime()
  local now, count = start, 0
  while now - start < seconds do
    count = count + step()
    now = socket.gettime()
  end
  print(string.format('{"value": %.3f}', count / (now - start)))
  io.flush()
end
