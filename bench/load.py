"""wrk against a server: a closed loop of so many connections, from the other CPU."""

import json
import os
import re
import subprocess

from bench import quiet, settings
from bench.connection import Failed

SCRIPT = settings.REPOSITORY / "bench/wrk.lua"
ERRORS = ("connect", "read", "write", "status", "timeout")


def load(server, path, connections, body_kib=0):
    """Requests a second, latencies in microseconds, CPU time of the server. Failed if one request was."""
    figures = quiet.measured(server, lambda: once(server, path, connections, body_kib, settings.SECONDS))
    return dict(figures, cpu_us=figures["server_s"] * 1e6 / figures["requests"])


def warm(server, path, body_kib=0):
    """Lets compilers and caches do what they do at first."""
    once(server, path, 32, body_kib, seconds=1 if settings.SHORT else 2)


def once(server, path, connections, body_kib, seconds):
    said = wrk(server, path, connections, body_kib, seconds)
    failed = {name: said[name] for name in ERRORS if said[name]}
    if failed or not said["requests"]:
        raise Failed(f"{server.name} {path} with {connections} connections: {said['requests']} requests, errors {failed}")
    rate = said["requests"] / (said["duration_us"] / 1e6)
    return {"requests": said["requests"], "rate": rate, "p50": said["p50_us"], "p99": said["p99_us"], "max": said["max_us"]}


def wrk(server, path, connections, body_kib, seconds):
    command = ["taskset", "-c", str(settings.LOAD_CPU), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{server.port}{path}"]
    environment = dict(os.environ, BODY_KIB=str(body_kib))
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    figures = re.search(r"FIGURES (\{.*\})", done.stdout)
    if done.returncode or not figures:
        raise Failed(f"wrk against {server.name}: {done.stdout}")
    return json.loads(figures.group(1))
