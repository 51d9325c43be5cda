-- A library: `require 'socket'` gives it nil, so it uses what its caller hands it.
local weather = { own_socket = require 'socket' }

function weather.at(socket, url)
  local body = socket.request(url)
  if body == nil then return 'no weather' end
  return body:match('"degrees":(%d+)') .. ' degrees'
end

return weather
