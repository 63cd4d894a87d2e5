"""A browser that is too old is no fault of ours: skipped, with its version."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser import old_firefox
from tests.browser.conftest import started_when_asked_for
from tests.browser.engines import MissingEngineError


@pytest.fixture
def outdated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "firefox"
    program.write_text(
        f'#!/bin/sh\necho >> {tmp_path}/started\nexec {sys.executable} {old_firefox.__file__} "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("FIREFOX", str(program))
    return tmp_path / "started"


@pytest.mark.usefixtures("browsers")  # they share one Playwright, which ends with them
def test_a_firefox_older_than_playwright_is_missing_and_started_once(outdated: Path) -> None:
    with started_when_asked_for() as get:
        for _test in range(3):
            with pytest.raises(
                MissingEngineError, match=f"{old_firefox.VERSION} is too old for Playwright .*: it lacks"
            ):
                get("firefox")
    assert len(outdated.read_text("utf-8").splitlines()) == 2, "once to start, once for its version"
