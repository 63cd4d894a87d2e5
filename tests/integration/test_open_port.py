"""A port that strangers reach past the web server in front is told of (AV-12)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from tests.support.app_fixture import World
from widget_server.cli.start import warn_operator
from widget_server.doctor import open_port
from widget_server.doctor.result import CheckResult

WARNING = "Let only your web server reach it"


@contextmanager
def bound(world: World, address: str) -> Iterator[int]:
    server = make_server(address, 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def look(world: World, url: str) -> list[CheckResult]:
    return list(open_port.check_open_port(replace(world.settings, public_url=url)))


def test_av_12_the_doctor_finds_a_port_that_answers_past_the_front(
    world: World, monkeypatch: pytest.MonkeyPatch, free_port: Callable[[], int]
) -> None:
    with bound(world, "127.0.0.2") as port:
        monkeypatch.setattr(open_port, "PORTS", (port, free_port()))
        [found] = look(world, "https://127.0.0.2")
        assert (found.state, str(port) in found.text) == ("problem", True)
        [found] = look(world, f"https://127.0.0.2:{port}")
        assert found.state == "ok", "that is the public address itself"
    [found] = look(world, "https://127.0.0.2")
    assert found.state == "ok"


@pytest.mark.parametrize("url", ["http://127.0.0.2", "https://localhost", "https://pay.localhost:8443"])
def test_av_12_on_one_machine_alone_there_is_nothing_to_find(world: World, url: str) -> None:
    assert [found.state for found in look(world, url)] == ["skipped"]


@pytest.mark.parametrize(
    ("host", "env", "warns"),
    [
        *(("0.0.0.0", "production", True), ("::", "production", True), ("10.0.0.5", "production", True)),
        *(("127.0.0.1", "production", False), ("localhost", "production", False), ("::1", "production", False)),
        ("0.0.0.0", "sandbox", False),
    ],
)
def test_av_12_serve_warns_when_other_machines_reach_the_port(
    *, world: World, capsys: pytest.CaptureFixture[str], host: str, env: str, warns: bool
) -> None:
    warn_operator(replace(world.settings, env=env), host)
    assert (WARNING in capsys.readouterr().err) is warns
