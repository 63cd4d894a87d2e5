"""Budgets counted in a Redis that processes share; while it does not answer, no client is refused for that."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.test_limits import FEW, limited, verify
from tests.support.app_fixture import FakeStepPay, World
from tests.support.fake_steppay import FakeClock
from tests.support.redis_server import PASSWORD, PROGRAM, RedisServer
from widget_server.adapters.rate_limits import make_rate_limiter
from widget_server.config import Secret
from widget_server.doctor.limits import check_limits
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.services.ports import CheckLimit

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Redis is not installed: apt install redis-server")
KEYS = "steppay-widget:v1:gcra:"


@pytest.fixture(scope="module")
def running(free_port: Callable[[], int]) -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="steppay-redis-") as folder:
        server = RedisServer(Path(folder), free_port())
        server.start()
        yield server
        server.kill()


@pytest.fixture
def admin(running: RedisServer) -> Iterator[Any]:
    with running.admin() as client:
        client.flushall()
        yield client


@pytest.fixture
def store(running: RedisServer, admin: redis.Redis) -> Secret:
    """Empty."""
    return Secret(running.url)


def test_av_02_two_processes_share_one_budget(world: World, steppay: FakeStepPay, store: Secret) -> None:
    one, other, code = limited(world, store=store), limited(world, store=store), steppay.unpaid()
    assert [verify(client, code).status_code for client in (one, other, one)] == [200, 200, 200]
    steppay.forget_calls()
    refused = [verify(client, code) for client in (one, other)]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert all(answer.json["retryAfter"] == int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert steppay.calls() == []
    assert verify(other, code, peer="192.0.2.1").status_code == 200


@pytest.mark.parametrize(
    ("peers", "key"),
    [
        ([f"2001:db8:1:2::{n}" for n in range(4)], "2001:db8:1:2::/64"),
        (["203.0.113.9", "::ffff:203.0.113.9", "::ffff:cb00:7109", "203.0.113.9"], "203.0.113.9"),
    ],
)
def test_av_02_an_ipv6_network_is_one_client_and_forgotten_when_its_budget_is_full_again(
    world: World, steppay: FakeStepPay, store: Secret, admin: redis.Redis, peers: list[str], key: str
) -> None:
    client, code = limited(world, store=store), steppay.unpaid()
    assert [verify(client, code, peer=peer).status_code for peer in peers] == [200, 200, 200, 429]
    assert sorted(admin.keys()) == [f"{KEYS}{budget}:{key}" for budget in ("ask", "crowd_ask")]
    assert 0 < admin.ttl(f"{KEYS}ask:{key}") <= FEW.seconds


def lock_out(server: RedisServer) -> None:
    with server.admin() as admin:
        admin.config_set("requirepass", "another")
        admin.client_kill_filter(_type="normal")


def let_in(server: RedisServer) -> None:
    with redis.Redis.from_url(server.url.replace(PASSWORD, "another")) as admin:
        admin.config_set("requirepass", PASSWORD)


def limit_memory(text: str) -> Callable[[RedisServer], None]:
    def change(server: RedisServer) -> None:
        with server.admin() as admin:
            admin.config_set("maxmemory", text)

    return change


TROUBLE: dict[str, tuple[Callable[[RedisServer], None], Callable[[RedisServer], None], str]] = {
    "it is gone": (RedisServer.kill, RedisServer.start, "ConnectionError"),
    "it hangs": (RedisServer.stop, RedisServer.go_on, "TimeoutError"),
    "its password changed": (lock_out, let_in, "AuthenticationError"),
    "its memory is full": (limit_memory("1"), limit_memory("0"), "OutOfMemoryError"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_while_redis_does_not_answer_each_process_counts_by_itself_and_says_so_once_a_minute(
    running: RedisServer, store: Secret, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    clock = FakeClock()
    one, other = (make_rate_limiter(FEW, store.reveal(), clock) for _ in range(2))
    assert not refused(one)
    wreck, repair, kind = TROUBLE[trouble]
    wreck(running)
    try:
        with caplog.at_level(logging.INFO):
            assert [refused(one) for _ in range(4)] == [False, False, False, True]
            assert told(caplog) == [kind]
            clock.now += 59.0
            assert [refused(one), refused(other), refused(other)] == [True, False, False]
            assert told(caplog) == [kind, kind], "one line of each process"
            clock.now += 1.0
            assert refused(one)
            assert told(caplog) == [kind] * 3
    finally:
        repair(running)
    assert PASSWORD not in caplog.text
    clock.now += 1.0
    running.admin().flushall()
    assert [refused(draw) for draw in (one, other, one, other)] == [False, False, False, True]


def refused(draw: CheckLimit) -> bool:
    return draw(RateLimitBucket.ASK, "203.0.113.9") is not None


def told(caplog: pytest.LogCaptureFixture) -> list[object]:
    ours = [record for record in caplog.records if record.name == "widget_server.limits"]
    assert all(record.msg.startswith("rate_limit_store_unavailable ") for record in ours)
    return [record.args[0] for record in ours if isinstance(record.args, tuple)]


def test_without_redis_a_request_passes_and_its_address_is_not_shown(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    store = world.settings.rate_limit_store  # nothing listens there
    assert store is not None
    client, code = limited(world, store=store), steppay.paid()
    answers = [verify(client, code) for _ in range(3)]
    assert [(answer.status_code, answer.json["verdict"]) for answer in answers] == [(200, "paid")] * 3
    assert "rate_limit_store_unavailable" in caplog.text
    assert "canary" not in caplog.text
    assert "127.0.0.1:9" not in caplog.text


def test_doctor_looks_whether_redis_can_count_and_counts_nothing(
    world: World, store: Secret, admin: redis.Redis
) -> None:
    def look(**changes: object) -> str:
        (finding,) = check_limits(replace(world.settings, **{"rate_limit": FEW, **changes}))
        assert "canary" not in str(finding)
        return f"{finding.state} {finding.text}"

    assert look(rate_limit_store=store).startswith("ok counted together")
    assert look().endswith("cannot count (ConnectionError)")
    wrong = Secret(store.reveal().replace("canary", "canary-other"))
    assert look(rate_limit_store=wrong).endswith("cannot count (AuthenticationError)")
    assert look(rate_limit_store=None).startswith("ok counted in the memory")
    assert look(rate_limit=None).startswith("skipped")
    assert admin.dbsize() == 0
