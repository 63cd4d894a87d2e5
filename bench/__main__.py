"""Compare this server with others, on this machine, in one run.

python -m bench                  all of it, about 25 minutes; writes docs/maintainers/performance.md and .svg
python -m bench P1 P4 --quick    some, in short windows: whether it works; writes reports/ alone
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import machine, misses, report
from bench.benchmarks import MEASURES
from bench.context import Bench
from bench.result import Result, not_measured
from bench.servers import ROOT, Starter, free_port
from bench.steppay import running_upstream

DOCS, REPORTS = ROOT / "docs" / "maintainers", ROOT / "reports"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="P1", help="which ones; default all")
    parser.add_argument("--quick", action="store_true", help="short windows, hardly any warmth: no numbers to keep")
    parser.add_argument("--large", action="store_true", help="P13 with ten million orders too: half an hour, 40 GB")
    asked = parser.parse_args()
    names = [name.upper() for name in asked.measures] or list(MEASURES)
    if unknown := set(names) - set(MEASURES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    machine.prepare()
    began = datetime.now(UTC)
    results = measure(names, quick=asked.quick, large=asked.large)
    text = report.markdown(results, about(began, quick=asked.quick))
    print(text)
    write(text, results, keep=not asked.quick and len(names) == len(MEASURES))


def measure(names: list[str], *, quick: bool, large: bool) -> list[Result]:
    cores = machine.share_cores()
    os.sched_setaffinity(0, cores.load)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        with running_upstream(folder, (free_port(), free_port())) as upstream:
            starter = Starter(upstream, folder, cores)
            bench = Bench(quick, large, folder, cores, upstream, starter)
            try:
                return [_measure(name, bench) for name in names]
            finally:
                starter.stop()


def _measure(name: str, bench: Bench) -> Result:
    try:
        result = MEASURES[name](bench)
        misses.explain(bench, result)
    except Exception as error:  # noqa: BLE001 - one that breaks must not take the others with it
        bench.say(f"{name} broke: {error!r}")
        bench.starter.stop()
        bench.upstream.delay(0)
        return Result(name, "broke", [not_measured("all of it", f"{type(error).__name__}: {error}")])
    return result


def about(began: datetime, *, quick: bool) -> str:
    minutes = (datetime.now(UTC) - began).total_seconds() / 60
    busy = os.getloadavg()[0]
    text = f"{began:%Y-%m-%d}, {minutes:.0f} minutes, {machine.describe()}; load average at the end {busy:.1f}."
    return f"**Quick run: these numbers say little.** {text}" if quick else text


def write(text: str, results: list[Result], *, keep: bool) -> None:
    """A whole run into docs/, everything into reports/."""
    folders = [REPORTS, DOCS] if keep else [REPORTS]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        report.put_into(folder / "performance.md", text)
        if any(result.bars for result in results):
            (folder / report.PLOT_NAME).write_text(report.plot(results), "utf-8")
        print(f"written: {folder.relative_to(ROOT)}/performance.md", file=sys.stderr)


if __name__ == "__main__":
    main()
