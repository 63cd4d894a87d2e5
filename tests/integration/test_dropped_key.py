"""A signing key that was stolen and dropped is believed no longer than the keys may be cached (FF-11)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_examples import ROOT
from tests.integration.test_fulfill_once import example
from tests.support.app_fixture import NOW, PUBLIC, SHOP, FakeStepPay, World
from tests.support.forged_tokens import GOOD_HEADER, claims_of, fixed_key, signed
from tools.wsgi_server import serving
from widget_server.adapters.keys.signing_keys import SigningKey, load_or_create
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.merchant import VerdictVerificationError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["example"]

MAX_AGE = 300


@dataclass
class Server:
    """The real application behind one address: with the stolen key, with the new one, or out of order."""

    world: World
    url: str
    serve: Callable[[Any, Any], Iterable[bytes]]
    stolen: SigningKey
    asked: int = 0
    answers_with: bytes | None = None
    age: str = ""

    def drop_the_stolen_key(self) -> None:
        self.serve = self.world.with_deps(signer=JwsSigner([fixed_key("new")])).application.wsgi_app

    def give(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        if self.answers_with is not None:
            start("503 Service Unavailable", [("Content-Type", "text/html")])
            return [self.answers_with]

        def with_age(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, headers + ([("Age", self.age)] if self.age else []), *rest)

        return self.serve(environ, with_age)  # type: ignore[arg-type]


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return running.give(environ, start)

    with serving(answer) as url:  # type: ignore[arg-type]
        stolen = load_or_create(world.settings.signing_key_file, [])[0]
        running = Server(world, url, world.app.wsgi_app, stolen)
        yield running


@dataclass
class Tokens:
    honest: str
    forged: str
    expected: dict[str, Any]


@pytest.fixture
def tokens(world: World, steppay: FakeStepPay, server: Server) -> Tokens:
    """`forged`: by the stolen key, about an order that was never paid."""
    paid, unpaid = steppay.paid(), steppay.unpaid()
    honest = str(world.client.post("/v1/verify", json={"orderCode": paid}).json["token"])
    claims = {**claims_of(honest), "sub": unpaid}
    forged = signed(server.stolen, claims, {**GOOD_HEADER, "kid": server.stolen.kid})
    return Tokens(honest, forged, {"honest": paid, "forged": unpaid})


Backend = Callable[[float, str], str]
"""At this second of the backend's clock, what becomes of the `honest` or `forged` token."""


@pytest.fixture(params=["python", "node", "php"])
def backend(
    request: pytest.FixtureRequest, example: ModuleType, server: Server, tokens: Tokens, tmp_path: Path
) -> Iterator[Backend]:
    def case(which: str) -> dict[str, Any]:
        shared = {"issuer": PUBLIC, "audience": SHOP, "amount": 10000, "currency": "KRW"}
        return {**shared, "orderCode": tokens.expected[which], "now": int(NOW.timestamp())}

    if request.param == "python":
        seconds = [0.0]
        keys = example.Keys(server.url, clock=lambda: seconds[0])

        def in_python(at: float, which: str) -> str:
            seconds[0] = at
            members = case(which)
            order = {"order_code": members.pop("orderCode"), **members, "now": NOW}
            try:
                return "paid" if keys.verify(getattr(tokens, which), **order).is_paid else "not paid"
            except VerdictVerificationError as refused:
                return refused.code

        yield in_python
        return
    program = {"node": ["node", "tests/examples/keys.mjs"], "php": ["php", "tests/examples/keys.php"]}[request.param]
    command = [*program, f"{server.url}/.well-known/jwks.json", str(tmp_path / "keys.json")]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    def elsewhere(at: float, which: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"at": at, "token": getattr(tokens, which), "expected": case(which)}) + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    yield elsewhere
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_ff_11_a_dropped_key_is_believed_no_longer_than_max_age(server: Server, backend: Backend) -> None:
    assert backend(1000, "honest") == "paid"
    server.drop_the_stolen_key()
    assert backend(1000 + MAX_AGE + 1, "forged") == "unknown_key"
    assert backend(9000, "forged") == "unknown_key"


def test_ff_11_a_failed_refresh_keeps_the_old_keys_only_a_little(server: Server, backend: Backend) -> None:
    assert backend(1000, "honest") == "paid"
    server.answers_with = b"<h1>maintenance</h1>"
    assert backend(1000 + MAX_AGE + 1, "honest") == "paid"
    assert backend(1000 + 2 * MAX_AGE + 1, "honest") == "unknown_key"
    server.answers_with = None
    assert backend(1000 + 2 * MAX_AGE + 100, "honest") == "paid"


@pytest.mark.parametrize("nonsense", [b"", b"[]", b"null", b'{"keys":5}', b'"keys"'])
def test_ff_11_what_is_no_key_set_replaces_none(server: Server, backend: Backend, nonsense: bytes) -> None:
    assert backend(1000, "honest") == "paid"
    server.answers_with = nonsense
    assert backend(1000 + MAX_AGE + 1, "honest") == "paid"


def test_ff_11_the_time_in_a_cache_between_counts(server: Server, backend: Backend) -> None:
    server.age = "290"
    assert backend(1000, "honest") == "paid"
    server.drop_the_stolen_key()
    assert backend(1061, "forged") == "unknown_key"


def test_ff_11_the_keys_are_asked_for_at_most_once_a_minute(server: Server, backend: Backend) -> None:
    for second in range(50):
        assert backend(1000 + second, "honest") == "paid"
    server.drop_the_stolen_key()
    for second in range(301, 360):
        assert backend(1000 + second, "forged") == "unknown_key"
    assert server.asked == 2


def test_ff_11_the_document_says_how_long_it_may_be_kept(world: World) -> None:
    assert world.client.get("/.well-known/jwks.json").headers["Cache-Control"] == f"public, max-age={MAX_AGE}"
