"""Functions that have never run before: from the request's writing to the whole answer, on an open connection."""

import selectors
import statistics
import time

from bench import quiet, results, settings
from bench.connection import Failed
from bench.contestants import OTHERS, OURS, WORKERD_LOADER
from bench.processes import Server
from bench.suite import suite

FUNCTIONS = 30 if settings.SHORT else 200
AT_ONCE = 100
PROCESSES = 3 if settings.SHORT else 20
ISOLATE, PROCESS = "workerd, isolate on demand", "workerd, process"
PATH = "/functions/hello?name=x"


def cold():
    """First and second request of each of many functions, one after the other; and of a workerd process."""
    for _ in quiet.rounds():
        with suite() as ours:
            functions = sources("cold", FUNCTIONS)
            ours.deploy(functions)
            ours.forget_workers()
            asks = [ask_ours(name) for name, _ in functions]
            results.add("cold", who=OURS, **quiet.measured_once(ours, lambda: each(ours, asks)))
        with Server("workerd", WORKERD_LOADER) as workerd:
            asks = [ask_loader(number) for number in range(FUNCTIONS)]
            results.add("cold", who=ISOLATE, **quiet.measured_once(workerd, lambda: each(workerd, asks)))
        results.add("cold", who=PROCESS, **process())


def at_once():
    """A hundred of them at the same moment, each on a connection of its own."""
    for _ in quiet.rounds():
        with suite() as ours:
            functions = sources("cold", AT_ONCE)
            ours.deploy(functions)
            ours.forget_workers()
            asks = [ask_ours(name) for name, _ in functions]
            results.add("at_once", who=OURS, **quiet.measured_once(ours, lambda: together(ours, asks)))
        with Server("workerd", WORKERD_LOADER) as workerd:
            asks = [ask_loader(number) for number in range(AT_ONCE)]
            results.add("at_once", who=ISOLATE, **quiet.measured_once(workerd, lambda: together(workerd, asks)))


def sources(prefix, count):
    """Distinct functions: each has a bundle of its own."""
    return [(f"{prefix}-{i}", f"{settings.source('hello')}\n// {prefix}-{i}\n") for i in range(count)]


def ask_ours(name):
    return f"/functions/{name}?name=x", ""


def ask_loader(number):
    return PATH, f"x-function: {number}\r\n"


def each(server, asks):
    """One after the other, twice each."""
    with server.connect() as connection:
        warm_up(server, connection)
        times = [(right(connection, ask), right(connection, ask)) for ask in asks]
    first, second = zip(*times, strict=True)
    return dict(spread(first), functions=len(asks), second=statistics.median(second))


def warm_up(server, connection):
    """The connection and whatever a server does at its very first request: that of a function that is not counted."""
    for _ in range(5):
        right(connection, ask_ours("template") if server.name == OURS else ask_loader("warm"))


def right(connection, ask):
    took, body = connection.get(*ask)
    if body != b'{"hello":"x"}':
        raise Failed(f"{ask} was answered {body[:100]}")
    return took


def spread(times):
    ordered = sorted(times)
    return {"min": ordered[0], "p50": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99)], "max": ordered[-1]}


def process():
    """From spawning workerd to its first answer; polled every half of a millisecond."""
    times = []
    for _ in range(PROCESSES):
        started = time.perf_counter()
        with Server("workerd", OTHERS["workerd"]) as server, server.connect() as connection:
            right(connection, (PATH, ""))
            times.append((time.perf_counter() - started) * 1e6)
    return dict(spread(times), functions=PROCESSES)


def together(server, asks):
    """All requests are written before the first answer is read."""
    connections = [server.connect() for _ in asks]
    warm_up(server, connections[0])
    with selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        for connection, ask in zip(connections, asks, strict=True):
            connection.ask(*ask)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        times = []
        while selector.get_map():
            for key, _ in selector.select(60) or gave_up(len(selector.get_map())):
                # What has begun to come comes whole: these answers fit into one packet.
                if key.data.read() != b'{"hello":"x"}':
                    raise Failed(f"{server.name}: a wrong answer")
                times.append((time.perf_counter() - started) * 1e6)
                selector.unregister(key.fileobj)
    for connection in connections:
        connection.socket.close()
    return dict(spread(times), functions=len(times))


def gave_up(left):
    raise Failed(f"{left} requests are not answered after a minute")
