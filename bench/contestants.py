"""Who is measured against whom: a name and how to start it, with the three functions at /functions/NAME."""

import contextlib

from bench import settings
from bench.processes import Server
from bench.suite import NAME as OURS
from bench.suite import suite

FUNCTIONS = ("hello", "echo", "echo-stream")
OTHERS = {
    "workerd": [settings.WORKERD, "serve", settings.SERVERS / "workerd.capnp", "--socket-addr", "http=127.0.0.1:{PORT}"],
    "node": [settings.NODE, settings.SERVERS / "node.mjs"],
    "bun": [settings.BUN, settings.SERVERS / "bun.mjs"],
    "deno": [settings.DENO, "serve", "--no-config", "--host", "127.0.0.1", "--port", "{PORT}", settings.SERVERS / "all.mjs"],
    "hyper": [settings.FLOOR],
}
WORKERD_LOADER = [
    settings.WORKERD, "serve", "--experimental", settings.SERVERS / "loader.capnp", "--socket-addr", "http=127.0.0.1:{PORT}",
]
"""workerd that loads a worker from its source when it is first asked for."""
NAMES = (OURS, *OTHERS)


@contextlib.contextmanager
def started(name):
    """The contestant, answering."""
    if name == OURS:
        with suite() as running:
            running.deploy((function, settings.source(function)) for function in FUNCTIONS)
            yield running
        return
    with Server(name, OTHERS[name]) as running:
        running.connect().socket.close()
        yield running
