"""The widget and the page's own files: always fresh at one address, forever the same at the other."""

from __future__ import annotations

import hashlib

import pytest

from tests.functional.world import World
from widget_server.assets import static_dir

CONTENT = (static_dir() / "js" / "widget.js").read_bytes()
HASH = hashlib.sha256(CONTENT).hexdigest()[:16]


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/v1/widget.js", "public, max-age=300, stale-while-revalidate=86400"),
        (f"/v1/widget-{HASH}.js", "public, max-age=31536000, immutable"),
    ],
)
def test_the_widget_is_for_every_page(world: World, path: str, caching: str) -> None:
    answer = world.client.get(path, headers={"Origin": "https://any.test"})
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == caching
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/widget.js", f"/v1/widget-{HASH}.js", "/assets/css/return.css"])
def test_an_unchanged_file_is_not_sent_twice(world: World, path: str) -> None:
    etag = world.client.get(path).headers["ETag"]
    again = world.client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert world.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("digest", ["0" * 16, HASH[:15], HASH + "0", HASH.upper() + "x", "", "..%2f.."])
def test_another_hash_is_another_file_and_not_there(world: World, digest: str) -> None:
    assert world.client.get(f"/v1/widget-{digest}.js").status_code == 404


FILES = sorted(
    [("css/return.css", "text/css; charset=utf-8"), ("js/return.js", "text/javascript; charset=utf-8")]
    + [(f"img/{icon.name}", "image/svg+xml") for icon in (static_dir() / "img").glob("status-*.svg")]
)


@pytest.mark.parametrize(("name", "kind"), FILES)
def test_the_return_pages_files_are_served_with_their_type(world: World, name: str, kind: str) -> None:
    answer = world.client.get(f"/assets/{name}")
    assert (answer.status_code, answer.headers["Content-Type"].lower()) == (200, kind)


@pytest.mark.parametrize(
    "name",
    [
        "css/simulator.css",
        "js/src/main.js",
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "css/../../setup.cfg",
        "",
        "/etc/passwd",
        "css/",
        "js/return.js%00",
        "JS/return.js",
    ],
)
def test_nothing_else_is_served(world: World, name: str) -> None:
    assert world.client.get(f"/assets/{name}").status_code == 404


def test_head_tells_the_length_without_the_content(world: World) -> None:
    answer = world.client.head("/v1/widget.js")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(CONTENT)


def test_no_served_file_runs_text_as_code(world: World) -> None:
    for name in ("/v1/widget.js", "/assets/js/return.js"):
        text = world.client.get(name).text
        assert "eval(" not in text
        assert "new Function" not in text
