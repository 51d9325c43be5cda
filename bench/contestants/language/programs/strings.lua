return function()
  local lines = {}
  local i = 0
  while i < 300000 do
    lines[#lines + 1] = "item " .. i .. ": " .. i * 2 .. "\n"
    i = i + 1
  end
  return #table.concat(lines)
end
