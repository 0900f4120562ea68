"""Where things are and how long to measure; all of it may be set by the environment."""

import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SERVERS = REPOSITORY / "bench/servers"
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release"
DIR = Path(os.environ.get("BENCH_DIR", "/var/cache/bunbase-bench"))
DOCUMENT = REPOSITORY / "docs/benchmarks.md"

SHORT = os.environ.get("BENCH") == "short"
"""The short form exercises every part and claims nothing."""
RESULTS = Path(os.environ.get("BENCH_RESULTS", DIR / ("results-short" if SHORT else "results")))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1" if SHORT else "3"))
SECONDS = 1 if SHORT else 5
"""Of one run of wrk."""
SERVER_CPU = int(os.environ.get("BENCH_SERVER_CPU", "0"))
LOAD_CPU = int(os.environ.get("BENCH_LOAD_CPU", "1"))
NOISE = 0.1
"""A figure during which others used more than this of one CPU is taken again."""
LOCK = os.environ.get("BENCH_LOCK")
"""A file that is locked while something is measured, for machines on which others wait for it."""

PACKAGES = DIR / "node_modules"
WORKERD = PACKAGES / "@cloudflare/workerd-linux-64/bin/workerd"
DENO = PACKAGES / "@deno/linux-x64-glibc/deno"
BUN = PACKAGES / "@oven/bun-linux-x64/bin/bun"
NODE = Path(shutil.which("node") or "/usr/bin/node")
FLOOR = DIR / "floor/release/floor"
BUNBASE = RELEASE / "bunbase"


def source(name: str) -> str:
    """A function of `servers/`: what ours deploys and the others import."""
    return (SERVERS / f"{name}.mjs").read_text()
