"""workerd with many workers, each behind a port of its own."""

import contextlib
import socket

from bench import settings
from bench.cold import PATH, right, sources
from bench.connection import Connection
from bench.processes import Server

CONFIG = """using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    {services}
  ],
  sockets = [
    {sockets}
  ],
);
{workers}
"""
SERVICE = '(name = "{name}", worker = .{constant})'
SOCKET = '(name = "{name}", address = "127.0.0.1:{port}", http = (), service = "{name}")'
WORKER = 'const {constant} :Workerd.Worker = (modules = [(name = "main", esModule = embed "{name}.mjs")], compatibilityDate = "2025-06-01");'


@contextlib.contextmanager
def isolates(count):
    """So many, each asked once."""
    functions, ports = sources("worker", count), free_ports(count)
    config = write(functions, ports)
    with Server("workerd", [settings.WORKERD, "serve", config], port=ports[-1]) as running:
        running.connect().socket.close()
        for port in ports:
            with Connection(port) as connection:
                right(connection, (PATH, ""))
        yield running


def write(functions, ports):
    folder = settings.DIR / f"isolates-{len(ports)}"
    folder.mkdir(exist_ok=True)
    fields = []
    for (name, source), port in zip(functions, ports, strict=True):
        (folder / f"{name}.mjs").write_text(source)
        fields.append({"name": name, "constant": name.replace("-", ""), "port": port})
    text = CONFIG.format(
        services=",\n    ".join(SERVICE.format(**field) for field in fields),
        sockets=",\n    ".join(SOCKET.format(**field) for field in fields),
        workers="\n".join(WORKER.format(**field) for field in fields),
    )
    config = folder / "config.capnp"
    config.write_text(text)
    return config


def free_ports(count):
    """All different: they are held until the last is found."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
