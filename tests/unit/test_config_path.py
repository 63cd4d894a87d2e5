"""The public URL may have a path: `https://shop.kr/steppay`."""

from __future__ import annotations

import pytest

from tests.unit.test_config import GOOD, SANDBOX, problems
from widget_server.config import read_settings
from widget_server.config.addresses import OWN_SEGMENTS
from widget_server.web.route_table import ADMIN_ROUTES, ROUTES

BESIDE = {name: value for name, value in GOOD.items() if name != "WIDGET_ALLOWED_ORIGINS"}


@pytest.mark.parametrize("slashes", ["", "/"])
@pytest.mark.parametrize("path", ["", "/steppay", "/kr/pay.v2", "/_~-", "/...", "/.well-known2", "/pay/v1"])
@pytest.mark.parametrize("origin", ["https://shop.kr", "https://shop.kr:8443"])
def test_the_origin_and_the_path_are_told_apart(origin: str, path: str, slashes: str) -> None:
    settings = read_settings(GOOD | {"WIDGET_PUBLIC_URL": origin + path + slashes})
    assert (settings.public_url, settings.public_origin, settings.base_path) == (origin + path, origin, path)


@pytest.mark.parametrize(
    "path",
    [
        *("/.", "/..", "/a/../b", "/a/./b", "//a", "/a//b", "/a?b", "/a#b", "/a;b", "/%61", "/상점", "/a b", "/a\\b"),
        *("/a/..", '/a"b', "/a'b", "/a{b}", "/a*", "/a@b", "/a:b", "/a\n/b"),
    ],
)
def test_a_path_that_could_be_read_in_two_ways_stops_the_start(path: str) -> None:
    found = problems(GOOD | {"WIDGET_PUBLIC_URL": f"https://canary.kr{path}"})
    assert [problem.partition(":")[0] for problem in found] == ["WIDGET_PUBLIC_URL"]
    assert "canary" not in found[0]


@pytest.mark.parametrize("url", ["https://Shop.kr/steppay", "shop.kr/steppay", "https:///steppay", "https://상점.kr/a"])
def test_the_problem_of_no_address_says_that_a_path_is_possible(url: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_PUBLIC_URL": url})
    assert problem.endswith("perhaps a plain path like /steppay")


@pytest.mark.parametrize("segment", sorted(OWN_SEGMENTS))
def test_a_path_that_begins_like_one_of_our_own_stops_the_start(segment: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_PUBLIC_URL": f"https://shop.kr/{segment}/x"})
    assert "like one of this server's own" in problem


def test_every_route_begins_with_a_segment_that_no_path_may_have() -> None:
    assert {path.split("/")[1] for path in (*ROUTES, *ADMIN_ROUTES)} - {""} == OWN_SEGMENTS


def test_beside_the_shop_the_shop_needs_not_be_named() -> None:
    settings = read_settings(BESIDE | {"WIDGET_PUBLIC_URL": "https://shop.kr/steppay"})
    assert settings.allowed_origins == settings.cors_origins == settings.frame_ancestors == ("https://shop.kr",)


def test_a_shop_elsewhere_is_named_and_is_then_the_only_one() -> None:
    settings = read_settings(GOOD | {"WIDGET_PUBLIC_URL": "https://api.shop.kr/steppay"})
    assert settings.allowed_origins == ("https://shop.kr", "https://www.shop.kr")
    assert settings.cors_origins == ("https://shop.kr", "https://www.shop.kr", "https://api.shop.kr")


@pytest.mark.parametrize("url", ["https://pay.shop.kr", "https://pay.shop.kr/"])
def test_a_host_of_its_own_names_its_shops(url: str) -> None:
    assert [problem.partition(":")[0] for problem in problems(BESIDE | {"WIDGET_PUBLIC_URL": url})] == [
        "WIDGET_ALLOWED_ORIGINS"
    ]


def test_test_orders_may_come_from_the_shop_beside() -> None:
    beside = BESIDE | {"WIDGET_PUBLIC_URL": "https://shop.kr/steppay"}
    settings = read_settings(beside | {"WIDGET_PLAYGROUND": "https://shop.kr/test-order"})
    assert settings.playground_orders_url == "https://shop.kr/test-order"
    assert problems(beside | {"WIDGET_PLAYGROUND": "https://www.shop.kr/test-order"})


def test_the_dashboard_never_shares_the_host_of_a_path() -> None:
    admin = {"WIDGET_ADMIN_KEY": "canary-0perat0r-1b9c3d7e5f60a2b4c6d8e0f1", "WIDGET_ADMIN_ORIGIN": "https://shop.kr"}
    (problem,) = problems(BESIDE | admin | {"WIDGET_PUBLIC_URL": "https://shop.kr/steppay"})
    assert problem.startswith("WIDGET_ADMIN_ORIGIN: must have a host of its own")


def test_http_below_a_path_is_only_for_this_machine() -> None:
    at = {"WIDGET_PUBLIC_URL": "http://shop.localhost:8080/steppay", "WIDGET_ALLOWED_ORIGINS": ""}
    assert read_settings(SANDBOX | at).allowed_origins == ("http://shop.localhost:8080",)
    assert problems(GOOD | at)
