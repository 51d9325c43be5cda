"""Blocking sockets. Arguments: what is measured, and the port of the server for it."""
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "http"))
from rounds import answer_rounds  # noqa: E402

what, port = sys.argv[1], int(sys.argv[2])
connection = socket.create_connection(("127.0.0.1", port))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
PIECE = 65_536
MB = 1_000_000
READS = 4096


def ping_pong():
    connection.sendall(PING)
    left = len(PING)
    while left > 0:
        left -= len(connection.recv(left))


PING = b"x" * 64


def bulk(step):
    for line in sys.stdin:
        seconds = float(line) / 1000
        start = now = time.perf_counter()
        count = 0
        while now - start < seconds:
            for _ in range(16):
                count += step()
            now = time.perf_counter()
        print(json.dumps({"value": count / MB / (now - start)}), flush=True)


def receive():
    return len(connection.recv(PIECE))


def send():
    connection.sendall(DATA)
    return PIECE


DATA = bytes(PIECE)


def reads(step):
    """Nanoseconds of one read, where what it reads is in memory already or in the system's."""
    for line in sys.stdin:
        until = time.perf_counter() + float(line) / 1000
        times = []
        while time.perf_counter() < until:
            time.sleep(0.002)
            start = time.perf_counter()
            for _ in range(READS):
                step()
            times.append((time.perf_counter() - start) / READS * 1e9)
        print(json.dumps({"value": sorted(times)[len(times) // 2]}), flush=True)


if what == "ping-pong":
    answer_rounds(ping_pong)
elif what == "receive":
    bulk(receive)
elif what == "send":
    bulk(send)
elif what == "recv-64":
    reads(lambda: connection.recv(64))
else:
    reads(connection.makefile("rb").readline)
