def main():
    lines = []
    i = 0
    while i < 300_000:
        lines.append(f"item {i}: {i * 2}\n")
        i += 1
    return len("".join(lines))
