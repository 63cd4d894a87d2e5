"""How often one client may ask, and who counts as one: settings that must not be misread."""

from __future__ import annotations

import pytest

from tests.unit.test_config import GOOD, problems
from widget_server.config import RateLimit, read_settings


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("", RateLimit(60, 60)),
        ("60/minute", RateLimit(60, 60)),
        ("1/second", RateLimit(1, 1)),
        ("100000/hour", RateLimit(100000, 3600)),
        (" 5/minute ", RateLimit(5, 60)),
        ("off", None),
    ],
)
def test_the_rate_limit_is_a_number_in_a_period_or_off(text: str, limit: RateLimit | None) -> None:
    assert read_settings(GOOD | {"WIDGET_RATE_LIMIT": text}).rate_limit == limit


NO_LIMITS = [
    "0/minute",
    "-1/minute",
    "60",
    "60/day",
    "60/min",
    "٦/minute",
    "6 /minute",
    "1_0/minute",
    "OFF",
    "no",
    "1.5/hour",
]
NO_COUNTS = ["-1", "10", "1.0", "x", "１", "all", "*", "10.0.0.1"]


@pytest.mark.parametrize(
    ("name", "text"),
    [*(("WIDGET_RATE_LIMIT", text) for text in NO_LIMITS), *(("WIDGET_TRUSTED_PROXIES", text) for text in NO_COUNTS)],
)
def test_a_malformed_limit_or_proxy_count_stops_the_start(name: str, text: str) -> None:
    (problem,) = problems(GOOD | {name: text})
    assert problem.startswith(f"{name}: must be ")


def test_no_proxy_is_trusted_unless_the_operator_says_so() -> None:
    assert read_settings(GOOD).trusted_proxies == 0
    assert read_settings(GOOD | {"WIDGET_TRUSTED_PROXIES": "2"}).trusted_proxies == 2
