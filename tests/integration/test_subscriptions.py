"""The life of a subscription as the merchant backend learns it: by events, without them, and by asking."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.app_fixture import COMPLETE, NOW, PAID, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, event_body, send, work, work_for
from tests.support.merchant import verify
from widget_server.adapters.store.maintenance import purge_older_than
from widget_server.adapters.store.subscriptions import sweep_subscriptions
from widget_server.adapters.store.tables import subscriptions
from widget_server.domain.parsing import SEOUL
from widget_server.errors import UpstreamUnavailable
from widget_server.services.steppay_call import Body, Deadline, Request

MONTH = timedelta(days=30)
_numbers = itertools.count(7_000)


@dataclass
class Member:
    """A subscription at StepPay. What the API shows is set by the test; orders stay the simulator's."""

    world: World
    number: int = field(default_factory=lambda: next(_numbers))
    status: str = "ACTIVE"
    start: datetime = NOW
    orders: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False

    def call(self, request: Request, _deadline: Deadline) -> Body | None:
        if self.down:
            raise UpstreamUnavailable("down")
        return self.body() if request.key == str(self.number) else None

    def body(self) -> dict[str, Any]:
        end = self.start + MONTH
        return {
            "id": self.number, "status": self.status, "nextPaymentDate": local(end), "relatedOrders": self.orders,
            "currentPeriod": {"startDateTime": local(self.start), "endDateTime": local(end)},
            "items": [{"productCode": "product_tea", "priceCode": "price_tea"}],
            "customer": {"name": "CANARY"}, "paymentMethod": {"paymentInfo": "CANARY"},
        }  # fmt: skip

    def becomes(self, status: str, *, event: bool = True) -> None:
        self.status = status
        if event:
            self.send_event()

    def send_event(self) -> None:
        raw = event_body(None, "subscription.updated", subscriptionId=self.number, status="CANARY", n=next(_numbers))
        assert send(self.world, raw).status_code == 200

    def buys(self, steppay: FakeStepPay, kind: str = "RECURRING_INITIAL") -> str:
        made = {**PAID, "type": kind, "subscriptions": [{"id": self.number}]}
        code = steppay.order(made, COMPLETE)
        self.orders.append({"orderCode": code, "createdAt": local(self.world.clock.now)})
        return code


def local(at: datetime) -> str:
    return at.astimezone(SEOUL).replace(tzinfo=None).isoformat()


@pytest.fixture
def member(keyed: World) -> Member:
    """And a world whose subscriptions are this one."""
    member = Member(keyed)
    keyed.deps = replace(keyed.deps, subscriptions=replace(keyed.deps.subscriptions, steppay=member))
    keyed.client = keyed.with_deps()
    return member


def told(shop: FakeMerchant) -> list[tuple[str, str, bool]]:
    """Of the subscription alone: type, StepPay's status, access."""
    bodies = [body for _id, body in shop.told if body["type"].startswith("subscription.")]
    return [(body["type"], body["data"]["status"], body["data"]["access"]) for body in bodies]


def ask(world: World, number: object) -> Any:
    return world.client.get(
        f"/v1/subscriptions/{number}", headers={"Authorization": f"Bearer {world.settings.api_key.reveal()}"}
    )


def test_the_first_payment_tells_of_the_subscription_and_of_the_order_that_made_it(
    keyed: World, member: Member, steppay: FakeStepPay
) -> None:
    shop, code = FakeMerchant(), member.buys(steppay)
    verify(keyed, code)
    work(keyed, shop)
    [body] = [body for _id, body in shop.told if body["type"] == "subscription.active"]
    data = body["data"]
    assert (data["subscriptionId"], data["firstOrderCode"], data["access"]) == (member.number, code, True)
    assert (data["verified"], data["currentPeriodEnd"]) == (True, (NOW + MONTH).astimezone(SEOUL).isoformat())
    assert "CANARY" not in json.dumps(shop.told)


LIFE = [
    ("ACTIVE", "subscription.active", True),
    ("UNPAID", "subscription.past_due", False),
    ("ACTIVE", "subscription.active", True),
    ("PENDING_PAUSE", "subscription.active", True),
    ("PAUSE", "subscription.paused", False),
    ("ACTIVE", "subscription.active", True),
    ("PENDING_CANCEL", "subscription.active", True),
    ("CANCELED", "subscription.ended", False),
]


def test_each_change_is_told_once_also_one_that_undoes_the_last(keyed: World, member: Member) -> None:
    shop = FakeMerchant()
    for status, _type, _access in LIFE:
        member.becomes(status)
        member.send_event()
        work_for(keyed, timedelta(minutes=5), shop)
    assert told(shop) == [(kind, status, access) for status, kind, access in LIFE]
    assert len({event_id for event_id, _body in shop.told}) == len(LIFE)


def test_lost_and_shuffled_events_end_in_what_steppay_says(keyed: World, member: Member) -> None:
    chance, shop = random.Random(18), FakeMerchant()
    for status, _type, _access in LIFE[:-1] * 3:  # from CANCELED no subscription comes back
        member.becomes(status, event=chance.random() > 1 / 3)
        work_for(keyed, timedelta(hours=chance.randint(0, 30)), shop)
        sweep_subscriptions(keyed.engine, keyed.clock.now)
    member.becomes("UNPAID", event=False)
    for _ in range(8):  # each living subscription is asked about once a week at least
        work_for(keyed, timedelta(days=1), shop)
        sweep_subscriptions(keyed.engine, keyed.clock.now)
    work_for(keyed, timedelta(minutes=5), shop)
    assert told(shop)[-1] == ("subscription.past_due", "UNPAID", False)
    assert all(before != after for before, after in itertools.pairwise(told(shop)))


def test_an_event_that_overtakes_the_api_is_not_lost(keyed: World, member: Member) -> None:
    shop = FakeMerchant()
    member.send_event()
    work_for(keyed, timedelta(minutes=5), shop)
    member.send_event()
    work(keyed, shop)
    member.status = "UNPAID"
    work_for(keyed, timedelta(minutes=2), shop)
    assert told(shop)[-1][0] == "subscription.past_due"


def test_a_renewal_whose_event_is_lost_is_found_on_the_next_day(
    keyed: World, member: Member, steppay: FakeStepPay
) -> None:
    shop = FakeMerchant()
    verify(keyed, member.buys(steppay))
    work_for(keyed, MONTH - timedelta(hours=1), shop)
    sweep_subscriptions(keyed.engine, keyed.clock.now)
    work(keyed, shop)
    keyed.clock.pass_by(timedelta(hours=1))
    member.start = keyed.clock.now
    renewal = member.buys(steppay, "RECURRING")
    for _ in range(3):
        work_for(keyed, timedelta(hours=12), shop)
        sweep_subscriptions(keyed.engine, keyed.clock.now)
    work_for(keyed, timedelta(minutes=5), shop)
    assert [body["data"]["orderCode"] for _id, body in shop.told if body["type"] == "renewal.paid"] == [renewal]


def test_orders_from_before_the_subscription_was_known_here_are_not_told_again(
    keyed: World, member: Member, steppay: FakeStepPay
) -> None:
    shop = FakeMerchant()
    member.orders = [
        {"orderCode": steppay.order({**PAID, "type": "RECURRING"}, COMPLETE), "createdAt": local(NOW - MONTH)}
    ]
    member.send_event()
    work_for(keyed, timedelta(days=1), shop)
    assert shop.types() == ["subscription.active"]


def test_an_answer_that_is_older_than_the_record_changes_nothing(keyed: World, member: Member) -> None:
    shop, service = FakeMerchant(), keyed.deps.subscriptions
    assert service.check(member.number)
    member.status = "CANCELED"
    old = replace(service, clock=lambda: NOW - timedelta(seconds=1))
    old.check(member.number)
    work(keyed, shop)
    assert told(shop) == [("subscription.active", "ACTIVE", True)]


def test_while_steppay_is_down_nothing_is_said_and_nothing_lost(keyed: World, member: Member) -> None:
    shop = FakeMerchant()
    member.down = True
    member.send_event()
    work_for(keyed, timedelta(hours=3), shop)
    answer = ask(keyed, member.number)
    assert (answer.status_code, answer.json["code"], shop.told) == (503, "upstream_unavailable", [])
    assert "access" not in answer.json
    member.down = False
    work_for(keyed, timedelta(hours=3), shop)
    assert told(shop) == [("subscription.active", "ACTIVE", True)]


def test_a_backend_asks_and_learns_nothing_personal(keyed: World, member: Member) -> None:
    answer = ask(keyed, member.number)
    assert answer.status_code == 200, answer.text
    assert answer.json["access"] is True
    assert "CANARY" not in answer.text
    with keyed.engine.connect() as connection:
        assert "CANARY" not in str(connection.execute(select(subscriptions)).all())
    for number, status, code in (
        (1, 404, "subscription_not_found"),
        ("x", 422, "invalid_request"),
        (0, 422, "invalid_request"),
    ):
        refused = ask(keyed, number)
        assert (refused.status_code, refused.json["code"]) == (status, code)
    assert keyed.client.get(f"/v1/subscriptions/{member.number}").status_code == 401


def test_only_subscriptions_that_are_over_for_long_are_forgotten(keyed: World, member: Member) -> None:
    def known() -> int:
        purge_older_than(keyed.engine, keyed.clock.now - MONTH)
        with keyed.engine.connect() as connection:
            return len(connection.execute(select(subscriptions)).all())

    shop, minute = FakeMerchant(), timedelta(minutes=5)
    raw = event_body(None, "subscription.updated", subscriptionId=5)  # StepPay knows no such one
    assert send(keyed, raw).status_code == 200
    member.becomes("PAUSE")
    work_for(keyed, minute, shop)
    for _ in range(3):
        assert known() == 2
        keyed.clock.pass_by(timedelta(days=10))
    assert known() == 1
    member.becomes("CANCELED")
    work_for(keyed, minute, shop)
    keyed.clock.pass_by(MONTH - minute)
    assert known() == 1
    keyed.clock.pass_by(2 * minute)
    assert known() == 0
    member.send_event()  # it is known again, and its end is sent once more
    work_for(keyed, minute, shop)
    assert [kind for kind, _status, _access in told(shop)] == [
        "subscription.paused", "subscription.ended", "subscription.ended",
    ]  # fmt: skip


def test_the_answer_counts_also_where_it_cannot_be_recorded(keyed: World, member: Member) -> None:
    keyed.break_storage()
    assert ask(keyed, member.number).json["access"] is True
