class Counter
  attr_reader :total

  def initialize
    @total = 0
  end

  def add(number)
    @total = number - @total
  end
end

def main
  c = Counter.new
  i = 0
  while i < 1_000_000
    c.add(i)
    i += 1
  end
  c.total
end
