"""Results: a line of JSON a measurement, a file a part, in BENCH_DIR/results."""

import json
import os
import time

from bench import settings


def begin(part):
    """Forgets what was there, unless BENCH_APPEND is set: then rounds may be spread over time."""
    settings.RESULTS.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("BENCH_APPEND"):
        file(part).unlink(missing_ok=True)


def add(part, **figures):
    """Notes a measurement, and shows it."""
    shown = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(part, json.dumps(shown), flush=True)
    with file(part).open("a") as out:
        out.write(json.dumps(dict(figures, at=time.time())) + "\n")


def read(part, **wanted):
    """Those of a part in which all of this is so."""
    if not file(part).exists():
        return []
    rows = map(json.loads, file(part).read_text().splitlines())
    return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]


def file(part):
    return settings.RESULTS / f"{part}.jsonl"
