"""`GET /v1/tag`: what a shop's server or build puts into its pages is exactly what `widget-server snippet` prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.integration.test_pages import RULES
from tests.integration.test_snippet import ScriptTags
from tests.support.app_fixture import PUBLIC, FakeStepPay, World, application
from widget_server.domain.subresource_integrity import integrity
from widget_server.services import snippet
from widget_server.web.assets import widget

FRAMED = {"script-src": PUBLIC, "connect-src": PUBLIC, "frame-src": "http: https:"}


@pytest.fixture
def ruled(steppay: FakeStepPay, migrated: Path, tmp_path: Path) -> Iterator[World]:
    rules = tmp_path / "pages.toml"
    rules.write_text(RULES, "utf-8")
    with application(steppay.url, migrated, tmp_path, rules) as running:
        yield running


def test_the_tag_is_the_one_of_the_snippet_and_leads_to_the_bytes_it_pins(world: World) -> None:
    answer = world.client.get("/v1/tag?page=/pricing")
    tag = answer.json
    (attributes,) = ScriptTags(tag["html"]).found
    assert (attributes["src"], attributes["integrity"]) == (tag["src"], tag["integrity"])
    assert tag["html"] == snippet.tag(PUBLIC, widget(PUBLIC))
    assert not {"data-mode", "data-locale", "data-theme"} & attributes.keys(), "these stay with the page rules"
    served = world.client.get(tag["src"].removeprefix(PUBLIC))
    assert (served.status_code, integrity(served.data)) == (200, tag["integrity"])
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("page", "framed"),
    [
        ("/pricing", True),
        ("/pricing/annual?plan=1#now", True),
        ("/", False),
        ("/가격", False),
        ("/" + "x" * 1023, False),
    ],
)
def test_the_policy_is_what_the_rule_of_the_page_needs(ruled: World, page: str, framed: bool) -> None:
    expected = FRAMED if framed else {name: FRAMED[name] for name in ("script-src", "connect-src")}
    assert ruled.client.get(f"/v1/tag?page={quote(page)}").json["csp"] == expected


@pytest.mark.parametrize("page", ["/pricing", '/"><script>alert(1)</script>', "/;script-src:*"])
def test_nothing_of_the_question_is_in_the_tag(ruled: World, page: str) -> None:
    answer = ruled.client.get("/v1/tag", query_string={"page": page})
    assert answer.json["html"] == ruled.client.get("/v1/tag").json["html"]
    assert "alert" not in answer.text
    assert set(answer.json["csp"]) <= set(FRAMED)


def test_without_a_page_it_is_the_first_one(ruled: World) -> None:
    assert ruled.client.get("/v1/tag").json == ruled.client.get("/v1/tag?page=/").json


@pytest.mark.parametrize(
    "page",
    ["", "pricing", "//shop.kr/pricing", "https://shop.kr/pricing", "/a b", "/\x00", "/a\n", "\\", "/" + "x" * 1024],
    ids=lambda page: ascii(page)[:20],
)
def test_what_is_no_path_is_a_problem_that_says_what_to_send(world: World, page: str) -> None:
    answer = world.client.get(f"/v1/tag?page={quote(page)}")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "such as /pricing" in answer.json["errors"]["page"][0]
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_kept_for_five_minutes_and_asked_for_by_its_etag(ruled: World) -> None:
    first = ruled.client.get("/v1/tag?page=/pricing")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = ruled.client.get("/v1/tag?page=/pricing", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = ruled.client.get("/v1/tag?page=/", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200, "another page has another policy"


def test_a_server_below_a_path_is_named_with_all_below_it() -> None:
    policy = snippet.csp("https://shop.kr/steppay", framed=False, plain_http=False)
    assert policy == {"script-src": "https://shop.kr/steppay/", "connect-src": "https://shop.kr/steppay/"}
