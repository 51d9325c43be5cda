"""Runs a program's main once and prints a Sample: its milliseconds and what it gave."""
import json
import runpy
import sys
import time

main = runpy.run_path(sys.argv[1])["main"]
start = time.perf_counter()
result = main()
print(json.dumps({"value": (time.perf_counter() - start) * 1000, "result": str(result)}))
