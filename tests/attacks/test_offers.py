"""A public address that makes orders: what strangers send there decides nothing, costs little and leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.attacks import canaries
from tests.attacks.test_leaks import logs, rows
from tests.attacks.test_leaks import told as whole
from tests.support.app_fixture import SHOP, TOKEN, FakeStepPay, World
from tests.support.merchant import KEY as MERCHANT
from tests.support.merchant_scenarios import BEANS
from tests.support.metrics_helpers import BEARER, counted_deps
from tests.support.offer_scenarios import KEY, ORDER, PERSON, buy, selling

__all__ = ["logs"]
MARK = canaries.PERSONAL
SECRET_PERSON = {"name": f"{MARK}-홍길동", "email": f"{MARK}@shop.kr", "phone": "010-7351-9264"}
FORGED: dict[str, Any] = {
    **{"amount": 1, "price": "price_card", "product": "product_card", "currency": "JPY", "orderCode": "order_mine"},
    **{
        "items": [{"productCode": "product_card", "priceCode": "price_card"}],
        "purchaseDeadline": "2036-01-01T00:00:00Z",
    },
    **{"offer": "trial", "idempotencyKey": "mine", "scope": "backend"},
}


def at_steppay(steppay: FakeStepPay, path: str) -> Any:
    return requests.get(f"{steppay.url}/api/v1/{path}", headers={"Secret-Token": TOKEN}, timeout=60).json()


def test_OF_01_no_member_of_the_body_names_a_price_a_product_or_a_customer(keyed: World, steppay: FakeStepPay) -> None:
    client = selling(keyed)
    victim = requests.post(
        f"{steppay.url}/api/v1/customers", json=PERSON, headers={"Secret-Token": TOKEN}, timeout=60
    ).json()
    customer = PERSON | {"reuse": True, "id": victim["id"], "code": victim["code"], "customerId": victim["id"]}
    answer = buy(client, json=FORGED | {"customer": customer})
    assert answer.status_code == 201, answer.text
    made = at_steppay(steppay, f"orders/{answer.json['orderCode']}")
    (item,) = made["items"]
    assert (item["product"]["code"], item["price"]["code"], made["paidAmount"]) == (
        "product_beans",
        "price_beans",
        18000,
    )
    assert made["purchaseDeadline"] == "2026-11-23T12:46:00"
    assert made["customer"]["id"] != victim["id"]


FOREIGN_OFFERS = ("tea", "product_beans", "BEANS", "beans ", "beans%00", "..", "%2e%2e/orders", "a" * 999)


def test_OF_02_what_the_file_does_not_offer_is_not_sold(keyed: World, steppay: FakeStepPay) -> None:
    client = selling(keyed)
    for offer in FOREIGN_OFFERS:
        assert {client.get(f"/v1/offers/{offer}").status_code, buy(client, offer).status_code} <= {404, 405}, offer
    assert steppay.calls() == []


OTHER_PAGES = (
    "https://evil.test",
    "https://www.shop.test",
    "null",
    f"{SHOP}, {SHOP}",
    f"{SHOP}:443",
    "http://shop.test",
)


def test_OF_03_no_other_page_sells_or_reads_an_offer(keyed: World, steppay: FakeStepPay) -> None:
    client = selling(keyed)
    for origin in OTHER_PAGES:
        for answer in (client.get("/v1/offers/beans", headers={"Origin": origin}), buy(client, origin=origin)):
            assert answer.json["code"] == "origin_not_allowed", origin
            assert answer.headers.get("Access-Control-Allow-Origin") in (None, "https://www.shop.test")
    assert steppay.calls() == []


def test_OF_04_a_key_gives_out_the_order_of_its_own_offer_and_body_alone(keyed: World) -> None:
    """The backend's, another offer's, another shopper's; from a page or not."""
    client, body = selling(keyed), {"customer": PERSON | {"phone": "010-1234-5678"}}
    backend = client.post(
        "/v1/orders", json={"customer": PERSON, "items": [BEANS]}, headers={**MERCHANT, "Idempotency-Key": KEY}
    )
    mine, other = buy(client), buy(client, "trial", json=body)
    assert len({answer.json["orderCode"] for answer in (backend, mine, other)}) == 3
    theft = buy(client, json={"customer": PERSON | {"email": "eve@shop.kr"}}, origin=None)
    assert (theft.status_code, theft.json["code"]) == (422, "idempotency_key_reused")
    assert mine.json["orderCode"] not in theft.text
    assert buy(client, origin=None).json == mine.json


NAMES = ["<script>alert(1)</script>", "\"><img src=x onerror=alert('{{7*7}}')>", "'; DROP TABLE x; --", "홍길동 👩‍🚀"]


def test_OF_06_a_name_goes_to_steppay_as_it_is_and_comes_out_nowhere(keyed: World, steppay: FakeStepPay) -> None:
    client = selling(keyed)
    for number, name in enumerate(NAMES):
        answer = buy(client, key=f"{KEY}-{number}", json={"customer": PERSON | {"name": name}})
        made = at_steppay(steppay, f"orders/{answer.json['orderCode']}")
        assert made["customer"]["name"] == name
        assert name not in whole(answer)


LINES = ["\r\nBcc: eve@shop.kr", "\n", "\r", "\x00", "\x1b[31m", "\x85", "\u2028", "\x7f"]


@pytest.mark.parametrize("member", ["name", "email", "phone"])
def test_OF_07_no_control_character_reaches_a_header_or_a_log(keyed: World, steppay: FakeStepPay, member: str) -> None:
    client, customer = selling(keyed), PERSON | {"phone": "010-1234-5678"}
    for line in LINES:
        answer = buy(client, "trial", json={"customer": customer | {member: customer[member] + line}})
        assert (answer.status_code, set(answer.json["errors"])) == (422, {f"customer.{member}"}), ascii(line)
        assert "eve" not in answer.text
    assert steppay.calls() == []


def test_OF_08_a_known_e_mail_looks_like_an_unknown_one(keyed: World, steppay: FakeStepPay) -> None:
    """The same calls to StepPay, the same answer but for the code; a customer is never looked for."""
    client = selling(keyed)
    calls, answers = [], []
    for number, email in enumerate(("new@shop.kr", "new@shop.kr", "other@shop.kr")):
        steppay.forget_calls()
        answers.append(buy(client, key=f"{KEY}-{number}", json={"customer": PERSON | {"email": email}}))
        calls.append(steppay.calls())
    assert calls == [["/api/v1/customers", "/api/v1/orders"]] * 3
    assert [(answer.status_code, answer.json["expiresAt"]) for answer in answers] == [
        (201, answers[0].json["expiresAt"])
    ] * 3
    refused = buy(client, "gone", key=f"{KEY}-9")  # what StepPay says of it stays inside
    assert (refused.json["code"], "status" in refused.json["detail"]) == ("order_refused", False)


BODIES: list[tuple[bytes, int]] = [
    (b'{"customer": {"name": "' + b"a" * 9000 + b'"}}', 413),
    (json.dumps(ORDER).encode()[:-1] + b', "customer": {}}', 400),
    (b'{"customer": ' + b"[" * 2000 + b"]" * 2000 + b"}", 400),
    (b'{"customer": {"name": "\\ud800", "email": "a@b.kr"}}', 422),
    (b'{"customer": null}', 422),
    (b"[]", 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=["large", "twice", "deep", "half a character", "null", "list"])
def test_OF_10_a_body_is_small_and_can_be_read_in_one_way(
    *, keyed: World, steppay: FakeStepPay, body: bytes, status: int
) -> None:
    assert buy(selling(keyed), data=body, content_type="application/json").status_code == status
    assert steppay.calls() == []


def test_OF_11_the_shopper_passes_through_and_is_kept_nowhere(
    logs: Callable[[], str], keyed: World, steppay: FakeStepPay
) -> None:
    counted = counted_deps(keyed)
    changes = {"metrics": counted.metrics, "scrape": counted.scrape, "steppay": counted.steppay}
    client = selling(keyed, settings={"metrics_key": counted.settings.metrics_key}, **changes)
    body = {"customer": SECRET_PERSON}
    answers = [buy(client, "trial", json=body), buy(client, "trial", json=body), buy(client, "gone", json=body)]
    requests.post(f"{steppay.url}/simulator/faults", json={"fault": "lost"}, timeout=60).raise_for_status()
    answers.append(buy(client, key=f"{KEY}-lost", json=body))
    answers.append(buy(client, json=body | {"quantity": 9}))
    verdict = client.post("/v1/verify", json={"orderCode": answers[0].json["orderCode"]})
    scrape = client.get("/metrics", headers=BEARER)
    assert [answer.status_code for answer in answers] == [201, 201, 422, 409, 422]
    assert (verdict.status_code, scrape.status_code) == (200, 200)
    out = "".join(map(whole, [*answers, verdict, scrape])) + rows(keyed) + logs()
    assert [mark for mark in (MARK, *SECRET_PERSON.values(), "홍길동", "7351") if mark in out] == []
