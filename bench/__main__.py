"""Measures the suite and its peers.

    python3 -m bench all             measures everything, says what is reached, writes docs/benchmarks.md
    python3 -m bench run [PART...]   measures all parts, or these
    python3 -m bench report          writes docs/benchmarks.md
    python3 -m bench check           says which figures are reached

The environment: BENCH=short, BENCH_ROUNDS, BENCH_DIR, BENCH_APPEND=1, BENCH_SERVER_CPU, BENCH_LOAD_CPU, BENCH_LOCK.
"""

import os
import signal
import sys

from bench import cold, http, many, memory, report, results, settings, targets
from bench.connection import Failed

PARTS = {
    "hello": http.hello,
    "echo": http.echo,
    "cold": cold.cold,
    "at_once": cold.at_once,
    "memory": memory.memory,
    "many": many.many,
}


def run(names):
    os.sched_setaffinity(0, {settings.LOAD_CPU})
    # Told to stop, it still ends the servers that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in names or PARTS:
        results.begin(name)
        PARTS[name]()


def check():
    """For each target: wanted, measured, reached or not."""
    for target in targets.targets():
        print(" · ".join(target.row()))


def main():
    match sys.argv[1:]:
        case ["all"]:
            return done(everything)
        case ["run", *names] if set(names) <= set(PARTS):
            return done(lambda: run(names))
        case ["report"]:
            return done(report.write)
        case ["check"]:
            return done(check)
        case _:
            print(__doc__)
            return 64


def everything():
    run([])
    check()
    if not settings.SHORT:
        report.write()


def done(action):
    try:
        action()
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
