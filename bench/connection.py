"""HTTP/1.1 on a connection that stays open, timed; small enough to cost tens of microseconds."""

import socket
import time


class Failed(Exception):
    """Something that has no figure: the whole benchmark ends with it."""


class Connection:
    """To a port of this machine."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, path, headers=""):
        """Writes a request; `read` has its answer."""
        self.socket.sendall(head("GET", path, headers))

    def get(self, path, headers=""):
        """Microseconds from the request's writing until the whole answer is there, and its body. Failed unless it is a 200."""
        return self.timed(head("GET", path, headers))

    def post(self, path, body):
        """The same, with a body."""
        return self.timed(head("POST", path, f"content-length: {len(body)}\r\n") + body)

    def timed(self, request):
        started = time.perf_counter()
        self.socket.sendall(request)
        body = self.read()
        return (time.perf_counter() - started) * 1e6, body

    def read(self):
        """The body of the next answer."""
        received = b""
        while True:
            part = self.socket.recv(1 << 18)
            if not part:
                raise Failed(f"the connection was closed after {received[:500]}")
            received += part
            body = whole(received)
            if body is not None:
                return body


def head(method, path, headers=""):
    """Of a request."""
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n".encode()


def whole(received):
    """The body, if all of it is there. Failed unless the status is 200."""
    start, found, rest = received.partition(b"\r\n\r\n")
    if not found:
        return None
    if not start.startswith(b"HTTP/1.1 200 "):
        raise Failed(f"no 200: {received[:500]}")
    fields = dict(line.lower().split(b": ", 1) for line in start.split(b"\r\n")[1:])
    if b"content-length" in fields:
        return rest if len(rest) >= int(fields[b"content-length"]) else None
    return unchunked(rest) if rest.endswith(b"0\r\n\r\n") else None


def unchunked(rest):
    """A chunked body that has come to its end, or None if it only looks so."""
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        size = int(size, 16)
        if size == 0:
            return body
        if len(rest) < size + 2:
            return None
        body, rest = body + rest[:size], rest[size + 2:]
    return None
