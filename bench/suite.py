"""Our own suite: `bunbase up` on the server's CPU, and functions in it."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench import settings
from bench.connection import Failed
from bench.ipc import Ipc
from bench.processes import LOG, Server, free_port

NAME = "ours (quickjs)"
TEMPLATE = "template"


class Suite(Server):
    """A running suite with a state folder of its own."""

    def __init__(self, configuration=None):
        # Short: a Unix socket's path holds 107 bytes.
        self.state = Path(tempfile.mkdtemp(prefix="bench"))
        for name, text in (configuration or {}).items():
            (self.state / name).write_text(text)
        port = free_port()
        command = [settings.BUNBASE, "up", "--state", self.state, "--http", f"127.0.0.1:{port}"]
        super().__init__(NAME, command, port=port)

    def __exit__(self, *exception):
        super().__exit__(*exception)
        shutil.rmtree(self.state, ignore_errors=True)

    def deploy(self, names_and_sources, scale=None):
        """Deploys functions with the defaults of the manifest, but for what `scale` says."""
        manifest = self.manifest()
        manifest["scale"].update(scale or {})
        with Ipc(self.state / "ipc.sock") as ipc:
            ipc.deploy(manifest, names_and_sources)

    def manifest(self):
        """The defaults: those of a function that the command has deployed."""
        folder = self.state / TEMPLATE
        if not folder.exists():
            folder.mkdir()
            (folder / "index.ts").write_text(settings.source("hello"))
            self.command("deploy", folder)
        with Ipc(self.state / "ipc.sock") as ipc:
            return ipc.show(TEMPLATE)["manifest"]

    def command(self, *words):
        """Runs `bunbase`; one that fails is a failure."""
        command = [settings.BUNBASE, "--socket", self.state / "ipc.sock", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"bunbase {words[0]}: {done.stderr}")
        return done.stdout

    def forget_workers(self):
        """A deploy leaves a worker that has loaded the new version. With schedulerd all go, and another comes."""
        before = self.scheduler()
        os.kill(before, signal.SIGKILL)
        end = time.monotonic() + 30
        while self.scheduler() in (None, before):
            if time.monotonic() > end:
                raise Failed("schedulerd has not come back")
            time.sleep(0.05)
        wait_until_up(self)
        settle(self)

    def scheduler(self):
        """The number of schedulerd's process, if there is one."""
        named = (pid for pid in self.pids() if program(pid).endswith("bunbase-schedulerd"))
        return next(named, None)

    def workers(self):
        """How many processes there are beyond those of a suite that has just come up."""
        return len(self.pids()) - self.own


@contextlib.contextmanager
def suite(configuration=None):
    """One that is up, schedulerd connected and the first function deployed."""
    with Suite(configuration) as running:
        running.connect().socket.close()
        wait_until_up(running)
        running.manifest()
        running.forget_workers()
        running.own = len(running.pids())
        yield running


def wait_until_up(running):
    """A deploy that comes before schedulerd is compiled later, so wait for all daemons."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        done = subprocess.run(
            [settings.BUNBASE, "--socket", running.state / "ipc.sock", "doctor"], capture_output=True, check=False
        )
        if done.returncode == 0:
            return
        time.sleep(0.05)
    raise Failed(f"the suite is not up; see {LOG}: {done.stderr.decode()}{done.stdout.decode()}")


def settle(running):
    """Until no process comes or goes."""
    before = None
    while before != (before := running.pids()):
        time.sleep(0.5)


def program(pid):
    """What a process runs; nothing if it has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except FileNotFoundError:
        return ""
