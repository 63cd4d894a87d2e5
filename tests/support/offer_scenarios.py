"""A static page's offers, and each answer that it can get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.app_fixture import SHOP, FakeStepPay, World
from tests.support.error_scenarios import Provoke, Refusing, bad_bodies, without_storage
from tests.support.merchant_scenarios import FAULTS, lose_the_next
from widget_server.adapters.offers_file import OffersFile
from widget_server.config import RateLimit
from widget_server.errors import OrderOutcomeUnknown, UpstreamUnavailable
from widget_server.services.steppay_call import Body, Deadline, Posting, Request

KEY = "7f3c1c9e-6a52-4d0b-9d55-0f6f0a4f8a11"
PERSON = {"name": "canary-홍길동", "email": "canary@shop.kr"}
ORDER: dict[str, Any] = {"customer": PERSON}
TEXT = """\
[shop]
privacy_url = "https://shop.test/privacy"

[[offer]]
id = "beans"
product = "product_beans"
price = "price_beans"
amount = 18000
quantity = { min = 1, max = 3 }
origins = ["https://shop.test"]
[offer.ko]
title = "달보드레 블렌드"
text = "오늘 볶아 보냅니다."
[offer.en]
title = "Dalbodeure Blend"

[[offer]]
id = "trial"
product = "product_trial"
price = "price_trial"
amount = 0
deadline_minutes = 10
phone = "required"
[offer.ko]
title = "첫 달 무료 체험"

[[offer]]
id = "changed"
product = "product_basic"
price = "price_basic_monthly"
amount = 8900
[offer.ko]
title = "매달 원두"

[[offer]]
id = "gone"
product = "product_gone"
price = "price_gone"
amount = 1
[offer.ko]
title = "없는 상품"
"""


def write_offers(folder: Path, text: str = TEXT) -> Path:
    file = folder / "offers.toml"
    file.write_text(text, "utf-8")
    return file


def selling(world: World, **changes: Any) -> FlaskClient:
    """The same application with these offers."""
    settings = world.settings
    file = write_offers(settings.signing_key_file.parent)
    settings = replace(settings, offers_file=file, **changes.pop("settings", {}))
    offers = OffersFile(file, settings.allowed_origins, sandbox=True)
    return world.with_deps(settings=settings, offers=offers, **changes)


def buy(
    client: FlaskClient, offer: str = "beans", key: str = KEY, origin: str | None = SHOP, **options: Any
) -> TestResponse:
    headers = {"Idempotency-Key": key} | ({"Origin": origin} if origin else {})
    body = {} if {"json", "data"} & options.keys() else {"json": ORDER}
    return client.post(f"/v1/offers/{offer}/orders", **{"headers": headers, **body, **options})


def ordering(offer: str = "beans", **options: Any) -> Provoke:
    return lambda world, _steppay: buy(selling(world), offer, **options)


def looking(offer: str = "beans", **headers: str) -> Provoke:
    return lambda world, _steppay: selling(world).get(f"/v1/offers/{offer}", headers=headers)


def too_often(ask: str) -> Provoke:
    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        client = selling(world, settings={"rate_limit": RateLimit(1, 3600)})
        if ask == "order":
            return [buy(client, key=f"{KEY}{number}") for number in range(7)][-1]
        return [client.get("/v1/offers/beans") for _ in range(21)][-1]

    return provoke


def another_body(world: World, _steppay: FakeStepPay) -> TestResponse:
    client = selling(world)
    buy(client)
    return buy(client, json=ORDER | {"quantity": 2})


def lost(world: World, steppay: FakeStepPay) -> TestResponse:
    lose_the_next(steppay)
    return buy(selling(world), key=f"{KEY}-lost")


@dataclass
class Silent:
    """A StepPay that takes an order, and tells nothing of it."""

    def call(self, _request: Request, _deadline: Deadline) -> Body | None:
        return {}

    def post(self, posting: Posting, _deadline: Deadline) -> Body:
        if posting.resource == "new_customer":
            return {"id": 7}
        raise OrderOutcomeUnknown


def never_told(world: World, _steppay: FakeStepPay) -> TestResponse:
    client = selling(world, steppay=Silent())
    buy(client)
    return buy(client)


def at_the_same_time(world: World, _steppay: FakeStepPay) -> TestResponse:
    answers: list[TestResponse] = []

    class Busy(Refusing):
        def post(self, posting: Posting, deadline: Deadline) -> Body:
            answers.append(buy(client))
            return super().post(posting, deadline)

    client = selling(world, steppay=Busy(UpstreamUnavailable))
    buy(client)
    return answers[0]


OFFERS: dict[tuple[str, int, str], Provoke] = {
    ("show_offer", 200, ""): looking(Origin=SHOP),
    ("show_offer", 403, "origin_not_allowed"): looking(Origin="https://www.shop.test"),
    ("show_offer", 404, "offer_not_found"): looking("tea"),
    ("show_offer", 429, "rate_limited"): too_often("show"),
    **bad_bodies("order", ordering, 8192),
    ("order", 201, ""): ordering(),
    ("order", 403, "origin_not_allowed"): ordering(origin="https://www.shop.test"),
    ("order", 404, "offer_not_found"): ordering("tea"),
    ("order", 409, "order_in_progress"): at_the_same_time,
    ("order", 409, "order_unconfirmed"): lost,
    ("order", 422, "idempotency_key_reused"): another_body,
    ("order", 422, "order_refused"): ordering("gone"),
    ("order", 429, "rate_limited"): too_often("order"),
    ("order", 502, "order_outcome_unknown"): never_told,
    ("order", 503, "offer_changed"): ordering("changed"),
    ("order", 503, "storage_unavailable"): without_storage(ordering()),
} | {
    ("order", 503, code): lambda world, _steppay, fault=fault: buy(selling(world, steppay=Refusing(fault)))
    for code, fault in FAULTS.items()
}
