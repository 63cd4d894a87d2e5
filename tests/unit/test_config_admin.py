"""The operator's pages: off unless a key and an origin of their own are set, and both are good."""

from __future__ import annotations

import pytest

from tests.unit.test_config import GOOD, TOKEN, problems
from widget_server.config import read_settings

KEY = "canary-0perat0r-1b9c3d7e5f60a2b4c6d8e0f1"
ON = GOOD | {"WIDGET_ADMIN_KEY": KEY, "WIDGET_ADMIN_ORIGIN": "https://admin.shop.kr"}


def test_without_a_key_there_are_no_operators_pages() -> None:
    settings = read_settings(GOOD | {"WIDGET_ADMIN_KEY": " ", "WIDGET_ADMIN_ORIGIN": ""})
    assert (settings.admin_key, settings.admin_origin) == (None, None)


@pytest.mark.parametrize(
    "origin",
    ["https://admin.shop.kr", "https://ops.example.kr:8443", "http://127.0.0.1:8081", "http://admin.localhost:8081/"],
)
def test_a_key_and_an_origin_of_its_own_are_taken(origin: str) -> None:
    settings = read_settings(ON | {"WIDGET_ADMIN_ORIGIN": origin})
    assert (settings.admin_key, settings.admin_origin) == (KEY, origin.rstrip("/"))
    assert KEY not in f"{settings!r} {settings.admin_key}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("WIDGET_ADMIN_KEY", key) for key in ("canary-short", "a" * 40, f"{KEY} {KEY}", TOKEN.ljust(32, "é"))),
        *(("WIDGET_ADMIN_KEY", key) for key in ("placeholder-0123456789-abcdefghijk", f'"{KEY}"')),
        ("WIDGET_ADMIN_ORIGIN", ""),
        ("WIDGET_ADMIN_ORIGIN", "http://admin.shop.kr"),
        ("WIDGET_ADMIN_ORIGIN", "https://admin.shop.kr/admin"),
        ("WIDGET_ADMIN_ORIGIN", "https://*.shop.kr"),
        ("WIDGET_ADMIN_ORIGIN", "https://admin.shop.kr:443"),
        ("WIDGET_ADMIN_ORIGIN", "https://pay.shop.kr"),  # the public one
        ("WIDGET_ADMIN_ORIGIN", "https://pay.shop.kr:8443"),  # cookies know no ports
        ("WIDGET_ADMIN_ORIGIN", "https://www.shop.kr"),  # a shop
    ],
)
def test_what_would_be_unsafe_stops_the_start_and_is_not_repeated(name: str, value: str) -> None:
    (problem,) = problems(ON | {name: value})
    assert problem.startswith(f"{name if value else 'WIDGET_ADMIN_ORIGIN'}: ")
    assert not value or value not in problem


def test_an_origin_without_a_key_is_a_mistake() -> None:
    (problem,) = problems(ON | {"WIDGET_ADMIN_KEY": ""})
    assert "go together" in problem


@pytest.mark.parametrize(
    "other",
    [
        {"STEPPAY_SECRET_TOKEN": KEY},
        {"WIDGET_API_KEY": KEY},
        {"STEPPAY_WEBHOOK_SECRETS": f"another-one-88, {KEY}"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_the_key_has_no_second_use(other: dict[str, str]) -> None:
    (problem,) = problems(ON | other)
    assert "must differ" in problem
    assert KEY not in problem
