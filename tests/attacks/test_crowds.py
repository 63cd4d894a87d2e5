"""Seventy shoppers behind one address can pay; one of them still cannot ask without end (AV-13)."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.integration.test_limits import limited
from tests.support.app_fixture import FakeStepPay, World
from widget_server.config import RateLimit, Settings

CROWD = 70
FEW = RateLimit(3, 3600)


def open_checkout(client: FlaskClient, code: str) -> Any:
    return client.post("/v1/checkouts", json={"orderCode": code, "mode": "tab"})


def test_av_13_a_crowd_behind_one_address_pays_within_a_minute(world: World, steppay: FakeStepPay) -> None:
    """Default budget, and time stands still: nothing is refilled that the crowd uses."""
    client = limited(world, limit=RateLimit(Settings.rate_limit.requests, 24 * 3600))
    answers: list[int] = []
    for _ in range(CROWD):
        code = steppay.unpaid()
        opened = open_checkout(client, code)
        answers.append(opened.status_code)
        checkout = opened.json["checkout"]
        answers += [client.get(f"/v1/checkouts/{checkout}").status_code for _ in range(20)]
        back = f"/v1/return/{checkout}?steppay_return=success.{code}.{checkout}&order_code={code}"
        answers.append(client.get(back).status_code)
        body = {"orderCode": code, "checkout": checkout}
        answers += [client.post("/v1/verify", json=body).status_code for _ in range(3)]
    assert set(answers) == {200, 201}


def test_av_13_a_crowd_of_plain_links_reaches_the_pay_page(world: World, steppay: FakeStepPay) -> None:
    client = limited(world, limit=RateLimit(Settings.rate_limit.requests, 24 * 3600))
    assert {client.get(f"/v1/pay/order_crowd_{n}").status_code for n in range(CROWD)} == {302}


def test_av_13_each_checkout_has_a_small_budget_of_its_own(world: World, steppay: FakeStepPay) -> None:
    client, code = limited(world, limit=FEW), steppay.unpaid()
    first, second = (str(open_checkout(client, code).json["checkout"]) for _ in range(2))
    asked = [client.post("/v1/verify", json={"orderCode": code, "checkout": first}).status_code for _ in range(5)]
    assert asked == [200] * 3 + [429] * 2
    assert client.get(f"/v1/return/{first}").status_code == 429
    assert client.post("/v1/verify", json={"orderCode": code, "checkout": second}).status_code == 200


@pytest.mark.parametrize("named", ["unknown", "of another order"])
def test_av_13_a_checkout_that_does_not_fit_opens_no_budget(world: World, steppay: FakeStepPay, named: str) -> None:
    client, code, other = limited(world, limit=FEW), steppay.unpaid(), steppay.unpaid()
    checkouts = [
        open_checkout(client, other).json["checkout"] if named == "of another order" else f"{n:022d}" for n in range(3)
    ]
    asked = [client.post("/v1/verify", json={"orderCode": code, "checkout": one}) for one in (*checkouts, checkouts[0])]
    assert [answer.status_code for answer in asked] == [200] * 3 + [429]


def test_av_13_one_address_cannot_ask_without_end_by_opening_more(world: World, steppay: FakeStepPay) -> None:
    client = limited(world, limit=FEW)
    statuses: list[int] = []
    for number in range(40):
        opened = open_checkout(client, f"order_invented_{number}")
        body = {"orderCode": f"order_invented_{number}", "checkout": (opened.json or {}).get("checkout")}
        statuses.append(opened.status_code)
        statuses += [client.post("/v1/verify", json={k: v for k, v in body.items() if v}).status_code for _ in range(3)]
    assert statuses.count(201) == 10 * FEW.requests
    assert statuses.count(404) <= 10 * FEW.requests
    assert len(steppay.calls()) <= 10 * FEW.requests
