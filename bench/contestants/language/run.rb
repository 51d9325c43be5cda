# Runs a program's main once and prints a Sample: its milliseconds and what it gave.
require 'json'

load ARGV[0]
start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
result = main
puts JSON.generate(value: (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start) * 1000, result: result.to_s)
