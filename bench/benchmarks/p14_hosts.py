"""P14: three hosts do the work of three, and no failure of a host or of the database loses anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.context import Bench, median, ratio
from bench.few_places import PLACES
from bench.hosts import isolated, why_not
from bench.result import MET, MISSED, Goal, Result, goal, not_measured
from bench.servers import ROOT
from bench.three_hosts import CERTIFICATE, DELAY_MS
from tools.postgres_cluster import find_programs

_PATIENCE_SECONDS = 300


def measure(bench: Bench) -> Result:
    result = Result("P14", f"Three hosts, {PLACES} places each, StepPay takes 2 x {DELAY_MS} ms")
    why = missing()
    if why:
        result.goals.append(not_measured("three hosts", why))
        return result
    bench.say("P14: three hosts, PostgreSQL with its standby and Redis on a fourth")
    found = run(bench.upstream.certificate, 3.0 if bench.quick else 5.0)
    times = ratio(found["three"], found["one"])
    lost = f"{found['lost']:,} of {found['confirmed']:,}"
    result.goals = [
        goal("speed of three hosts, as a multiple of one", times, 2.6, " x", at_least=True),
        _counted("confirmed and lost, a host and the database's primary gone", found["lost"], lost),
        _counted("paid orders answered as failed meanwhile", found["failed"], str(found["failed"])),
        _said("every job done afterwards", holds=found["jobs_settled"]),
        _said("the host serves when its network is back", holds=found["came_back"]),
    ]
    result.rows = [
        ("hosts", "verifications/s", "of the ideal"),
        *(_row(number, median(found[name])) for number, name in ((1, "one"), (3, "three"))),
    ]
    result.notes.append(
        "Network namespaces on one machine. The third host lost its network, then PostgreSQL's primary was killed and "
        f"its synchronous standby promoted; the longest request took {found['longest']:.1f} s, over all hosts it tried."
    )
    return result


def missing() -> str | None:
    if find_programs() is None:
        return "PostgreSQL is not installed"
    if shutil.which("redis-server") is None:
        return "redis-server is not installed"
    return why_not()


def run(certificate: Path, seconds: float) -> dict[str, Any]:
    """`three_hosts.Found`. PostgreSQL runs as a user of its own, who must reach the folder."""
    with tempfile.TemporaryDirectory(prefix="bench-hosts-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        shutil.copy(certificate, folder / CERTIFICATE)
        command = [sys.executable, "-m", "bench.three_hosts", place, str(seconds)]
        try:
            done = subprocess.run(
                isolated(command),
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=True,
                timeout=_PATIENCE_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            for log in folder.glob("*.log"):
                print(f"{log.name}: {log.read_text('utf-8', 'replace')[-1_000:]}", file=sys.stderr)
            raise RuntimeError((error.stderr.strip() or str(error)).splitlines()[-1]) from None
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(hosts: int, rate: float) -> tuple[str, ...]:
    ideal = hosts * PLACES / (2 * DELAY_MS / 1000)
    return (str(hosts), f"{rate:,.0f}", f"{rate / ideal:.0%}")


def _counted(what: str, number: int, found: str) -> Goal:
    return Goal(what, "0", found, MISSED if number else MET)


def _said(what: str, *, holds: bool) -> Goal:
    return Goal(what, "yes", "yes" if holds else "no", MET if holds else MISSED)
