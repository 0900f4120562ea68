"""What the figures were taken on."""

import os
import re
import subprocess
import time
from pathlib import Path

from bench import settings


PRODUCT = ("Cargo.lock", "crates", "gateway", "ipcd", "schedulerd", "quickjs-worker", "cli")


def described():
    """Pairs for a table."""
    cpus = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpus)
    virtual = " (virtual machine)" if re.search(r"flags.*\bhypervisor\b", cpus) else ""
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1)) / 2**20
    yield "CPU", f"{os.cpu_count()} × {model.group(1) if model else os.uname().machine}{virtual}"
    yield "memory", f"{memory:.0f} GiB"
    yield "kernel", f"{os.uname().sysname} {os.uname().release}"
    yield "server, load", f"CPU {settings.SERVER_CPU}, CPU {settings.LOAD_CPU}"
    yield "date", time.strftime("%Y-%m-%d", time.gmtime())
    yield from versions()


def versions():
    """Of the contestants and of wrk."""
    commit = said("git", "-C", settings.REPOSITORY, "log", "-1", "--format=%h", "--", *PRODUCT)
    yield "ours", f"{said(settings.BUNBASE, '--version')}, commit {commit}"
    yield "workerd", said(settings.WORKERD, "--version")
    yield "node", said(settings.NODE, "--version")
    yield "bun", said(settings.BUN, "--version")
    yield "deno", said(settings.DENO, "--version")
    lock = (settings.REPOSITORY / "bench/floor/Cargo.lock").read_text()
    yield "hyper", re.search(r'name = "hyper"\nversion = "(.*)"', lock).group(1)
    yield "wrk", said("wrk", "--version")


def said(*command):
    """The first line of what a command prints; some print their version and fail."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0].strip()
