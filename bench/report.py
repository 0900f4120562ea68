"""docs/benchmarks.md: the part between the marks is made from results, the rest is written by hand."""

from statistics import median

from bench import machine, settings
from bench.contestants import NAMES, OURS
from bench.results import read
from bench.targets import per_worker, targets

BEGIN, END = "<!-- figures: made by `make bench` -->", "<!-- end of figures -->"


def write():
    """Replaces the figures in the document."""
    before, _, rest = settings.DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    settings.DOCUMENT.write_text(f"{before}{BEGIN}\n\n{figures()}\n{END}{after}")


def figures():
    return "\n".join((machine_table(), target_table(), hello(), echo(), cold(), at_once(), memory(), many()))


def target_table():
    rows = [target.row() for target in targets()]
    return table("What is to be reached", ["what", "wanted", "measured", ""], rows)


def machine_table():
    return table("The machine", ["", ""], machine.described())


def hello():
    head = ["", "connections", "requests/s", "p50 µs", "p99 µs", "server's CPU µs a request", "others' CPU"]
    rows = [[who, count, *http(read("hello", who=who, connections=count))] for count in (1, 32, 128) for who in NAMES]
    return table("Hello: a JSON answer from a parameter of the query", head, rows)


def echo():
    head = ["", "", "requests/s", "p50 µs", "p99 µs", "server's CPU µs a request", "others' CPU"]
    kinds = (("echo", "buffered"), ("echo-stream", "streamed"))
    rows = [[who, how, *http(read("echo", who=who, function=function))] for function, how in kinds for who in NAMES]
    return table("64 KiB sent back, 32 connections", head, rows)


def http(rows):
    return [spread(rows, "rate"), spread(rows, "p50"), spread(rows, "p99"), spread(rows, "cpu_us", digits=1), highest(rows, "others")]


def cold():
    head = ["", "first answer p50 ms", "p99 ms", "slowest ms", "second answer µs"]
    rows = []
    for who in whos("cold"):
        of = read("cold", who=who)
        rows.append([who, *(spread(of, name, 1e-3, 2) for name in ("p50", "p99", "max")), spread(of, "second")])
    return table("Functions that have never run before, one after the other", head, rows)


def at_once():
    head = ["", "answered", "first ms", "p50 ms", "slowest ms"]
    rows = []
    for who in whos("at_once"):
        of = read("at_once", who=who)
        answered = sum(row["functions"] for row in of)
        rows.append([who, answered, *(spread(of, name, 1e-3, 1) for name in ("min", "p50", "max"))])
    return table("A hundred of them at the same moment", head, rows)


def memory():
    head = ["", "idle workers", "MB of all processes", "processes", "of that: " + " / ".join(PROGRAMS)]
    rows = []
    for who in whos("memory"):
        for count in sorted({row["workers"] for row in read("memory", who=who)}):
            of = read("memory", who=who, workers=count)
            rows.append([who, count, spread(of, "mb", digits=1), of[-1]["processes"], by_program(of) if who == OURS else ""])
    known = ((who, per_worker(who)) for who in whos("memory"))
    each = ", ".join(f"{who}: {mb:.2f} MB" for who, mb in known if mb is not None)
    return table("Memory (PSS)", head, rows) + f"\nOne more: {each}.\n"


def by_program(rows):
    """The medians, in the order of PROGRAMS."""
    return " / ".join(f"{median(row['programs'].get(program, 0) for row in rows):.1f}" for program in PROGRAMS)


PROGRAMS = ("bunbase", "bunbase-gateway", "bunbase-ipcd", "bunbase-schedul", "bunbase-zygote", "bunbase-quickjs")
"""As the kernel has their names: 15 bytes."""


def many():
    head = ["deployed functions", "cold p50 µs", "warm p50 µs", "deploying them all, s", "on disk, MB", DAEMONS]
    rows = []
    for count in sorted({row["deployed"] for row in read("many")}):
        of, deploy = read("many", deployed=count), read("many_deployed", deployed=count)[-1]
        daemons = " / ".join(f"{deploy['programs'].get(program, 0):.1f}" for program in PROGRAMS[1:4])
        rows.append([count, spread(of, "cold"), spread(of, "warm"), f"{deploy['seconds']:.1f}", f"{deploy['state_mb']:.0f}", daemons])
    return table("Many functions", head, rows)


DAEMONS = "gateway / ipcd / schedulerd, MB"


def whos(part):
    return list(dict.fromkeys(row["who"] for row in read(part)))


def spread(rows, name, factor=1.0, digits=0):
    """Median (min–max)."""
    values = [row[name] * factor for row in rows if name in row]
    if not values:
        return "–"
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle} ({low}–{high})" if len(values) > 1 else middle


def highest(rows, name):
    return f"{max((row[name] for row in rows), default=0):.2f}"


def table(title, head, rows):
    """In Markdown, under a heading."""
    lines = [head, ["---"] * len(head), *rows]
    return f"## {title}\n\n" + "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)
