"""Ten thousand deployed functions against ten: does it matter how many there are?"""

import random
import statistics
import time
from pathlib import Path

from bench import quiet, results, settings
from bench.cold import ask_ours, right, sources
from bench.connection import Failed
from bench.processes import mb_by_program
from bench.suite import suite

FEW = 10
MANY = 300 if settings.SHORT else 10_000
VISITS = 3 if settings.SHORT else 20
"""How often ten functions of each suite are asked when all workers have gone."""
WARM = 30
"""Requests to each after the first."""
IDLE = {"idle": 1000}
"""Milliseconds after which a worker goes, so that ten functions can be cold many times."""


def many():
    """Both suites are up, and are asked in turn: one that is not asked does nothing."""
    results.begin("many_deployed")
    with suite() as few, suite() as lots:
        deploy(few, FEW)
        deploy(lots, MANY)
        drawn = random.Random(5).sample(range(MANY), FEW * VISITS)
        for start in range(0, VISITS, 10):
            with quiet.alone():
                for visit in range(start, min(start + 10, VISITS)):
                    asked = [(few, FEW, range(FEW)), (lots, MANY, drawn[visit * FEW:(visit + 1) * FEW])]
                    ask_in_turn(asked if visit % 2 else asked[::-1])


def ask_in_turn(asked):
    """No worker is left of either, nor anything to be done about those that have gone."""
    for running, _, _ in asked:
        gone(running)
        read_files(running)
    time.sleep(0.3)
    for running, deployed, numbers in asked:
        ask(running, deployed, numbers)


def read_files(running):
    """Whether the kernel still has files that were not used for a while is not what is measured; some let go of them soon."""
    for file in running.state.rglob("*"):
        if file.is_file():
            file.read_bytes()


def deploy(running, count):
    with quiet.alone():
        started = time.monotonic()
        running.deploy(sources("many", count), scale=IDLE)
        took = time.monotonic() - started
    state = sum(file.stat().st_size for file in running.state.rglob("*") if file.is_file()) / 1e6
    results.add("many_deployed", deployed=count, seconds=took, state_mb=state, programs=mb_by_program(running.pids()))


def ask(running, deployed, numbers):
    """First requests to cold functions, then warm ones."""
    read_before = disk_kib()
    with running.connect() as connection:
        first, warm = [], []
        for number in numbers:
            question = ask_ours(f"many-{number}")
            first.append(right(connection, question))
            warm += [right(connection, question) for _ in range(WARM)]
    medians = {"cold": statistics.median(first), "warm": statistics.median(warm)}
    results.add("many", deployed=deployed, **medians, colds=first, disk_kib=disk_kib() - read_before)


def disk_kib():
    """What the machine has read from disks."""
    return next(int(line.split()[1]) for line in Path("/proc/vmstat").read_text().splitlines() if line.startswith("pgpgin "))


def gone(running):
    """Until no worker is left."""
    end = time.monotonic() + 30
    while running.workers() > 0:
        if time.monotonic() > end:
            raise Failed(f"{running.workers()} workers are still there after 30 s, idle for 1 s")
        time.sleep(0.1)
