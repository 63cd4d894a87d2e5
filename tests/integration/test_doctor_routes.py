"""The usual faults of a reverse proxy in front of a path: each gets a line that names the path and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from tests.support.app_fixture import FakeStepPay, World, application_over, environment
from tests.support.databases import copy, drop
from tools.wsgi_server import serving
from widget_server.adapters.steppay.transport import RawResponse, open_transport
from widget_server.doctor.result import CheckResult, DoctorContext
from widget_server.doctor.routes import ROUTES, check_routes, judge_route

TOOLS = DoctorContext(open_transport(), lambda: datetime.now(UTC))
Wsgi = Callable[[dict[str, Any], Any], Any]


def shop(status: int) -> Wsgi:
    return Response("<h1>the shop</h1>", status=status, mimetype="text/html")


def through(change: Callable[[str], str | None], widget: Wsgi) -> Wsgi:
    """A proxy; where `change` gives no path, the shop answers."""

    def proxy(environ: dict[str, Any], start_response: Any) -> Any:
        path = change(environ["PATH_INFO"])
        return (shop(404) if path is None else widget)({**environ, "PATH_INFO": path or ""}, start_response)

    return proxy


@pytest.fixture
def found(
    request: pytest.FixtureRequest, migrated: Path, tmp_path: Path, steppay: FakeStepPay, free_port: Callable[[], int]
) -> Iterator[list[CheckResult]]:
    make: Callable[[Wsgi], Wsgi] = request.param
    copy(migrated, tmp_path / "widget.db")
    port = free_port()
    settings = environment(steppay.url, tmp_path / "widget.db")
    settings |= {"WIDGET_PUBLIC_URL": f"http://127.0.0.1:{port}/steppay", "WIDGET_ALLOWED_ORIGINS": "https://shop.test"}
    with application_over(settings) as world:
        inner = world.app.wsgi_app
        world.app.wsgi_app = make(inner)  # type: ignore[method-assign]
        with serving(world.app, port):
            yield list(check_routes(world.settings, TOOLS))
    drop(tmp_path / "widget.db")


FAULTS: dict[str, tuple[Callable[[Wsgi], Wsgi], tuple[str, ...]]] = {
    "kept": (lambda widget: widget, ()),
    "taken off": (lambda widget: through(lambda path: path.removeprefix("/steppay"), widget), ()),
    "the shop's 404": (lambda _widget: shop(404), ("something else answers /steppay/v1/", "(404)")),
    "a single-page shop": (lambda _widget: shop(200), ("something else answers /steppay/v1/", "(200)")),
    "another path": (
        lambda widget: through(lambda path: f"/pay{path}", widget),
        ("as another path", "exactly /steppay"),
    ),
    "no dots": (
        lambda widget: through(lambda path: None if "/." in path else path, widget),
        ("something else answers /steppay/.well-known/jwks.json", "everything below /steppay/"),
    ),
    "no files": (
        lambda widget: through(lambda path: None if path.endswith(".css") else path, widget),
        ("something else answers /steppay/assets/css/return.css", "everything below /steppay/"),
    ),
}


@pytest.mark.parametrize(
    ("found", "words"), [pytest.param(*case, id=name) for name, case in FAULTS.items()], indirect=["found"]
)
def test_a_fault_of_the_proxy_is_named_with_its_path(found: list[CheckResult], words: tuple[str, ...]) -> None:
    assert {one.state for one in found} == {"problem" if words else "ok"}
    for word in words:
        assert word in "\n".join(map(str, found))


def test_a_server_that_does_not_run_is_no_fault_of_the_proxy(world: World) -> None:
    """`world` is served nowhere."""
    (result,) = check_routes(replace(world.settings, public_url="http://127.0.0.1:9/steppay"), TOOLS)
    assert result.state == "skipped"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'"keys"'])
@pytest.mark.parametrize("path", ROUTES)
def test_whatever_answers_is_no_reason_to_fail(path: str, body: bytes) -> None:
    assert judge_route(path, RawResponse(200, {}, body), "/steppay").state == "problem"
