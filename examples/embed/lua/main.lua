-- run: node examples/embed/lua.ts 127.0.0.1:8600,127.0.0.1:8701 examples/embed/lua 127.0.0.1:8600 127.0.0.1:8701
local api, echo = ...
local socket = require 'socket'
local weather = require 'weather'

-- Bytes and lines, as with LuaSocket.
local tcp = socket.tcp()
tcp:settimeout(5)
local host, port = echo:match('(.*):(%d+)')
assert(tcp:connect(host, tonumber(port)))
tcp:send('hello\nworld\n')
print(tcp:receive('*l'), #tcp:receive(6))
--=> HELLO	6
tcp:send('\0\255\n')
print(tcp:receive(3):byte(1, -1))
--=> 0	255	10
tcp:close()
print(tcp:receive())
--=> nil	closed

-- What was not granted is refused.
print(select(2, socket.tcp():connect('example.com', 80)):match('example.com:80'))
--=> example.com:80

-- The library has no network but what it is handed, here a part of the user's.
print(weather.own_socket)
--=> nil
print(weather.at(socket.narrow(api), 'http://' .. api .. '/weather/Baku'))
--=> 24 degrees
print(weather.at(socket.narrow('other.example'), 'http://' .. api .. '/weather/Baku'))
--=> no weather
