"""An opened checkout is stored first, found under an id that cannot be guessed, and polled without asking StepPay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete

from tests.support.app_fixture import COMPLETE, NOW, PAID, PUBLIC, SHOP, FakeStepPay, World
from tests.support.job_helpers import event_body, send, work, work_for
from tests.support.merchant import MORE, bind
from widget_server.adapters.store.tables import expectations
from widget_server.domain.checkout import CHECKOUT_ID
from widget_server.parts import make_deps

CODE = "order_15XqwcM1f"
OPEN = "/v1/checkouts"


def open_checkout(world: World, origin: str | None = SHOP, **members: Any) -> Any:
    headers = {"Origin": origin} if origin else {}
    return world.client.post(OPEN, json={"orderCode": CODE, "mode": "tab", **members}, headers=headers)


def ways_back(answer: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.json["payUrl"]).query).items()}


@pytest.mark.parametrize("mode", ["tab", "popup", "iframe"])
def test_a_tab_or_frame_comes_back_to_our_return_page(world: World, steppay: FakeStepPay, mode: str) -> None:
    answer = open_checkout(world, mode=mode, successUrl=f"{SHOP}/ignored")
    checkout = answer.json["checkout"]
    assert (answer.status_code, set(answer.json)) == (201, {"checkout", "payUrl", "expiresAt"})
    assert answer.json["payUrl"].startswith(f"{steppay.url}/api/public/orders/{CODE}/pay?")
    assert ways_back(answer) == {
        f"{way}Url": f"{PUBLIC}/v1/return/{checkout}?steppay_return={way}.{CODE}.{checkout}"
        for way in ("success", "error", "cancel")
    }
    assert (world.rows(), steppay.calls()) == (1, [])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"successUrl": "/s"}, ("/s", "/s", "/s")),
        ({"successUrl": "/s", "errorUrl": "/e"}, ("/s", "/e", "/e")),
        ({"successUrl": "/s", "cancelUrl": "/c"}, ("/s", "/s", "/c")),
        ({"successUrl": "/s", "errorUrl": "/e", "cancelUrl": "/c"}, ("/s", "/e", "/c")),
        ({"cancelUrl": "/c"}, ("/c", "/c", "/c")),
    ],
)
def test_redirect_mode_comes_back_to_the_page_that_asked(
    world: World, given: dict[str, str], expected: tuple[str, str, str]
) -> None:
    answer = open_checkout(world, mode="redirect", **{name: SHOP + path for name, path in given.items()})
    marks = [f"?steppay_return={way}.{CODE}.{answer.json['checkout']}" for way in ("success", "error", "cancel")]
    assert list(ways_back(answer).values()) == [SHOP + path + mark for path, mark in zip(expected, marks, strict=True)]


@pytest.mark.parametrize(("told", "asked"), [({"locale": "ko"}, "ko"), ({"locale": "en"}, "en"), ({}, None)])
@pytest.mark.parametrize("mode", ["redirect", "tab"])
def test_the_pay_page_speaks_the_language_of_the_widget(
    world: World, mode: str, told: dict[str, str], asked: str | None
) -> None:
    assert ways_back(open_checkout(world, mode=mode, **told)).get("lang") == asked


@pytest.mark.parametrize(
    ("accepted", "asked"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US", "en"),
        ("fr,en;q=0.5", "en"),
        ("fr", None),
        ("*", "ko"),
        (None, None),
    ],
)
def test_the_plain_link_leads_to_a_pay_page_in_the_browsers_language(
    world: World, accepted: str | None, asked: str | None
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    answer = world.client.get(f"/v1/pay/{CODE}", headers=headers)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query).get("lang") == (asked and [asked])


def test_redirect_mode_without_urls_comes_back_to_our_return_page(world: World) -> None:
    assert ways_back(open_checkout(world, mode="redirect"))["successUrl"].startswith(f"{PUBLIC}/v1/return/")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.tld/",
        "https://www.shop.test/other-origin",
        "https://shop.test.evil.tld/",
        "https://shop.test@evil.tld/",
        "https://evil.tld\\@shop.test/",
        "http://shop.test/",
        "https://shop.test:8443/",
        "//shop.test/",
        "/done",
        "javascript:alert(1)",
        "https://shop.test/\r\nSet-Cookie:a=b",
        "https://shop.test/ x",
        "https://shop.test/" + "x" * 2048,
        "",
        7,
    ],
    ids=lambda url: repr(url)[:40],
)
@pytest.mark.parametrize("name", ["successUrl", "errorUrl", "cancelUrl"])
def test_no_return_url_leads_away_from_the_page_that_asked(world: World, name: str, url: object) -> None:
    answer = open_checkout(world, mode="redirect", **{name: url})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert world.rows() == 0


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"orderCode": None}, "orderCode"),
        ({"orderCode": "183682"}, "orderCode"),
        ({"orderCode": "../x"}, "orderCode"),
        ({"mode": "auto"}, "mode"),
        ({"mode": None}, "mode"),
        ({"mode": ["tab"]}, "mode"),
        ({"locale": "fr"}, "locale"),
        ({"locale": 1}, "locale"),
    ],
)
def test_a_wrong_member_is_named_and_nothing_stored(world: World, members: dict[str, object], field: str) -> None:
    answer = open_checkout(world, **members)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert world.rows() == 0


def test_a_body_over_the_limit_is_refused(world: World) -> None:
    answer = world.client.post(OPEN, data=json.dumps({"x": "y" * 8192}), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_ids_cannot_be_guessed(world: World) -> None:
    deps = make_deps(world.settings)
    ids = {deps.new_checkout_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(CHECKOUT_ID.fullmatch(one) for one in ids)


def test_the_poll_never_asks_steppay(world: World, steppay: FakeStepPay) -> None:
    checkout = open_checkout(world).json["checkout"]
    answer = world.client.get(f"{OPEN}/{checkout}", headers={"Origin": SHOP})
    assert (answer.status_code, answer.json) == (200, {"state": "open", "verdict": None})
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Cache-Control"] == "no-store"
    assert steppay.calls() == []


def test_the_poll_shows_the_last_verdict_and_a_mere_look_is_no_return(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    world.client.post("/v1/verify", json={"orderCode": code, "checkout": checkout})
    first = world.client.get(f"{OPEN}/{checkout}").json
    assert (first["state"], first["verdict"]["verdict"]) == ("open", "pending")
    steppay.order(
        {"paymentDate": "2026-11-01T10:05:00", "returnedAmount": 0},
        {"paymentStatus": "COMPLETE", "paymentDate": "2026-11-01T10:05:00"},
        code,
    )
    world.client.post("/v1/verify", json={"orderCode": code, "status": "success", "checkout": checkout})
    second = world.client.get(f"{OPEN}/{checkout}", headers={"Accept-Language": "en"}).json
    assert (second["state"], second["verdict"]["verdict"]) == ("returned", "paid")
    assert second["verdict"]["message"] == "Payment complete."


def learn_by_event(world: World, code: str) -> None:
    send(world, event_body(code))
    work(world)


def learn_by_check(world: World, code: str) -> None:
    work_for(world, timedelta(minutes=1))


@pytest.mark.parametrize("learn", [learn_by_event, learn_by_check], ids=lambda learn: learn.__name__)
@pytest.mark.parametrize("asked_before", [False, True])
def test_the_poll_shows_what_was_learnt_without_the_page_and_that_is_no_return(
    world: World, steppay: FakeStepPay, learn: Callable[[World, str], None], asked_before: bool
) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    if asked_before:
        world.client.post("/v1/verify", json={"orderCode": code, "checkout": checkout})
    steppay.order(PAID, COMPLETE, code)
    learn(world, code)
    steppay.forget_calls()
    seen = world.client.get(f"{OPEN}/{checkout}").json
    assert (seen["state"], seen["verdict"]["verdict"], seen["verdict"]["orderCode"]) == ("open", "paid", code)
    assert seen["verdict"]["message"] == "결제가 완료되었습니다."
    assert steppay.calls() == []


def test_the_poll_never_shows_paid_for_another_amount_than_was_bound_since(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = keyed.create_checkout(code)
    learn_by_event(keyed, code)
    assert keyed.client.get(f"{OPEN}/{checkout}").json["verdict"]["verdict"] == "paid"
    with keyed.engine.begin() as connection:
        connection.execute(delete(expectations))
    assert bind(keyed, code, MORE).status_code == 201
    assert keyed.client.get(f"{OPEN}/{checkout}").json == {"state": "open", "verdict": None}


def test_a_checkout_of_another_order_is_not_touched(world: World, steppay: FakeStepPay) -> None:
    checkout = world.create_checkout(CODE)
    body = world.client.post("/v1/verify", json={"orderCode": steppay.paid(), "checkout": checkout}).json
    assert body["verdict"] == "paid"
    assert world.client.get(f"{OPEN}/{checkout}").json == {"state": "open", "verdict": None}


@pytest.mark.parametrize("checkout", ["A" * 22, "short", "A" * 23, "' OR 1=1 --aaaaaaaaaaa", "%00" * 22])
def test_an_unknown_id_is_not_found(world: World, checkout: str) -> None:
    answer = world.client.get(f"{OPEN}/{checkout}")
    assert (answer.status_code, answer.json["code"]) == (404, "checkout_not_found")


def test_a_checkout_answers_for_a_week_and_no_longer(world: World) -> None:
    answer = open_checkout(world)
    assert answer.json["expiresAt"] == (NOW + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    world.clock.pass_by(timedelta(days=7) - timedelta(seconds=1))
    assert world.client.get(f"{OPEN}/{answer.json['checkout']}").status_code == 200
    world.clock.pass_by(timedelta(seconds=1))
    assert world.client.get(f"{OPEN}/{answer.json['checkout']}").status_code == 404


def test_without_storage_nothing_is_opened(world: World) -> None:
    world.break_storage()
    answer = open_checkout(world)
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    assert answer.headers["Retry-After"]
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "checkouts" not in answer.json["detail"]


def test_AV_07_broken_storage_never_changes_what_steppay_said(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    world.break_storage()
    body = world.client.post("/v1/verify", json={"orderCode": code, "checkout": checkout}).json
    assert (body["verdict"], body["fulfill"]) == ("paid", True)


@pytest.mark.parametrize(
    ("query", "referer"), [("", SHOP + "/x"), ("?mode=tab", ""), ("?mode=evil", "https://evil.tld/")]
)
def test_a_plain_link_stores_the_checkout_and_leads_to_steppay(
    world: World, steppay: FakeStepPay, query: str, referer: str
) -> None:
    answer = world.client.get(f"/v1/pay/{CODE}{query}", headers={"Referer": referer})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{steppay.url}/api/public/orders/{CODE}/pay?successUrl=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (world.rows(), steppay.calls()) == (1, [])


@pytest.mark.parametrize(
    "code", ["183682", "abc", "x" * 65, "order_a%0d%0aSet-Cookie:a=b", "%2e%2e", "order_a%2Fx", "결제하기"]
)
def test_a_plain_link_leads_nowhere_for_what_is_no_order_code(world: World, steppay: FakeStepPay, code: str) -> None:
    answer = world.client.get(f"/v1/pay/{code}")
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert (world.rows(), steppay.calls()) == (0, [])
