"""`tools/audit.py`: a known advisory fails the lint; not being able to ask is said, and fails only where asked to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from tools.audit import main, read_accepted
from tools.lockfiles import ROOT, all_pins
from tools.wsgi_server import serving

VULNERABLE = "flask-cors"
ADVISORY = "GHSA-test-test-test"


class Osv:
    """Answers as OSV documents it: one result for each question, in their order."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.answer: Any = None  # in place of a documented one

    def app(self) -> Flask:
        app = Flask("osv")
        app.add_url_rule("/v1/querybatch", "batch", self.reply, methods=["POST"])
        return app

    def reply(self) -> Response:
        self.asked = request.get_json()["queries"]
        results = [
            {"vulns": [{"id": ADVISORY}]} if query["package"]["name"] == VULNERABLE else {} for query in self.asked
        ]
        content = {"results": results} if self.answer is None else self.answer
        return Response(json.dumps(content), mimetype="application/json")


@pytest.fixture
def osv() -> Iterator[Osv]:
    service = Osv()
    with serving(service.app()) as url:
        service.url = f"{url}/v1/querybatch"
        yield service


def test_sc_02_a_known_advisory_fails_and_names_package_version_and_advisory(
    osv: Osv, capsys: pytest.CaptureFixture[str]
) -> None:
    version = next(pin.version for pin in all_pins() if pin.name == VULNERABLE)
    assert main(["--service", osv.url]) == 1
    assert f"{VULNERABLE} {version} (PyPI): {ADVISORY}" in capsys.readouterr().out


def test_sc_02_every_locked_package_is_asked_about_with_its_version(osv: Osv) -> None:
    main(["--service", osv.url])
    asked = {(query["package"]["ecosystem"], query["package"]["name"], query["version"]) for query in osv.asked}
    assert asked == {(pin.ecosystem, pin.name, pin.version) for pin in all_pins()}
    names = {name for _, name, _ in asked}
    assert {"flask", "flask-cors", "werkzeug", "requests", "urllib3", "setuptools", "esbuild", "pytest"} <= names


def test_without_an_advisory_it_passes(osv: Osv, capsys: pytest.CaptureFixture[str]) -> None:
    osv.answer = {"results": [{}] * len(all_pins())}
    assert main(["--service", osv.url]) == 0
    assert "0 with known ones" in capsys.readouterr().out


@pytest.mark.parametrize(("last_day", "result"), [("2999-01-01", 0), ("2020-01-01", 1)])
def test_an_accepted_advisory_passes_until_its_last_day(osv: Osv, tmp_path: Path, last_day: str, result: int) -> None:
    accepted = tmp_path / "accepted.txt"
    accepted.write_text(f"# why\n{ADVISORY} {last_day} not reachable from here\n", "utf-8")
    assert main(["--service", osv.url, "--accepted", str(accepted)]) == result


@pytest.mark.parametrize("line", [f"{ADVISORY}", f"{ADVISORY} 2999-01-01", f"{ADVISORY} someday because"])
def test_nothing_is_accepted_without_a_day_and_a_reason(line: str) -> None:
    with pytest.raises(ValueError, match=r"values to unpack|isoformat"):
        read_accepted(line, date(2026, 11, 23))


def test_the_real_list_of_accepted_advisories_can_be_read() -> None:
    read_accepted((ROOT / "requirements" / "accepted-advisories.txt").read_text("utf-8"), date(2026, 11, 23))


@pytest.mark.parametrize(
    "answer", [[], {}, {"results": []}, {"results": "x"}, {"results": [None] * 999}, "text", {"code": 3}]
)
def test_an_answer_of_another_shape_is_no_clean_bill(
    osv: Osv, capsys: pytest.CaptureFixture[str], answer: object
) -> None:
    osv.answer = answer
    assert main(["--service", osv.url, "--required"]) == 1
    assert "NOT AUDITED" in capsys.readouterr().out


@pytest.mark.parametrize(("required", "result"), [([], 0), (["--required"], 1)])
def test_without_the_service_one_line_says_so(
    capsys: pytest.CaptureFixture[str], required: list[str], result: int
) -> None:
    assert main(["--service", "http://127.0.0.1:9/v1/querybatch", *required]) == result
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("NOT AUDITED for known advisories: ")


def test_sc_02_the_lint_audits() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    lint, step = (makefile.partition(f"\n{target}:")[2].partition("\n\n")[0] for target in ("lint", "check-built"))
    assert "check-built" in lint
    assert "-m tools.audit" in step
