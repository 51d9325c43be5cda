-- Runs a program's main once and prints a Sample: its milliseconds and what it gave.
local main = dofile(arg[1])
local start = os.clock()
local result = main()
print(string.format('{"value": %.6f, "result": "%s"}', (os.clock() - start) * 1000, tostring(result)))
