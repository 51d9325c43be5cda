# GETs by Net::HTTP over one connection.
require 'net/http'
require 'json'

url = URI(ARGV[0])
size = Integer(ARGV[1])
now = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }

Net::HTTP.start(url.host, url.port) do |http|
  http.keep_alive_timeout = 600
  $stdin.each_line do |line|
    seconds = line.to_f / 1000
    start = time = now.call
    count = 0
    while time - start < seconds
      response = http.request_get(url.path)
      raise 'not the body' unless response.code == '200' && response.body.bytesize == size

      count += 1
      time = now.call
    end
    puts JSON.generate(value: count / (time - start))
    $stdout.flush
  end
end
