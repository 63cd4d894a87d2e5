"""Ask OSV (https://osv.dev) for known advisories about every locked package, Python and npm, in one question.

Exit code 1 for an advisory that is not accepted. Without the service nothing is known, and one line says so: that fails
only with --required. Accepted advisories stand in requirements/accepted-advisories.txt, with a last day and a reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.request
from collections.abc import Sequence
from datetime import UTC, date, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tools.lockfiles import ROOT, Pin, all_pins

SERVICE = "https://api.osv.dev/v1/querybatch"
ACCEPTED = ROOT / "requirements" / "accepted-advisories.txt"
SECONDS = 20


class NoAnswer(Exception):
    """The service cannot be asked, or said something else than it documents."""


def ask(service: str, pins: Sequence[Pin]) -> dict[Pin, list[str]]:
    """The advisories' ids for each pin that has any."""
    queries = [{"package": {"name": pin.name, "ecosystem": pin.ecosystem}, "version": pin.version} for pin in pins]
    request = urllib.request.Request(
        service, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return read_answer(json.load(answer), pins)
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__} from {service}") from error


def read_answer(answer: Any, pins: Sequence[Pin]) -> dict[Pin, list[str]]:
    """Results come in the order of the questions. Raises `ValueError` for anything else."""
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(pins):
        raise ValueError("not one result for each package")
    try:
        pairs = zip(pins, results, strict=True)
        found = {pin: [vuln["id"] for vuln in result.get("vulns", [])] for pin, result in pairs}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not the documented shape") from error
    return {pin: ids for pin, ids in found.items() if ids}


def read_accepted(text: str, today: date) -> set[str]:
    """Lines `ID YYYY-MM-DD reason`; after that day the advisory counts again."""
    entries = [line.split(maxsplit=2) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name for name, last_day, _reason in entries if date.fromisoformat(last_day) >= today}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Known advisories about the locked packages.")
    parser.add_argument("--service", default=SERVICE)
    parser.add_argument("--accepted", type=Path, default=ACCEPTED)
    parser.add_argument("--required", action="store_true", help="fail when the service cannot be asked")
    options = parser.parse_args(arguments)
    accepted = read_accepted(options.accepted.read_text("utf-8"), datetime.now(UTC).date())
    pins = all_pins()
    try:
        found = ask(options.service, pins)
    except NoAnswer as reason:
        print(f"NOT AUDITED for known advisories: {reason}. {len(pins)} locked packages stay unexamined here.")
        return 1 if options.required else 0
    return report(pins, found, accepted)


def report(pins: Sequence[Pin], found: dict[Pin, list[str]], accepted: set[str]) -> int:
    bad = {pin: [name for name in ids if name not in accepted] for pin, ids in found.items()}
    bad = {pin: names for pin, names in bad.items() if names}
    for pin, names in bad.items():
        print(f"{pin.name} {pin.version} ({pin.ecosystem}): {', '.join(names)}")
    print(f"Advisories: {len(pins)} locked packages asked about, {len(bad)} with known ones.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
