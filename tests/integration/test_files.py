"""The widget and the page's own files: always fresh at one address, forever the same at the other."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from typing import Any

import brotli
import pytest
from werkzeug.test import TestResponse

from tests.support.app_fixture import PUBLIC, World
from widget_server.config.shop import Contact
from widget_server.web.assets import static_dir, widget

CONTENT = widget(PUBLIC)
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


@pytest.mark.parametrize("path", ["/v1/widget.js", f"/v1/widget-{HASH}.js", "/v1/screens", "/assets/css/return.css"])
def test_an_unchanged_file_is_not_sent_twice(world: World, path: str) -> None:
    etag = world.client.get(path).headers["ETag"]
    again = world.client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert world.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("digest", ["0" * 16, HASH[:15], HASH + "0", HASH.upper() + "x", "", "..%2f.."])
def test_another_hash_is_another_file_and_not_there(world: World, digest: str) -> None:
    assert world.client.get(f"/v1/widget-{digest}.js").status_code == 404


@pytest.mark.parametrize("path", ["/v1/widget-0000000000000000.js", "/assets/js/gone.js"])
def test_a_file_that_is_gone_can_be_read_by_the_page_that_asks_for_it(world: World, path: str) -> None:
    """A script with `crossorigin`: a 404 without this header shows in the console as a fault of CORS."""
    answer = world.client.get(path, headers={"Origin": "https://any.test"})
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("widget-server snippet" in answer.json["detail"]) == path.startswith("/v1/")


def test_every_page_may_ask_what_the_widgets_screens_show(world: World) -> None:
    answer = world.client.get("/v1/screens", headers={"Origin": "https://any.test"})
    assert answer.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json == json.loads((static_dir() / "js" / "screens.json").read_text("utf-8"))
    shop: Any = {"name": "달보드레 </style><b>", "support": {"label": "02-123-4567", "url": "tel:021234567"}}
    settings = replace(world.settings, shop_name=shop["name"], shop_support=Contact(**shop["support"]))
    assert world.with_deps(settings=settings).get("/v1/screens").json == answer.json | {"shop": shop}


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


def test_head_gives_the_length_without_the_content(world: World) -> None:
    answer = world.client.head("/v1/widget.js")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(CONTENT)


def test_no_served_file_runs_text_as_code(world: World) -> None:
    for name in ("/v1/widget.js", "/assets/js/return.js"):
        text = world.client.get(name).text
        assert "eval(" not in text
        assert "new Function" not in text


def coded(world: World, accepted: str, known: str = "", path: str = "/v1/widget.js") -> TestResponse:
    headers = {"Accept-Encoding": accepted} | ({"If-None-Match": known} if known else {})
    return world.client.get(path, headers=headers)


CODINGS = [
    ("gzip, deflate, br, zstd", "br"),
    ("gzip", "gzip"),
    ("GZIP;q=0.5", "gzip"),
    ("gzip;q=0, br;q=0.000", None),
    ("", None),
    ("zstd", None),
]


@pytest.mark.parametrize(("accepted", "coding"), CODINGS)
@pytest.mark.parametrize("path", ["/v1/widget.js", "/v1/screens", "/assets/css/return.css"])
def test_each_browser_gets_the_smallest_form_it_takes(
    world: World, accepted: str, coding: str | None, path: str
) -> None:
    first = coded(world, "", path=path)
    again = coded(world, accepted, path=path)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert (again.status_code, again.headers.get("Content-Encoding")) == (200, coding)
    assert unpack(again.data) == first.data
    assert len(again.data) == int(again.headers["Content-Length"])
    same = {"Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "Vary", "Content-Security-Policy"}
    assert [again.headers[name] for name in same] == [first.headers[name] for name in same]
    assert "Accept-Encoding" in first.headers["Vary"]
    assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]


def test_the_very_first_browser_gets_it_too(world: World) -> None:
    assert coded(world, "br").headers["Content-Encoding"] == "br"


def test_no_two_forms_share_an_etag_and_each_is_known_again(world: World) -> None:
    coded(world, "")
    etags = [coded(world, accepted).headers["ETag"] for accepted in ("", "gzip", "br")]
    assert len(set(etags)) == 3
    for etag in (*etags, f'"other", W/{etags[1]}'):
        same = coded(world, "gzip", etag)
        assert (same.status_code, same.data, same.headers.get("Content-Encoding")) == (304, b"", None)
        assert {"ETag", "Cache-Control", "Vary"} <= set(same.headers.keys())
    assert coded(world, "gzip", '"other"').status_code == 200
    assert coded(world, "gzip", "*").status_code == 304


def test_only_what_is_there_and_only_for_reading_is_kept_ready(world: World) -> None:
    coded(world, "gzip")
    assert world.client.post("/v1/widget.js").status_code == 405
    assert world.client.head("/v1/widget.js").data == b""
    for path in ("/assets/setup.cfg", "/v1/widget-0000000000000000.js", "/assets/"):
        assert [coded(world, "gzip", path=path).status_code for _ in range(2)] == [404, 404]


def test_the_widget_carries_the_address_of_the_server_that_serves_it_exactly_once() -> None:
    built = (static_dir() / "js" / "widget.js").read_bytes()
    assert (built.count(b"{server}"), built.count(PUBLIC.encode())) == (1, 0)
    assert CONTENT.count(PUBLIC.encode()) == 1
