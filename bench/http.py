"""Warm functions over HTTP: hello, and bodies that are sent back."""

from bench import results
from bench.connection import Failed
from bench.contestants import NAMES, started
from bench.load import load, warm
from bench.quiet import rounds

HELLO = "/functions/hello?name=x"
CONNECTIONS = (1, 32, 128)
KIB = 64
BODY = b"0123456789abcdef" * 64 * KIB


def hello():
    """A JSON answer from a parameter of the query."""
    for _ in rounds():
        for name in NAMES:
            with started(name) as server:
                check_hello(server)
                warm(server, HELLO)
                for connections in CONNECTIONS:
                    figures = load(server, HELLO, connections)
                    results.add("hello", who=name, connections=connections, processes=len(server.pids()), **figures)
                check_hello(server)


def echo():
    """64 KiB sent back, read whole first or as they come."""
    for _ in rounds():
        for name in NAMES:
            with started(name) as server:
                for function in ("echo", "echo-stream"):
                    check_echo(server, function)
                    warm(server, f"/functions/{function}", KIB)
                    figures = load(server, f"/functions/{function}", 32, KIB)
                    results.add("echo", who=name, function=function, **figures)
                    check_echo(server, function)


def check_hello(server):
    with server.connect() as connection:
        _, body = connection.get(HELLO)
    if body != b'{"hello":"x"}':
        raise Failed(f"{server.name} answered {body[:100]}")


def check_echo(server, function):
    with server.connect() as connection:
        _, body = connection.post(f"/functions/{function}", BODY)
    if body != BODY:
        raise Failed(f"{server.name} sent {len(body)} bytes back that are not those of the request")
