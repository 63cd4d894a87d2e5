"""`.env`: the working folder's alone, named when it is wrong, and never with a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.test_doctor import environ
from widget_server.cli import main

__all__ = ["environ"]
COMMANDS = (["serve"], ["worker"], ["snippet"], ["doctor", "--offline"], ["migrate"], ["orders", "show", "order_abcd"])


@pytest.fixture
def runs(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder; the settings are in the environment. What a file adds to it is taken out again."""
    before = dict(os.environ)
    folder = tmp_path / "shop" / "widget"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    yield folder
    os.environ.clear()
    os.environ.update(before)


def run(*command: str) -> Result:
    result = CliRunner().invoke(main, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.mark.parametrize("line", ["FLASK_DEBUG=1", "WIDGET_ENV=canary", "WIDGET_CANARY=1"])
def test_a_parents_file_is_another_programs(runs: Path, line: str) -> None:
    (runs.parent / ".env").write_text(line + "\n", "utf-8")
    assert run("snippet").exit_code == 0
    assert "no .env file here" in run("doctor", "--offline").output
    (runs / ".env").write_text(line + "\n", "utf-8")
    if "ENV" not in line:  # the environment says more than the file
        assert run("snippet").exit_code == 2


def test_the_doctor_names_the_file(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = runs / ".env"
    file.write_bytes(b"\xef\xbb\xbfWIDGET_RETENTION_DAYS=40\r\n")
    file.chmod(0o644)
    monkeypatch.delenv("WIDGET_RETENTION_DAYS", raising=False)
    output = run("doctor", "--offline").output
    assert f"WIDGET_ENV=sandbox, with {file}" in output
    assert f"{file} is open to other users (mode 644)" in output


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp949"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_file_in_another_encoding_is_a_sentence(runs: Path, command: list[str], encoding: str) -> None:
    (runs / ".env").write_bytes("# 쇼핑몰\nWIDGET_RETENTION_DAYS=40\n".encode(encoding))
    result = run(*command)
    assert result.exit_code == (1 if command[0] == "doctor" else 2)
    assert f"{runs / '.env'}: is not text in UTF-8" in result.output


def test_a_folder_of_that_name_is_no_file(runs: Path) -> None:
    (runs / ".env").mkdir()
    assert run("snippet").exit_code == 0
