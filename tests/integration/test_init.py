"""`widget-server init`: what it leaves is an installation in which the doctor finds nothing, and it shows no secret."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.integration.test_cli import SECONDS, clean, command, run
from widget_server.config import read_settings
from widget_server.config.env_file import read_env_file
from widget_server.config.settings import SECRETS

TOKEN = "tk_9f1c7b2e5a"  # of no account
HOOK = "hook_77c1d0e9"
GIVEN = {"STEPPAY_SECRET_TOKEN": TOKEN, "STEPPAY_WEBHOOK_SECRETS": HOOK}
PRODUCTION = ("--public-url", "https://pay.shop.test", "--shop", "https://shop.test,https://www.shop.test")
EVERYTHING = (
    *("--public-url", "https://shop.test/steppay", "--notify-url", "https://shop.test/hooks?from=steppay&v=1"),
    *("--admin-origin", "https://steppay-admin.test", "--metrics", "--database", "sqlite:///orders.db"),
)
INSTALLATIONS = {
    "rehearsal": ((), ("--sandbox", "--notify-url", "http://127.0.0.1:9000/hooks"), {}),
    "production": (GIVEN.items(), PRODUCTION, {}),
    "below a path, with everything": (GIVEN.items(), EVERYTHING, {}),
}


def secrets_of(folder: Path) -> dict[str, str]:
    return {name: value for name, value in read_env_file(folder / ".env").items() if name in SECRETS}


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_the_doctor_finds_nothing_in_a_new_installation(tmp_path: Path, name: str) -> None:
    given, arguments, none = INSTALLATIONS[name]
    made = run(tmp_path, dict(given), "init", *arguments)
    assert (made.returncode, made.stderr) == (0, "")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    for _before_and_after_the_first_start in range(2):
        seen = run(tmp_path, none, "doctor", "--offline")
        assert seen.returncode == 0, seen.stdout
        assert not re.findall("^(?:problem|warning).*", seen.stdout, re.MULTILINE)
        assert run(tmp_path, none, "migrate").returncode == 0
    shown = made.stdout + seen.stdout
    hidden = {name: value for name, value in secrets_of(tmp_path).items() if name != "WIDGET_DATABASE_URL"}
    assert len(hidden) >= 3
    assert not [name for name, value in hidden.items() if value in shown]
    assert run(tmp_path, none, "snippet").stdout.splitlines()[0] in made.stdout


def test_it_says_what_belongs_into_the_portal_and_into_the_backend(tmp_path: Path) -> None:
    said = run(tmp_path, {"STEPPAY_SECRET_TOKEN": TOKEN}, "init", *EVERYTHING).stdout
    assert "https://shop.test/steppay/v1/webhooks/steppay" in said
    assert "STEPPAY_WEBHOOK_SECRETS" in said  # it was not given: what to do
    settings = read_settings(read_env_file(tmp_path / ".env"))
    assert (settings.trusted_proxies, settings.allowed_origins) == (1, ("https://shop.test",))
    for line in re.findall(r"grep \S+ \.env", said):
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.count("\n") == 1
    assert len(re.findall(r"grep \S+ \.env", said)) == 2


def test_a_rehearsal_starts_at_the_port_of_its_address(tmp_path: Path) -> None:
    said = run(tmp_path, {}, "init", "--sandbox", "--public-url", "http://127.0.0.1:9181").stdout
    assert "widget-server serve --port 9181" in said
    assert "simulator --webhook http://127.0.0.1:9181/v1/webhooks/steppay" in said


def test_a_file_that_is_there_stays_unless_told(tmp_path: Path) -> None:
    assert run(tmp_path, {}, "init", "--sandbox").returncode == 0
    first = secrets_of(tmp_path)
    again = run(tmp_path, {}, "init", "--sandbox")
    assert (again.returncode, secrets_of(tmp_path)) == (2, first)
    assert "--force" in again.stderr
    assert run(tmp_path, {}, "init", "--sandbox", "--force").returncode == 0
    assert not set(secrets_of(tmp_path).values()) & set(first.values())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), ("STEPPAY_SECRET_TOKEN", "WIDGET_PUBLIC_URL", "WIDGET_ALLOWED_ORIGINS", "--help")),
        (
            ("--public-url", "canary", "--shop", "https://canary.test/x"),
            ("WIDGET_PUBLIC_URL", "WIDGET_ALLOWED_ORIGINS"),
        ),
        (("--sandbox", "--database", "canary://x"), ("WIDGET_DATABASE_URL",)),
        (("--sandbox", "--notify-url", "http://canary.test"), ("WIDGET_NOTIFY_URL",)),
    ],
)
def test_wrong_answers_are_named_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], named: tuple[str, ...]
) -> None:
    result = run(tmp_path, {}, "init", *arguments)
    assert (result.returncode, result.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert all(name in result.stderr for name in named)
    assert "canary" not in result.stderr


def test_a_terminal_is_asked_again_after_a_mistake_and_shows_no_secret(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    started = subprocess.Popen(
        command("init"), cwd=tmp_path, env=clean({}), stdin=follower, stdout=follower, stderr=follower,
        start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    answers = {"see it": "pay.shop.test", "is no address": "https://pay.shop.test", "origins": "https://shop.test"}
    answers |= {"Secret-Token of": TOKEN, "Its secret there": HOOK}
    seen = read_and_answer(leader, answers)
    assert started.wait(SECONDS) == 0, seen
    assert TOKEN not in seen
    assert HOOK not in seen
    assert "https://pay.shop.test/v1/webhooks/steppay" in seen
    written = read_env_file(tmp_path / ".env")
    assert (written["STEPPAY_SECRET_TOKEN"], written["STEPPAY_WEBHOOK_SECRETS"]) == (TOKEN, HOOK)
    assert written["WIDGET_ALLOWED_ORIGINS"] == "https://shop.test"


def read_and_answer(terminal: int, answers: dict[str, str]) -> str:
    """Everything that the terminal shows. Each answer is typed once its question is there, up to its colon."""
    seen, asked, waiting = "", 0, list(answers.items())
    while True:
        try:
            seen += os.read(terminal, 4096).decode()
        except OSError:  # the command has ended
            os.close(terminal)
            return seen
        if waiting and (at := seen.find(waiting[0][0], asked)) >= 0 and seen.endswith(": "):
            asked = at
            os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
