"""The other end of every socket of the bench: an echo, a source of lines and a sink, each on a port of its own."""
import json
import socket
import threading

PIECE = 262_144
LINE = b"x" * 63 + b"\n"


def echo(connection):
    while data := connection.recv(PIECE):
        connection.sendall(data)


def source(connection):
    data = LINE * (PIECE // len(LINE))
    while True:
        connection.sendall(data)


def sink(connection):
    data = bytearray(PIECE)
    while connection.recv_into(data):
        pass


def serve(listener, handle):
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=guarded, args=(handle, connection), daemon=True).start()


def guarded(handle, connection):
    try:
        handle(connection)
    except OSError:
        pass
    connection.close()


ports = {}
threads = []
for handle in (echo, source, sink):
    listener = socket.create_server(("127.0.0.1", 0))
    ports[handle.__name__] = listener.getsockname()[1]
    threads.append(threading.Thread(target=serve, args=(listener, handle), daemon=True))
    threads[-1].start()
print(json.dumps(ports), flush=True)
for thread in threads:
    thread.join()
