def main():
    numbers = []
    x = 42
    for _ in range(100_000):
        x = (x * 7141 + 54773) % 259200
        numbers.append(x)
    up = sorted(numbers)
    down = sorted(numbers, key=lambda n: -n)
    return f"{up[0]} {up[50_000]} {down[0]} {down[99_999]}"
