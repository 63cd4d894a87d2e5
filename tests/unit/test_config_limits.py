"""How often one client may ask, and who counts as one: settings that must not be misread."""

from __future__ import annotations

import sys

import pytest

from tests.unit.test_config import GOOD, problems
from widget_server.config import RateLimit, read_settings
from widget_server.domain.rate_limit import RateLimitBucket, order_limits


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


def test_orders_of_offers_always_have_a_limit() -> None:
    assert read_settings(GOOD).offer_limit == RateLimit(30, 3600)
    assert order_limits(RateLimit(30, 3600)) == {
        RateLimitBucket.ORDER_BURST: RateLimit(6, 60),
        RateLimitBucket.ORDER: RateLimit(30, 3600),
        RateLimitBucket.ORDER_ALL: RateLimit(600, 3600),
    }
    assert order_limits(RateLimit(1, 1))[RateLimitBucket.ORDER_BURST] == RateLimit(1, 1)


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
    [
        *(("WIDGET_RATE_LIMIT", text) for text in NO_LIMITS),
        *(("WIDGET_OFFER_LIMIT", text) for text in ("off", "0/hour", "30")),
        *(("WIDGET_TRUSTED_PROXIES", text) for text in NO_COUNTS),
    ],
)
def test_a_malformed_limit_or_proxy_count_stops_the_start(name: str, text: str) -> None:
    (problem,) = problems(GOOD | {name: text})
    assert problem.startswith(f"{name}: must be ")


def test_no_proxy_is_trusted_unless_the_operator_says_so() -> None:
    assert read_settings(GOOD).trusted_proxies == 0
    assert read_settings(GOOD | {"WIDGET_TRUSTED_PROXIES": "2"}).trusted_proxies == 2


STORES = [
    "redis://127.0.0.1",
    "redis://127.0.0.1:6379/0",
    "redis://user:p%40ss@redis_1:6379/12",
    "rediss://:pass@redis.shop.kr:65535",
    "REDIS://[::1]:6379/0",
]
NO_STORES = [
    "Memory",
    "redis",
    "127.0.0.1:6379",
    "redis://",
    "redis://:password@",
    "redis://a b/0",
    "redis://host:0/0",
    "redis://host:65536/0",
    "redis://host/zero",
    "redis://host/0?socket_timeout=60",
    "redis://host/0#x",
    "redis://one@two@host",
    "unix:///run/redis.sock",
    "redis+sentinel://host",
    "https://host",
]


@pytest.mark.parametrize("url", STORES)
def test_the_store_of_rate_limits_is_the_address_of_a_redis(url: str) -> None:
    store = read_settings(GOOD | {"WIDGET_RATE_LIMIT_STORE": url}).rate_limit_store
    assert store is not None
    assert (store.reveal(), str(store), store in read_settings(GOOD | {"WIDGET_RATE_LIMIT_STORE": url}).secrets) == (
        url,
        "***",
        True,
    )


@pytest.mark.parametrize("text", ["", "memory", " memory "])
def test_without_a_store_each_process_counts_in_its_memory(text: str) -> None:
    assert read_settings(GOOD | {"WIDGET_RATE_LIMIT_STORE": text}).rate_limit_store is None


@pytest.mark.parametrize("text", NO_STORES)
def test_a_malformed_store_stops_the_start(text: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_RATE_LIMIT_STORE": text})
    assert problem == (
        "WIDGET_RATE_LIMIT_STORE: must be memory, or redis://:password@host:6379/0, or rediss:// for one with TLS"
    )


def test_a_store_without_its_package_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    (problem,) = problems(GOOD | {"WIDGET_RATE_LIMIT_STORE": STORES[0]})
    assert problem == "WIDGET_RATE_LIMIT_STORE: needs the package redis; install steppay-widget-server[redis]"
    assert read_settings(GOOD).rate_limit_store is None
