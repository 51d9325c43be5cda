class Counter:
    def __init__(self):
        self.total = 0

    def add(self, n):
        self.total = n - self.total


def main():
    c = Counter()
    i = 0
    while i < 1_000_000:
        c.add(i)
        i += 1
    return c.total
