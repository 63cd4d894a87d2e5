"""StepPay misbehaves, or a server in its place: the answer is a doubt, never paid and never failed."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.app_fixture import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.steppay_calls import TOKEN, Hurried, chunked, client_of, longer_than_sent
from tests.support.upstream import Reply, Upstream, answer
from widget_server.adapters.steppay.deadline import DeadlineSocket

pytestmark = pytest.mark.usefixtures("each_adapter")
CODE = "order_15XqwcM1f"
ORDER: dict[str, Any] = {
    **{"orderCode": CODE, "code": CODE, "orderId": 7, "type": "ONE_TIME", "currency": "KRW", "idKey": "canaryKey123"},
    **{"paymentDate": "2026-11-01T10:05:00", "paidAmount": 10000, "returnedAmount": 0},
}
LOST = [answer(status=f"{status} Lost") for status in (500, 502, 503, 504)]


def as_json(body: object) -> Reply:
    return answer(json.dumps(body).encode())


def ask(world: World, url: str, budget_seconds: float = 8.0) -> Any:
    """One verification with a claim of failure, and the checkout's stored verdict."""
    client = world.with_deps(steppay=Hurried(client_of(url), budget_seconds))
    checkout = world.create_checkout(CODE)
    reply = client.post("/v1/verify", json={"orderCode": CODE, "status": "error", "checkout": checkout})
    assert client.get(f"/v1/checkouts/{checkout}").json["verdict"] is None
    return reply


def assert_unknown(reply: Any, reason: str) -> None:
    body = reply.json
    assert (reply.status_code, reply.mimetype) == (503, "application/problem+json")
    assert (body["verdict"], body["reason"], body["fulfill"], body["final"]) == ("unknown", reason, False, False)
    assert reply.headers["Retry-After"] == str(body["retryAfter"])
    assert "<" not in reply.text


def fails_with(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, "canary")

    return fail


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.ETIMEDOUT, errno.ENETUNREACH, errno.EHOSTUNREACH])
def test_UP_01_a_steppay_that_cannot_be_reached_is_a_doubt(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(DeadlineSocket, "connect", fails_with(number))
    assert_unknown(ask(world, "http://127.0.0.1:9"), "upstream_unavailable")


def test_UP_01_an_unknown_host_name_is_a_doubt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", fails_with(-2))
    assert_unknown(ask(world, "https://steppay.invalid"), "upstream_unavailable")


def test_UP_02_a_dripping_answer_ends_at_the_deadline_as_a_doubt(world: World) -> None:
    with Upstream(Reply(longer_than_sent(b" " * 4000).raw, drip_seconds=0.04)) as upstream:
        assert_unknown(ask(world, upstream.url, budget_seconds=0.6), "upstream_timeout")


@pytest.mark.parametrize("lost", LOST)
def test_UP_04_one_outage_is_asked_again_once_and_two_are_a_doubt(world: World, lost: Reply) -> None:
    receipt = as_json(COMPLETE)
    with Upstream(lost, lost, as_json(ORDER)) as upstream:
        assert_unknown(ask(world, upstream.url), "upstream_unavailable")
        assert len(upstream.heads) == 2
    with Upstream(lost, as_json(ORDER), receipt) as upstream:
        client = world.with_deps(steppay=client_of(upstream.url))
        assert client.post("/v1/verify", json={"orderCode": CODE}).json["verdict"] == "paid"
        assert len(upstream.heads) == 3


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_UP_05_a_refused_token_is_reported_to_the_operator_only(
    world: World, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(answer(b'{"errorMessage":"bad token"}', status=status)) as upstream:
        reply = ask(world, upstream.url)
    assert_unknown(reply, "upstream_unavailable")
    assert not any(word in reply.text.lower() for word in ("auth", "token", "40", "forbidden"))
    assert [record.levelno for record in caplog.records if "upstream_auth" in record.getMessage()] == [logging.ERROR]


HTML = b"<html><script>alert(1)</script>"
BROKEN = {
    "HTML": answer(HTML, content_type="text/html"),
    "HTML called JSON": answer(HTML),
    "captcha with a cookie": answer(HTML, content_type="text/html", headers="Set-Cookie: captcha=1\r\n"),
    "empty": answer(b""),
    "JSON called HTML": answer(json.dumps(ORDER).encode(), content_type="text/html"),
    "reset in the body": longer_than_sent(b'{"orderCode":', reset=True),
    "longer than sent": longer_than_sent(json.dumps(ORDER).encode()),
    "chunks that stop": chunked(b'5\r\n{"a":\r\n'),
    "cut off after the date": answer(f'{{"orderCode":"{CODE}","paymentDate":"2026-11-01T10:05:00"'.encode()),
}


@pytest.mark.parametrize("name", BROKEN)
def test_UP_07_what_is_not_steppays_json_is_a_doubt(world: World, name: str, caplog: pytest.LogCaptureFixture) -> None:
    with Upstream(BROKEN[name]) as upstream:
        assert_unknown(ask(world, upstream.url), "upstream_bad_response")
    assert "alert" not in caplog.text


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
@pytest.mark.parametrize("target", ["{thief}", "http://api.steppay.kr.127.0.0.1.nip.io/", "//evil.tld/", ""])
def test_UP_08_a_redirect_is_a_doubt_and_the_token_stays(world: World, status: str, target: str) -> None:
    with Upstream(as_json(ORDER)) as thief:
        location = f"Location: {target.format(thief=thief.url)}\r\n" if target else ""
        with Upstream(answer(status=f"{status} Moved", headers=location)) as upstream:
            assert_unknown(ask(world, upstream.url), "upstream_bad_response")
            assert TOKEN in upstream.heads[0]
        assert thief.connections == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"orderCode": "order_b", "code": "order_b"},
        {"orderCode": CODE.lower(), "code": CODE.lower()},
        {"code": "order_b"},
        {"orderCode": "order_b"},
        {"code": None},
        {"orderCode": CODE + " "},
    ],
    ids=repr,
)
def test_UP_10_an_answer_about_another_order_is_a_doubt_and_critical(
    world: World, changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(as_json(ORDER | changes)) as upstream:
        assert_unknown(ask(world, upstream.url), "upstream_bad_response")
    [alert] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert alert.getMessage().startswith(f"order_identity order={CODE} ")


TEXT = json.dumps(ORDER)
HOSTILE = {
    **{text: text for text in ("[]", "null", '"paid"', "{}", "7", "true")},
    **{
        f"without {name}": json.dumps({k: v for k, v in ORDER.items() if k != name})
        for name in ORDER
        if name[:2] != "id"
    },
    "a key twice": TEXT[:-1] + ', "paymentDate": null}',
    "NaN": TEXT.replace("10000", "NaN"),
    "Infinity": TEXT.replace("10000", "-Infinity"),
    "1e400": TEXT.replace("10000", "1e400"),
    "an amount as text": TEXT.replace("10000", '"10000"'),
    "an amount as truth": TEXT.replace("10000", "true"),
    "no amount": TEXT.replace("10000", "null"),
}
HOSTILE.pop("without currency")  # no currency is a fact about the order: tested with expectations


@pytest.mark.parametrize("name", HOSTILE)
def test_UP_11_an_order_of_another_shape_is_a_doubt(world: World, name: str) -> None:
    with Upstream(answer(HOSTILE[name].encode())) as upstream:
        assert_unknown(ask(world, upstream.url), "upstream_bad_response")


@pytest.mark.parametrize(
    ("receipt", "reason"),
    [
        ("error", "receipt_unavailable"),
        (404, "receipt_missing"),
        ({"raw": "<html>", "contentType": "text/html"}, "receipt_unavailable"),
    ],
)
def test_UP_13_half_an_answer_is_a_doubt_until_the_other_half_comes(
    world: World, steppay: FakeStepPay, receipt: Any, reason: str
) -> None:
    code = steppay.order(PAID, receipt)
    body = world.client.post("/v1/verify", json={"orderCode": code, "status": "error"}).json
    assert (body["verdict"], body["reason"], body["final"]) == ("unknown", reason, False)
    assert body["retryAfter"] > 0
    steppay.order(PAID, COMPLETE, code)
    assert world.client.post("/v1/verify", json={"orderCode": code}).json["verdict"] == "paid"


def test_UP_13_a_receipt_that_drips_is_a_doubt(world: World) -> None:
    drip = Reply(longer_than_sent(b" " * 4000).raw, drip_seconds=0.04)
    with Upstream(as_json(ORDER), drip) as upstream:
        client = world.with_deps(steppay=Hurried(client_of(upstream.url), 3))
        answered = client.post("/v1/verify", json={"orderCode": CODE, "status": "error"})
    assert (answered.status_code, answered.json["reason"]) == (200, "receipt_unavailable")
    assert (answered.json["verdict"], answered.json["final"]) == ("unknown", False)


@pytest.mark.parametrize("order", [PAID, UNPAID], ids=["paid", "unpaid"])
@pytest.mark.parametrize("status", ["AUTHORIZED", "complete", " COMPLETE", 1, True, ["COMPLETE"], "PAID", ""])
def test_UP_14_an_undocumented_status_is_a_doubt(
    world: World, steppay: FakeStepPay, order: dict[str, Any], status: object
) -> None:
    code = steppay.order(order, {**COMPLETE, "paymentStatus": status})
    body = world.client.post("/v1/verify", json={"orderCode": code, "status": "error"}).json
    assert (body["verdict"], body["reason"]) == ("unknown", "unrecognized_payment_status")
    assert body["paymentStatus"] is None


@pytest.mark.parametrize("kind", ["GIFT", "one_time", " ONE_TIME", None, 1])
def test_UP_14_an_undocumented_order_type_is_a_doubt(world: World, steppay: FakeStepPay, kind: object) -> None:
    body = world.client.post("/v1/verify", json={"orderCode": steppay.order({**PAID, "type": kind}, COMPLETE)}).json
    assert (body["verdict"], body["reason"]) == ("unknown", "unrecognized_order_type")


def test_UP_14_no_status_on_a_paid_order_is_a_doubt(world: World, steppay: FakeStepPay) -> None:
    body = world.client.post(
        "/v1/verify", json={"orderCode": steppay.order(PAID, STANDBY | {"paymentStatus": None})}
    ).json
    assert (body["verdict"], body["reason"]) == ("unknown", "contradiction")


@pytest.mark.parametrize(
    ("order", "receipt", "verdict"),
    [
        ({}, {"paymentStatus": "CANCELED"}, "refunded"),
        ({}, {"paymentStatus": "PARTIAL_CANCELED"}, "partially_refunded"),
        ({"returnedAmount": 10000}, {}, "refunded"),
        ({"returnedAmount": 1}, {}, "partially_refunded"),
    ],
)
def test_UP_16_a_refund_between_the_two_calls_is_never_paid(
    world: World, steppay: FakeStepPay, order: dict[str, Any], receipt: dict[str, Any], verdict: str
) -> None:
    code = steppay.order(PAID | order, COMPLETE | receipt)
    body = world.client.post("/v1/verify", json={"orderCode": code, "status": "success"}).json
    assert (body["verdict"], body["fulfill"]) == (verdict, False)
