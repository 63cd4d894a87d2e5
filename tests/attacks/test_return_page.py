"""The page that says that an order is paid, under an attacker's hands."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.app_fixture import PUBLIC, SHOP, FakeStepPay, World
from widget_server.web.assets import static_dir


def come_back(world: World, checkout: str, query: str) -> Any:
    return world.client.get(f"/v1/return/{checkout}?{query}")


def directives(page: Any) -> dict[str, str]:
    parts = (part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    return {name: rest[0] if rest else "" for name, *rest in parts}


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "javascript:alert(1)", "'-alert(1)-'"]
)
@pytest.mark.parametrize("name", ["order_code", "status", "order_id", "round", "steppay_return", "anything"])
def test_RT_01_nothing_of_the_query_runs_or_is_shown(world: World, steppay: FakeStepPay, name: str, text: str) -> None:
    checkout = world.create_checkout(steppay.unpaid())
    page = come_back(world, checkout, f"{name}={quote(text)}")
    assert "alert(1)" not in page.text + str(page.headers)
    assert not re.search(r"\son\w+=|<script(?![^>]+\ssrc=)|javascript:", page.text, re.IGNORECASE)
    policy = directives(page)
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe" not in str(policy)
    assert not any(quote(text) in path for path in steppay.calls())


@pytest.mark.parametrize(
    "query",
    [
        "order_code={code}&order_code={code}",
        "status=error&status=success",
        "order_code[]={code}",
        "Order_Code={code}",
        "order_code={code}%26status=success",
        "order_code={code}%3Dx&status=success",
    ],
)
def test_RT_02_an_ambiguous_query_is_never_guessed(world: World, steppay: FakeStepPay, query: str) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    steppay.forget_calls()
    page = come_back(world, checkout, query.format(code=code))
    assert (page.status_code, 'data-kind="unidentified"' in page.text) == (400, True)
    assert steppay.calls() == []
    assert world.client.get(f"/v1/checkouts/{checkout}").json == {"state": "open", "verdict": None}


@pytest.mark.parametrize("evil", ["https://evil.tld", "https://shop.test.evil.tld", "null"])
def test_RT_04_a_foreign_page_can_neither_open_nor_frame_nor_hear(
    world: World, steppay: FakeStepPay, evil: str
) -> None:
    code = steppay.paid()
    body, headers = {"orderCode": code, "mode": "iframe"}, {"Origin": evil}
    assert world.client.post("/v1/checkouts", json=body, headers=headers).status_code == 403
    page = world.client.get(
        f"/v1/return/{world.create_checkout(code)}", headers={"Referer": evil + "/", "Origin": evil}
    )
    assert directives(page)["frame-ancestors"] == f"{SHOP} https://www.shop.test {PUBLIC}"
    assert f'data-origin="{SHOP}"' in page.text
    assert evil not in page.text + str(page.headers)


def test_RT_04_messages_go_to_the_exact_origin_and_carry_no_verdict() -> None:
    script = (static_dir() / "js" / "return.js").read_text("utf-8")
    (message,) = re.findall(r"postMessage\((.*)\)", script)
    assert message == '{ source: "steppay-checkout", type: type, checkout: page.checkout }, page.origin'
    assert re.findall(r"notifyShop\((\".*?\")\)", script) == ['"return"', '"close"']
    assert not re.search(r"window\.name|location\s*=|history\.", script)


@pytest.mark.parametrize(
    "text", ["%0d%0aSet-Cookie:%20a=b", "%0d%0aLocation:%20https://evil.tld", "%0aLink:<x>", "%E5%98%8A%E5%98%8DX:y"]
)
@pytest.mark.parametrize("name", ["order_code", "order_id", "steppay_return", "round", "status"])
def test_RT_07_no_value_becomes_a_header(world: World, steppay: FakeStepPay, name: str, text: str) -> None:
    checkout = world.create_checkout(steppay.unpaid())
    plain = come_back(world, checkout, "")
    page = come_back(world, checkout, f"{name}={text}")
    assert page.status_code == 400 or name not in ("order_code", "order_id")
    assert set(page.headers.keys()) <= set(plain.headers.keys())
    assert not any(word in str(page.headers) for word in ("evil.tld", "a=b", "<x>", "%0d", "%0D"))
    assert page.headers["Content-Security-Policy"] == plain.headers["Content-Security-Policy"]


@pytest.mark.parametrize("order", [500, 503, 429, 403])
def test_RT_08_a_claimed_success_waits_and_reloading_pays_once(
    world: World, steppay: FakeStepPay, order: object
) -> None:
    code = steppay.order(order)
    checkout = world.create_checkout(code)
    query = f"order_code={code}&status=success"
    for _ in range(3):
        page = come_back(world, checkout, query)
        assert (page.status_code, 'data-kind="unknown"' in page.text) == (503, True)
        assert 'http-equiv="refresh"' in page.text
    steppay.order({"paymentDate": "2026-11-01T10:05:00", "returnedAmount": 0},
                  {"paymentStatus": "COMPLETE", "paymentDate": "2026-11-01T10:05:00"}, code)  # fmt: skip
    for _ in range(3):
        assert 'data-kind="paid"' in come_back(world, checkout, query).text
    assert world.rows() == 1
    assert world.client.get(f"/v1/checkouts/{checkout}").json["verdict"]["verdict"] == "paid"
