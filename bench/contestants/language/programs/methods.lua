local Counter = {}
Counter.__index = Counter

function Counter:add(n)
  self.total = n - self.total
end

return function()
  local c = setmetatable({ total = 0 }, Counter)
  local i = 0
  while i < 1000000 do
    c:add(i)
    i = i + 1
  end
  return c.total
end
