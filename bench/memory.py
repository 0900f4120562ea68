"""What one more idle function costs: proportional set size (PSS) of all processes together."""

import time

from bench import quiet, results, settings
from bench.cold import ask_ours, right, sources
from bench.isolates import isolates
from bench.processes import mb_by_program
from bench.suite import suite

OUR_COUNTS = (1, 10, 50) if settings.SHORT else (1, 10, 100, 500)
WORKERD_COUNTS = (1, 10) if settings.SHORT else (1, 10, 100)
LONG = 3_600_000
"""Milliseconds that an idle worker is kept: beyond the measurement."""


def memory():
    for _ in quiet.rounds():
        ours()
        for count in WORKERD_COUNTS:
            workerd(count)


def ours():
    """One suite; each function has answered one request."""
    with suite() as running:
        functions = sources("warm", OUR_COUNTS[-1])
        running.deploy(functions, scale={"idle": LONG})
        running.forget_workers()
        add(running, 0)
        warm = 0
        with running.connect() as connection:
            for count in OUR_COUNTS:
                for name, _ in functions[warm:count]:
                    right(connection, ask_ours(name))
                warm = count
                add(running, count)


def add(running, count):
    time.sleep(1)
    programs = mb_by_program(running.pids())
    results.add("memory", who=running.name, workers=count, processes=len(running.pids()), mb=sum(programs.values()), programs=programs)


def workerd(count):
    """One process with so many workers, each asked once."""
    with isolates(count) as running:
        add(running, count)
