"""The commands as an operator runs them: in their own process, with nothing but the given environment."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.support.app_fixture import SHOP, TOKEN, FakeStepPay, environment, simulator
from tools.wsgi_server import serving
from widget_server import __version__
from widget_server.cli import main

SECONDS = 60
"""Far more than any step takes; only a hanging process meets it."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "widget_server.cli", *arguments]


def clean(settings: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings}


def run(folder: Path, settings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=clean(settings),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def good(folder: Path) -> dict[str, str]:
    return environment("http://127.0.0.1:9", folder / "widget.db")


WRONG = {
    "STEPPAY_SECRET_TOKEN": "{canary}",
    "STEPPAY_API_URL": "https://canary.test",
    "WIDGET_PUBLIC_URL": "canary",
    "WIDGET_ALLOWED_ORIGINS": "*",
    "WIDGET_DATABASE_URL": "canary://x",
    "WIDGET_PAGE_RULES_FILE": "/nowhere/canary",
    "WIDGET_ENV": "canary",
    "FLASK_DEBUG": "1",
}


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("snippet",)])
def test_bad_settings_stop_the_start_with_every_problem_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = run(tmp_path, WRONG, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert [name for name in WRONG if f"  - {name}: " not in result.stderr] == []
    assert "canary" not in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_bad_page_rules_stop_the_start(tmp_path: Path) -> None:
    rules = tmp_path / "pages.toml"
    rules.write_text("[default]\nmode = 'sideways'\n[[page]]\nmode = 'tab'\n", "utf-8")
    result = run(tmp_path, good(tmp_path) | {"WIDGET_PAGE_RULES_FILE": str(rules)}, "serve", "--port", "0")
    assert result.returncode == 2
    assert "[default] mode must be one of" in result.stderr
    assert "number 1 needs a path" in result.stderr


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"not a database at all, canary" * 100)
    result = run(
        tmp_path, good(tmp_path) | {"WIDGET_DATABASE_URL": f"sqlite:///{tmp_path}/text.db"}, "serve", "--port", "0"
    )
    assert result.returncode == 2
    assert "  - WIDGET_DATABASE_URL: cannot be opened: its file is no SQLite database" in result.stderr
    assert "canary" not in result.stderr.replace(TOKEN, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("name", "code"), [("serve", 1), ("simulator", 2)])
def test_a_taken_port_stops_the_start(tmp_path: Path, name: str, code: int) -> None:
    """The server's may be free in a moment: 1 lets systemd start it again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run(tmp_path, good(tmp_path), name, "--port", port)
    assert result.returncode == code
    assert f"port {port} is taken" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_dot_env_file_adds_what_the_environment_does_not_say(tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in good(tmp_path).items()]
    (tmp_path / ".env").write_text("\n".join(lines), "utf-8")
    result = run(tmp_path, {"WIDGET_PUBLIC_URL": "https://other.shop.test"}, "snippet", "--evergreen")
    assert 'src="https://other.shop.test/v1/widget.js"' in result.stdout


@pytest.mark.parametrize("name", [None, "serve", "demo", "simulator", "snippet", "doctor"])
def test_every_command_explains_itself(tmp_path: Path, name: str | None) -> None:
    result = run(tmp_path, {}, *([name] if name else []), "--help")
    assert result.returncode == 0
    assert "Usage:" in result.stdout


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert __version__ in run(tmp_path, {}, "--version").stdout


@contextmanager
def started(folder: Path, settings: dict[str, str], url: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that has begun to answer; its output goes to files in `folder`."""
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            command(*arguments), cwd=folder, env=clean(settings), stdout=out, stderr=out, start_new_session=True
        )
    try:
        wait_until_it_answers(process, url)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children would live on
        process.wait(SECONDS)


def wait_until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    pause = threading.Event()
    for _ in range(SECONDS * 20):
        assert process.poll() is None, "the command ended"
        try:
            if requests.get(f"{url}/healthz", timeout=60).ok:
                return
        except requests.ConnectionError:
            pause.wait(0.05)
    raise AssertionError("the command does not answer")


def wait_until_it_says(words: str, file: Path) -> str:
    pause = threading.Event()
    for _ in range(SECONDS * 20):
        output = file.read_text("utf-8")
        if words in output:
            return output
        pause.wait(0.05)
    raise AssertionError(f"the command does not say {words!r}")


@pytest.fixture
def todays_steppay() -> Iterator[FakeStepPay]:
    """A simulator with today's dates, because the served application looks at the real clock."""
    with serving(simulator()) as url:
        yield FakeStepPay(url)


def chunked(body: bytes, size: int) -> Iterator[bytes]:
    yield body.ljust(size)


@pytest.mark.stores
def test_the_production_server_verifies_and_stops_on_a_signal(
    tmp_path: Path, todays_steppay: FakeStepPay, free_port: Callable[[], int]
) -> None:
    port, settings = free_port(), environment(todays_steppay.url, tmp_path / "widget.db")
    url = f"http://127.0.0.1:{port}"
    code, headers = todays_steppay.play("paid"), {"Origin": SHOP, "Content-Type": "application/json"}
    with started(tmp_path, settings, url, "serve", "--port", str(port), "--workers", "2") as process:
        opened = requests.post(
            f"{url}/v1/checkouts", json={"orderCode": code, "mode": "tab"}, headers=headers, timeout=60
        )
        checkout = opened.json()["checkout"]
        for _ in range(8):
            body = {"orderCode": code, "status": "success", "checkout": checkout}
            answer = requests.post(f"{url}/v1/verify", json=body, headers=headers, timeout=60)
            assert (answer.status_code, answer.json()["verdict"]) == (200, "paid")
            polled = requests.get(f"{url}/v1/checkouts/{checkout}", headers=headers, timeout=60)
            assert polled.json()["verdict"]["verdict"] == "paid"
        for size, status in ((4096, 200), (4097, 413)):
            data = chunked(f'{{"orderCode": "{code}"}}'.encode(), size)
            assert requests.post(f"{url}/v1/verify", data=data, headers=headers, timeout=60).status_code == status
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    output = (tmp_path / "out.txt").read_text("utf-8")
    assert TOKEN not in output
    assert "Traceback" not in output


@pytest.mark.parametrize("name", ["serve", "simulator"])
@pytest.mark.parametrize(("options", "port"), [([], 9090), (["--port=9091"], 9091)])
def test_a_platform_sets_the_port_and_the_option_wins(
    monkeypatch: pytest.MonkeyPatch, name: str, options: list[str], port: int
) -> None:
    monkeypatch.setenv("PORT", "9090")
    assert main.commands[name].make_context(name, [*options]).params["port"] == port


def test_the_simulator_makes_a_token_of_its_own_and_says_what_to_set(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    url, settings, any_host = f"http://127.0.0.1:{port}", {"PORT": str(port)}, "0.0.0.0"
    with started(tmp_path, settings, url, "simulator", "--host", any_host) as process:  # its port: PORT
        output = wait_until_it_says("no password", tmp_path / "out.txt")
        token = {"Secret-Token": re.findall(r"STEPPAY_SECRET_TOKEN=(simulated-\w+)", output)[0]}
        for code in re.findall(r"^    (order_test_\w+) ", output, re.MULTILINE):
            assert requests.get(f"{url}/api/v1/orders/{code}", headers=token, timeout=60).status_code in (200, 503)
            assert requests.get(f"{url}/pay/{code}", timeout=60).ok
        assert f"STEPPAY_API_URL={url}" in output
        assert "order_test_paid" in requests.get(f"{url}/", timeout=60).text
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_the_simulator_runs_alone_and_stops_on_a_signal(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    url, settings = f"http://127.0.0.1:{port}", {"STEPPAY_SECRET_TOKEN": TOKEN}
    with started(tmp_path, settings, url, "simulator", "--port", str(port)) as process:
        assert requests.get(f"{url}/api/v1/orders/order_x", timeout=60).status_code == 403
        assert (
            requests.get(f"{url}/api/v1/orders/order_x", headers={"Secret-Token": TOKEN}, timeout=60).status_code == 404
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
