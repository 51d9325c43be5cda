"""The bench's rounds for Python: a line with milliseconds in, a line of JSON out."""
import json
import sys
import time


def answer_rounds(get):
    for line in sys.stdin:
        seconds = float(line) / 1000
        start = now = time.perf_counter()
        count = 0
        while now - start < seconds:
            get()
            count += 1
            now = time.perf_counter()
        print(json.dumps({"value": count / (now - start)}), flush=True)
