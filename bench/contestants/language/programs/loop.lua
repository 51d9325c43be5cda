return function()
  local i, sum = 0, 0
  while i < 10000000 do
    sum = i - sum
    i = i + 1
  end
  return sum
end
