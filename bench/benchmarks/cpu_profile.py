"""The profile that explains P1, P2, P4 and P5: where the computing time of one verification goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.context import Bench
from bench.result import Result
from bench.servers import ROOT, settings


def measure(bench: Bench) -> Result:
    bench.say("the profile of one verification")
    profile = _profile(bench, 200 if bench.quick else 3_000)
    result = Result("Profile", "Where the time of one verification goes")
    result.rows = [("", "part", "CPU µs")]
    for layer, part in profile["parts"].items():
        result.rows.append((layer, f"{part:.0%}", f"{part * profile['cpu_us']:,.0f}"))
    result.rows.append(("**all of it**", "", f"{profile['cpu_us']:,.0f}"))
    result.notes.append(
        "In process, one after the other, looked at in regular moments of computing time. Each verification waits for "
        "its own commit here; in a crowd many share one."
    )
    return result


def _profile(bench: Bench, number: int) -> dict[str, Any]:
    folder = bench.starter.new_folder()
    pinned = ",".join(map(str, sorted(bench.cores.server)))
    done = subprocess.run(
        ["taskset", "--cpu-list", pinned, sys.executable, "-m", "bench.profile_target", str(number)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | settings(bench.upstream.url(), folder),
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
