"""What is to be reached, and whether it is."""

from dataclasses import dataclass
from statistics import median

from bench.cold import ISOLATE, PROCESS
from bench.contestants import OURS
from bench.results import read

AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True)
class Target:
    """`value` is to be at least or at most `bound`; both are None where there is no figure."""

    what: str
    value: float | None
    sense: str
    bound: float
    unit: str = "×"

    def reached(self):
        """None: not measured."""
        if self.value is None:
            return None
        return self.value >= self.bound if self.sense == AT_LEAST else self.value <= self.bound

    def row(self):
        """Of a table: what, wanted, measured, verdict."""
        verdict = {True: "reached", False: "**not reached**", None: "not measured"}[self.reached()]
        value = "–" if self.value is None else f"{self.value:.2f} {self.unit}"
        return [self.what, f"{self.sense} {self.bound:g} {self.unit}", value, verdict]


def figure(part, name, **wanted):
    """The median over the rounds."""
    values = [row[name] for row in read(part, **wanted)]
    return median(values) if values else None


def ratio(part, name, other, **wanted):
    """Ours to another's."""
    ours, theirs = figure(part, name, who=OURS, **wanted), figure(part, name, **{"who": other, **wanted})
    return ours / theirs if ours and theirs else None


def scaled(value, factor):
    return None if value is None else value * factor


def targets():
    """All of them, in the order of the table."""
    return [*hello(), *echo(), *cold(), *memory(), *many()]


def hello():
    for other, bound in (("workerd", 2.5), ("node", 0.7)):
        yield Target(f"hello, 32 connections, requests a second, to {other}", ratio("hello", "rate", other, connections=32), AT_LEAST, bound)
    for other, bound in (("hyper", 1.7), ("workerd", 0.6)):
        yield Target(f"hello, 1 connection, p50, to {other}", ratio("hello", "p50", other, connections=1), AT_MOST, bound)
    for other, bound in (("node", 1.5), ("workerd", 0.1)):
        yield Target(f"hello, 128 connections, p99, to {other}", ratio("hello", "p99", other, connections=128), AT_MOST, bound)


def echo():
    for function, how, bound in (("echo", "buffered", 1), ("echo-stream", "streamed", 2.5)):
        value = ratio("echo", "rate", "workerd", function=function)
        yield Target(f"64 KiB echo {how}, 32 connections, requests a second, to workerd's", value, AT_LEAST, bound)


def cold():
    for name, bound in (("p50", 3), ("p99", 8)):
        yield Target(f"cold start, {name}", scaled(figure("cold", name, who=OURS), 1e-3), AT_MOST, bound, "ms")
    for other, bound in ((ISOLATE, 0.6), (PROCESS, 0.1)):
        yield Target(f"cold start, p50, to {other}", ratio("cold", "p50", other), AT_MOST, bound)


def memory():
    yield Target("memory of one more idle worker, PSS", per_worker(OURS), AT_MOST, 0.6, "MB")
    yield Target("500 functions warm at once, PSS of all processes", figure("memory", "mb", who=OURS, workers=500), AT_MOST, 400, "MB")


def per_worker(who):
    """Between the smallest and the largest number of workers that were measured."""
    counts = sorted({row["workers"] for row in read("memory", who=who) if row["workers"]})
    if len(counts) < 2:
        return None
    few, lots = counts[0], counts[-1]
    return (figure("memory", "mb", who=who, workers=lots) - figure("memory", "mb", who=who, workers=few)) / (lots - few)


def many():
    counts = sorted({row["deployed"] for row in read("many")})
    for name in ("cold", "warm"):
        few, lots = ([figure("many", name, deployed=count) for count in (counts[0], counts[-1])] if counts else (None, None))
        value = lots / few if few else None
        deployed = f"{counts[-1] if counts else 10_000:,}".replace(",", " ")
        yield Target(f"{deployed} deployed functions to 10, {name} p50", value, AT_MOST, 1.1)
