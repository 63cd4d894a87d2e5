"""What a process needs may come after it: it waits, says for what, and only what a person must mend is exit code 2."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.integration.test_cli import SECONDS, clean, command, good
from tests.support.databases import crashed
from widget_server.cli import main
from widget_server.cli.start import LONGEST_SECONDS, BoundedRetry
from widget_server.errors import ConfigurationError, TransientProblem

PASSWORD = "canary-pa55"
AWAY: dict[str, tuple[str, str]] = {
    "refused": (f"postgresql://widget:{PASSWORD}@127.0.0.1:1/widget", "nothing listens at its address and port"),
    "several, all refused": (f"postgresql://widget:{PASSWORD}@127.0.0.1:1,127.0.0.1:2/w", "nothing listens at"),
    "no socket": ("postgresql:///widget?host=/nowhere", "there is no socket of a server in its folder"),
    "no such name": (f"postgresql://widget:{PASSWORD}@no where/widget", "its host's name leads nowhere"),
    "no folder": ("sqlite:////nowhere/widget.db", "the folder of the SQLite file does not exist"),
}


@contextmanager
def waiting(folder: Path, settings: dict[str, str], *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that has begun to wait; the line that says so."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=clean(settings),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    try:
        line = next((line for line in process.stderr if "start_waits" in line), "it ended")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process, line
    finally:
        process.terminate()
        process.wait(SECONDS)
        process.stderr.close()


def until_ready(url: str, process: subprocess.Popen[str]) -> None:
    pause = threading.Event()
    for _ in range(SECONDS * 20):
        assert process.poll() is None, "it ended"
        try:
            if requests.get(f"{url}/readyz", timeout=60).ok:
                return
        except requests.ConnectionError:
            pause.wait(0.05)
    raise AssertionError("it does not answer")


@pytest.mark.parametrize(("url", "cause"), AWAY.values(), ids=list(AWAY))
def test_a_database_that_is_away_is_waited_for(tmp_path: Path, url: str, cause: str) -> None:
    with waiting(tmp_path, good(tmp_path) | {"WIDGET_DATABASE_URL": url}, "worker") as (process, line):
        assert cause in line
        assert PASSWORD not in line
        assert process.poll() is None
        process.terminate()
        assert process.wait(SECONDS) == 0, "a stop is a stop"


@pytest.mark.parametrize(("url", "cause"), [AWAY[name] for name in ("refused", "no socket", "no folder")])
def test_migrate_by_hand_says_so_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, cause: str) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, ["migrate"], env=good(tmp_path) | {"WIDGET_DATABASE_URL": url})
    assert ended.exit_code == 1
    assert cause in ended.output
    assert PASSWORD not in ended.output


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://widget:canary@127.0.0.1:99999/widget",
        "postgresql://widget:canary@127.0.0.1/widget?canary=1",
        "postgresql://widget:canary@127.0.0.1/widget?sslmode=canary",
        f"postgresql://widget:canary@{'a' * 64}.localhost/widget",
        "postgresql://widget:can@ary@127.0.0.1/widget",
        "postgresql://widget:canary@127.0.0.1:canary/widget",
    ],
)
def test_an_address_that_cannot_be_right_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, ["worker"], env=good(tmp_path) | {"WIDGET_DATABASE_URL": address})
    assert ended.exit_code == 2, ended.output
    assert "WIDGET_DATABASE_URL: " in ended.output
    assert not {"canary", "can@", "ary@"} & set(ended.output.replace("canary-", "").split())


@pytest.mark.sqlite
def test_a_folder_that_is_mounted_later_is_waited_for(tmp_path: Path, free_port: Callable[[], int]) -> None:
    later, port = tmp_path / "volume", free_port()
    token = later / "token"
    settings = good(tmp_path) | {
        "WIDGET_DATABASE_URL": f"sqlite:///{later}/widget.db",
        "WIDGET_SIGNING_KEY_FILE": f"{later}/keys.json",
        "STEPPAY_SECRET_TOKEN_FILE": str(token),
    }
    secret = settings.pop("STEPPAY_SECRET_TOKEN")
    with waiting(tmp_path, settings, "serve", "--port", str(port)) as (process, line):
        assert "WIDGET_SIGNING_KEY_FILE: names a file in a folder that does not exist" in line
        beside = tmp_path / "made"
        beside.mkdir()
        (beside / "token").write_text(secret)
        beside.rename(later)
        until_ready(f"http://127.0.0.1:{port}", process)
        assert {file.stat().st_mode & 0o077 for file in later.glob("widget.db*")} == {0}, "for this account alone"


@pytest.mark.sqlite
def test_a_locked_file_is_waited_for(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    other = sqlite3.connect(tmp_path / "widget.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with waiting(tmp_path, good(tmp_path), "serve", "--port", str(port)) as (process, line):
        assert "another program holds its lock" in line
        other.execute("COMMIT")
        other.close()
        until_ready(f"http://127.0.0.1:{port}", process)


@pytest.mark.postgresql
def test_postgresql_that_starts_later_is_waited_for(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port, settings = free_port(), good(tmp_path)
    with crashed():
        stack = waiting(tmp_path, settings, "serve", "--port", str(port))
        process, line = stack.__enter__()
        assert "nothing listens at its address and port" in line
    try:
        until_ready(f"http://127.0.0.1:{port}", process)
    finally:
        stack.__exit__(None, None, None)


class Hands:
    """A clock that goes on only during pauses."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def test_the_wait_is_bounded_and_reports_every_few_seconds(caplog: pytest.LogCaptureFixture) -> None:
    hands = Hands()

    def prepare() -> None:
        raise ConfigurationError([TransientProblem("X: away")])

    with pytest.raises(ConfigurationError) as ended:
        BoundedRetry(hands.clock, hands.pause).until_ready(prepare)
    assert ended.value.is_transient
    assert hands.now - 100 == LONGEST_SECONDS
    told = [record.getMessage() for record in caplog.records]
    assert (len(told), told[1]) == (12, "start_waits cause=X: away seconds=5")


def test_what_a_person_must_mend_is_not_waited_for() -> None:
    def prepare() -> None:
        raise ConfigurationError([TransientProblem("X: away"), "Y: wrong"])

    with pytest.raises(ConfigurationError):
        BoundedRetry(pause=lambda _seconds: pytest.fail("it waits")).until_ready(prepare)


@pytest.mark.parametrize("name", ["serve", "worker", "migrate", "doctor"])
def test_a_sqlite_that_is_too_old_is_refused_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: Callable[[], int], name: str
) -> None:
    """RETURNING came with 3.35: before, events and bindings were lost while everything else looked well."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    monkeypatch.chdir(tmp_path)
    settings = good(tmp_path) | {"WIDGET_DATABASE_URL": f"sqlite:///{tmp_path}/old.db"}
    options = {"serve": ["--port", str(free_port())], "doctor": ["--offline"]}.get(name, [])
    ended = CliRunner().invoke(main, [name, *options], env=settings)
    assert ended.exit_code == (1 if name == "doctor" else 2)
    assert "SQLite 3.34.1, which is older than 3.35; use PostgreSQL or a newer Python" in ended.output
    assert not (tmp_path / "old.db").exists()
