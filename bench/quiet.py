"""Figures are taken while the machine does nothing else, as far as that can be had."""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from bench import settings
from bench.processes import cpu_seconds

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 30.0
"""Seconds to wait for a quiet machine at most."""


@contextlib.contextmanager
def alone():
    """Holds BENCH_LOCK, if there is one."""
    if not settings.LOCK:
        yield
        return
    with open(settings.LOCK, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def rounds():
    """So many as BENCH_ROUNDS says, each with the machine to itself: contestants of one round are compared with each other."""
    for number in range(settings.ROUNDS):
        with alone():
            yield number


def busy_seconds():
    """CPU time that all processes of the machine have used."""
    user, nice, system, _, _, interrupts, soft, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + interrupts + soft) / TICKS


def wait_for_quiet():
    """Until others use less than a twentieth of a CPU, or patience ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before = busy_seconds()
        time.sleep(0.3)
        if (busy_seconds() - before) / 0.3 < 0.06:
            return


def measured(server, measure):
    """What `measure()` finds, with the account of who computed meanwhile; once more when others did much."""
    for last in (False, True):
        wait_for_quiet()
        figures = accounted(server, measure)
        if figures["others"] <= settings.NOISE or last:
            return figures


def measured_once(server, measure):
    """The same for what can't be done twice."""
    wait_for_quiet()
    return accounted(server, measure)


def accounted(server, measure):
    """Adds `server_s` (CPU seconds), and `load` and `others` (CPUs) to the figures. Workers that end meanwhile count as others."""
    before = (busy_seconds(), cpu_seconds(server.pids()), sum(os.times()[:4]), time.monotonic())
    figures = measure()
    after = (busy_seconds(), cpu_seconds(server.pids()), sum(os.times()[:4]), time.monotonic())
    busy, own, load, elapsed = (late - early for late, early in zip(after, before, strict=True))
    return dict(figures, server_s=own, load=load / elapsed, others=max(0.0, (busy - own - load) / elapsed))
