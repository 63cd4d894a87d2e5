"""The doctor sees through everything in front which address the server counts, and tells a shared one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_doctor import TOOLS, environ
from tests.support.app_fixture import World
from tools.wsgi_server import serving
from widget_server.adapters.keys.doctor_proof import make_proof, proof_check
from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.doctor.client import check_client_address, judge_client
from widget_server.doctor.result import CheckResult

__all__ = ["environ"]
CLOUDFLARE = {"cf-ray": "8f2b"}


@pytest.mark.parametrize(
    ("counted", "own", "headers", "state"),
    [
        ("198.51.100.7", "198.51.100.7", {}, "ok"),
        ("127.0.0.1", "127.0.0.1", {}, "ok"),
        ("10.0.0.5", "10.0.0.5", {}, "ok"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::7", {}, "ok"),
        ("8.8.8.8", "10.0.0.5", {}, "ok"),  # behind a router
        ("8.8.8.8", None, {}, "ok"),
        ("127.0.0.1", "8.8.8.8", {}, "problem"),
        ("::/64", "2001:4860::1", {}, "problem"),  # ::1
        ("172.18.0.1", "8.8.8.8", {}, "warning"),  # a container's gateway
        ("10.0.0.1", "10.0.0.5", {}, "warning"),
        ("172.70.34.12", "8.8.8.8", CLOUDFLARE, "problem"),
        ("2400:cb00:1::/64", "8.8.8.8", {}, "problem"),
        ("8.8.8.8", "10.0.0.5", CLOUDFLARE, "warning"),
        ("8.8.8.8", "8.8.8.8", CLOUDFLARE, "ok"),
        ("192.0.2.3", "8.8.8.8", {}, "problem"),
        ("canary", "8.8.8.8", {}, "skipped"),
        (None, "8.8.8.8", {}, "skipped"),
    ],
)
def test_a_shared_address_is_distinguished_from_a_clients_own(
    counted: str | None, own: str | None, headers: Mapping[str, str], state: str
) -> None:
    found = judge_client(counted, own, headers)
    assert found.state == state, found
    assert "canary" not in str(found)
    assert state in {"ok", "skipped"} or found.hint


@pytest.mark.parametrize(
    ("counted", "state"), [("127.0.0.1", "ok"), ("::/64", "ok"), ("10.0.0.1", "warning"), ("192.0.2.3", "problem")]
)
def test_in_a_rehearsal_on_one_machine_a_loopback_address_is_a_note(counted: str, state: str) -> None:
    found = judge_client(counted, None, {}, rehearsal=True)
    assert (found.state, bool(found.hint)) == (state, True)


def ask(environ: dict[str, str], world: World, port: int, **wanted: str) -> CheckResult:
    settings = read_settings(environ | {"WIDGET_PUBLIC_URL": f"http://127.0.0.1:{port}"} | wanted)
    signer = JwsSigner(load_or_create(settings.signing_key_file, settings.secrets))
    app = create_app(settings, replace(world.deps, settings=settings, signer=signer))
    with serving(app, port):
        (found,) = check_client_address(settings, TOOLS)
    return found


def test_the_running_server_gives_the_doctor_its_address(
    environ: dict[str, str], world: World, free_port: Callable[[], int], tmp_path: Path
) -> None:
    keys = {"WIDGET_SIGNING_KEY_FILE": str(tmp_path / "keys.json")}
    found = ask(environ, world, free_port(), **keys)
    assert (found.state, "counted for 127.0.0.1" in found.text) == ("ok", True)
    found = ask(environ, world, free_port(), WIDGET_TRUSTED_PROXIES="1", **keys)
    assert found.state == "problem", "no proxy of ours is there, and a client's own header was believed"


def test_no_other_request_gets_anything(world: World, tmp_path: Path) -> None:
    keys, others = (load_or_create(tmp_path / f"{name}.json", ()) for name in ("ours", "others"))
    is_proof = proof_check(JwsSigner(keys).public_keys, lambda: 1_000_000.0)
    good = make_proof(keys[0], 1_000_000)
    assert is_proof(good)
    wrong: list[Any] = ["", "x", good[:-1], good + "A", "9" + good, make_proof(others[0], 1_000_000)]
    wrong += [make_proof(keys[0], at) for at in (1_000_000 - 301, 1_000_301)]
    assert not any(map(is_proof, wrong))
    for proof in ("", "1.2", "x" * 99):
        answer = world.client.get("/healthz", headers={"X-Widget-Doctor": proof})
        assert "X-Counted-Client" not in answer.headers
