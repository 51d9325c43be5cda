def main
  i = 0
  sum = 0
  while i < 10_000_000
    sum = i - sum
    i += 1
  end
  sum
end
