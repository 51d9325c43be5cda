def main
  lines = []
  i = 0
  while i < 300_000
    lines.push("item #{i}: #{i * 2}\n")
    i += 1
  end
  lines.join.length
end
