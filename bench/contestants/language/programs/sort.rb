def main
  numbers = []
  x = 42
  100_000.times do
    x = (x * 7141 + 54773) % 259200
    numbers.push(x)
  end
  up = numbers.sort
  down = numbers.sort_by { |n| -n }
  "#{up[0]} #{up[50_000]} #{down[0]} #{down[99_999]}"
end
