"""The profile that explains the other measures: where the computing time of one verification, event or file goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.context import Bench
from bench.result import Result
from bench.servers import ROOT, settings

VERIFICATION, EVENT, FILE = "verification", "event", "file"
_FUNCTIONS = 12
_FILES_FOR_ONE = 50
"""A file takes so little time that there would be few samples."""


def measure(bench: Bench) -> Result:
    bench.say("the profile of one verification")
    profile = profile_of(bench, VERIFICATION)
    result = Result("Profile", "Where the time of one verification goes")
    result.rows = [("", "part", "CPU µs"), *part_rows(profile, "layers"), ("**all of it**", "", _us(profile["cpu_us"]))]
    result.notes.append(
        "In process, one after the other, looked at in regular moments of computing time. Each verification waits for "
        "its own commit here; in a crowd many share one."
    )
    return result


def functions(bench: Bench, what: str) -> list[tuple[str, ...]]:
    """The table of the functions that take the most CPU time themselves."""
    profile = profile_of(bench, what)
    return [(f"function, one {what}", "part", "CPU µs"), *part_rows(profile, "functions")[:_FUNCTIONS]]


def part_rows(profile: dict[str, Any], kind: str) -> list[tuple[str, ...]]:
    return [(name, f"{part:.0%}", _us(part * profile["cpu_us"])) for name, part in profile[kind].items()]


def _us(value: float) -> str:
    return f"{value:,.0f}"


def profile_of(bench: Bench, what: str) -> dict[str, Any]:
    """What `bench.profile_target` prints; taken once."""
    if what not in bench.profiles:
        number = (200 if bench.quick else 3_000) * (_FILES_FOR_ONE if what == FILE else 1)
        bench.profiles[what] = _take(bench, what, number)
    return bench.profiles[what]


def _take(bench: Bench, what: str, number: int) -> dict[str, Any]:
    folder = bench.starter.new_folder()
    pinned = ",".join(map(str, sorted(bench.cores.server)))
    done = subprocess.run(
        ["taskset", "--cpu-list", pinned, sys.executable, "-m", "bench.profile_target", what, str(number)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | settings(bench.upstream.url(), folder),
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
