"""Servers that are started, pinned, watched and ended; and what the kernel says of them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from bench import settings
from bench.connection import Connection, Failed

LOG = settings.DIR / "server.log"


class Server:
    """A process with its descendants, on the server's CPU. Leaving the block ends them all."""

    def __init__(self, name, command, environment=None, port=None):
        self.name = name
        self.port = port or free_port()
        command = [str(word).replace("{PORT}", str(self.port)) for word in command]
        environment = dict(os.environ, PORT=str(self.port), **QUIET, **(environment or {}))
        self.log = open(LOG, "ab")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(settings.SERVER_CPU), *command],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in reversed(self.pids()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def pids(self):
        """Of all its living processes."""
        return descendants(self.process.pid)

    def connect(self, patience=30.0):
        """A connection, as soon as it listens."""
        end = time.monotonic() + patience
        while True:
            try:
                return Connection(self.port)
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Failed(f"{self.name} does not listen; see {LOG}") from None
                time.sleep(0.0005)


QUIET = {"DENO_DIR": str(settings.DIR / "deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "DO_NOT_TRACK": "1"}


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def descendants(pid):
    """It and what it has started, parents first."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += descendants(int(child))
    return found


def cpu_seconds(pids):
    """What the living ones have computed, all their threads together."""
    total = 0
    for pid in pids:
        for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(schedstat.read_text().split()[0])
    return total / 1e9


def name_of(pid):
    """Of its program."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "gone"


def mb_by_program(pids):
    """PSS of all processes of a program together."""
    programs = {}
    for pid in pids:
        programs[name_of(pid)] = programs.get(name_of(pid), 0) + pss_mb(pid)
    return programs


def pss_mb(pid):
    """Proportional set size in 10⁶ bytes: private pages, and of shared ones this sharer's part.
    One that is gone has none; one that may not be looked at is a failure."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:
        raise Failed("the memory of workers can be read by root only; run the benchmark as root") from None
    kib = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return kib * 1024 / 1e6
