return function()
  local up, down = {}, {}
  local x = 42
  for i = 1, 100000 do
    x = (x * 7141 + 54773) % 259200
    up[i] = x
    down[i] = x
  end
  table.sort(up)
  table.sort(down, function(a, b) return -a < -b end)
  return up[1] .. " " .. up[50001] .. " " .. down[1] .. " " .. down[100000]
end
