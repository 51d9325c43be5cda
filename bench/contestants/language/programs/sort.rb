def main
  numbers = []
  x = 42
  100_000.times do
    x = x * 16807 % 2147483647
    numbers.push(x)
  end
  up = numbers.sort
  down = numbers.sort_by { |n| -n }
  "#{up[0]} #{up[50_000]} #{down[0]} #{down[99_999]}"
end
