"""Subscriptions: forged, foreign, replayed and untrue events, floods, and what must not come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.attacks import canaries
from tests.attacks.test_leaks import logs, rows
from tests.attacks.test_leaks import told as whole
from tests.integration.test_subscriptions import Member, ask, member, told
from tests.support.app_fixture import API_KEY, FakeStepPay, World
from tests.support.job_helpers import PATH, FakeMerchant, event_body, send, signed, work, work_for

__all__ = ["logs", "member"]
MINUTES = timedelta(minutes=5)


@pytest.fixture
def asked(member: Member, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The subscriptions that StepPay was asked about."""
    calls, call = list[str](), member.call

    def counted(request: object, deadline: object) -> object:
        calls.append(str(request.key))  # type: ignore[attr-defined]
        return call(request, deadline)  # type: ignore[arg-type]

    monkeypatch.setattr(member, "call", counted)
    return calls


def test_SB_01_a_subscription_that_is_not_ours_is_nothing(keyed: World, member: Member, asked: list[str]) -> None:
    shop, raw = FakeMerchant(), event_body(None, "subscription.updated", subscriptionId=5, status="ACTIVE")
    for header in ("", "timestamp=1,key=AAAA"):
        assert keyed.client.post(PATH, data=raw, headers={"Steppay-Signature": header}).status_code == 401
    work_for(keyed, MINUTES, shop)
    assert asked == []
    assert send(keyed, raw).status_code == 200
    work_for(keyed, MINUTES, shop)
    answer = ask(keyed, 5)
    assert (answer.status_code, answer.json["code"], shop.told) == (404, "subscription_not_found", [])


def test_SB_02_an_old_event_does_not_bring_a_member_back(keyed: World, member: Member, asked: list[str]) -> None:
    shop, header = FakeMerchant(), None
    raw = event_body(None, "subscription.updated", subscriptionId=member.number, status="ACTIVE")
    header = signed(raw, keyed.clock.now)
    assert send(keyed, raw, header).status_code == 200
    work_for(keyed, MINUTES, shop)
    member.becomes("CANCELED")
    work_for(keyed, MINUTES, shop)
    before, asks = told(shop), len(asked)
    assert before[-1] == ("subscription.ended", "CANCELED", False)
    assert send(keyed, raw).status_code == 200
    assert send(keyed, raw, header).status_code == 401
    work_for(keyed, MINUTES, shop)
    assert told(shop) == before
    assert len(asked) > asks
    assert ask(keyed, member.number).json["access"] is False


@pytest.mark.parametrize("claimed", ["CANCELED", "ACTIVE", "UNPAID", "VIP", None, 7])
def test_SB_03_what_an_event_says_decides_nothing(keyed: World, member: Member, claimed: object) -> None:
    shop, member.status = FakeMerchant(), "PAUSE"
    forged = {"endDateTime": "2099-01-01T00:00:00", "startDateTime": "2026-01-01T00:00:00"}
    raw = event_body(
        None, "subscription.updated", subscriptionId=member.number, status=claimed, currentPeriod=forged,
        customer={"name": "CANARY"},
    )  # fmt: skip
    assert send(keyed, raw).status_code == 200
    work_for(keyed, MINUTES, shop)
    assert told(shop) == [("subscription.paused", "PAUSE", False)]
    assert not [word for word in ("2099", "CANARY") if word in json.dumps(shop.told)]


def test_SB_04_a_flood_about_one_subscription_is_two_questions(
    keyed: World, member: Member, asked: list[str], steppay: FakeStepPay
) -> None:
    shop, paid = FakeMerchant(), steppay.paid()
    for _ in range(300):
        member.send_event()
    send(keyed, event_body(paid))
    work(keyed, shop)
    assert sorted(shop.types()) == ["payment.paid", "subscription.active"]
    work_for(keyed, MINUTES, shop)
    assert len(asked) <= 2
    assert told(shop) == [("subscription.active", "ACTIVE", True)]


def test_SB_05_no_card_and_no_member_comes_out(
    logs: Callable[[], str], keyed: World, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal, body, shop = canaries.ORDER | canaries.RECEIPT, member.body, FakeMerchant()
    monkeypatch.setattr(member, "body", lambda: {**personal, "paymentMethod": canaries.RECEIPT, **body()})
    event = {"event": "subscription.updated", "data": {**personal, "subscriptionId": member.number}}
    raw = json.dumps(event).encode()
    came = [send(keyed, raw), keyed.client.post(PATH, data=raw)]
    work_for(keyed, MINUTES, shop)
    member.status = canaries.PERSONAL
    came += [ask(keyed, member.number), ask(keyed, canaries.PERSONAL)]
    work_for(keyed, MINUTES, shop)
    assert told(shop) == [("subscription.active", "ACTIVE", True)]
    assert [canaries.found_in(whole(reply)) for reply in came[:3]] == [[]] * 3
    assert canaries.found_in(rows(keyed) + json.dumps(shop.told)) == []
    written = logs().replace(f"/v1/subscriptions/{canaries.PERSONAL}", "")  # the caller's own path
    assert canaries.found_in(written) == []


def test_SB_06_strangers_learn_no_member(keyed: World, member: Member, asked: list[str]) -> None:
    for headers, code in (
        ({}, "unauthorized"),
        ({"Authorization": f"Bearer {API_KEY}x"}, "unauthorized"),
        ({"Authorization": f"Bearer {API_KEY}", "Origin": "https://shop.test"}, "browser_not_allowed"),
    ):
        answers = [keyed.client.get(f"/v1/subscriptions/{number}", headers=headers) for number in (member.number, 5)]
        seen = {(one.status_code, one.json["code"], one.json["detail"]) for one in answers}
        assert len(seen) == 1
        assert seen.pop()[1] == code
    assert asked == []
