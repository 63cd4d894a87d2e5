"""One table of what reaches a shop, and what follows from it. Every recipe has to pass all of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from tests.recipes.frame import SHOP, Shop
from tests.support import forged_tokens
from widget_server.testing import WRONG_DELIVERIES, WRONG_VERDICTS, signed_delivery, signed_verdict
from widget_server.testing.installation import SIGNING_KEY

AMOUNT = 18000
Step = Callable[[Shop, str], requests.Response]
_INPUT = re.compile(r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?')


@dataclass(frozen=True)
class Case:
    """`statuses`: what each step may be answered with. `fulfilled`: how often the order is, at the end."""

    steps: list[Step]
    statuses: range
    fulfilled: int
    at_once: bool = False


GOOD, BAD = range(200, 300), range(400, 500)


def post(shop: Shop, code: str, token: str | None) -> requests.Response:
    """What the widget does: it fills the form on the order's page, and submits it."""
    with requests.Session() as browser:
        page = browser.get(shop.url + shop.pay.format(code=code), timeout=60)
        assert page.status_code == 200, page.text
        assert f'data-steppay-order="{code}"' in page.text
        assert f"{shop.server}/v1/pay/{code}" in page.text
        assert "data-steppay-checkout" in page.text
        assert 'method="post"' in page.text
        assert f'action="{shop.paid}"' in page.text
        form = dict(_INPUT.findall(page.text))
        assert "steppay-token" in form, page.text
        if token is None:
            del form["steppay-token"]
        else:
            form["steppay-token"] = token
        return browser.post(shop.url + shop.paid, data=form, headers={"Origin": shop.url}, timeout=60)


def token(**about: Any) -> Step:
    def step(shop: Shop, code: str) -> requests.Response:
        made = {"order_code": code, "amount": AMOUNT, "issuer": shop.server, "audience": SHOP, **about}
        return post(shop, code, signed_verdict(**made))

    return step


def no_token(shop: Shop, code: str) -> requests.Response:
    return post(shop, code, None)


def every_forged_token(shop: Shop, code: str) -> requests.Response:
    """Those that another key, algorithm, header or signature has made of a genuine one."""
    genuine = signed_verdict(order_code=code, amount=AMOUNT, issuer=shop.server, audience=SHOP)
    answers = {name: post(shop, code, forged) for name, forged in forged_tokens.harmful(genuine, SIGNING_KEY).items()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in BAD} == {}
    return next(iter(answers.values()))


def delivery(kind: str = "payment.paid", **about: Any) -> Step:
    def step(shop: Shop, code: str) -> requests.Response:
        body, headers = signed_delivery(kind, **{"order_code": code, "amount": AMOUNT, **about})
        return requests.post(shop.url + shop.deliveries, data=body, headers=headers, timeout=60)

    return step


CASES: Mapping[str, Case] = {
    "a genuine token": Case([token()], GOOD, 1),
    "a genuine token twice": Case([token(), token()], GOOD, 1),
    "a token of a free order that costs something here": Case([token(verdict="no_charge", amount=0)], BAD, 0),
    "a pending verdict": Case([token(verdict="pending")], GOOD, 0),
    "a failed verdict": Case([token(verdict="failed")], GOOD, 0),
    "a refunded verdict": Case([token(verdict="refunded")], GOOD, 0),
    "no token": Case([no_token], BAD, 0),
    "every forged token": Case([every_forged_token], BAD, 0),
    **{f"a wrong token: {wrong}": Case([token(wrong=wrong)], BAD, 0) for wrong in WRONG_VERDICTS},
    "a delivery": Case([delivery()], GOOD, 1),
    "a delivery twice": Case([delivery(), delivery()], GOOD, 1),
    "a token, then its delivery": Case([token(), delivery()], GOOD, 1),
    "a token and deliveries at once": Case([token(), delivery(), token(), delivery(), token()], GOOD, 1, at_once=True),
    "a delivery about another order": Case([delivery(order_code="order_of_another")], GOOD, 0),
    "a delivery about another amount": Case([delivery(amount=100)], GOOD, 0),
    "a delivery about another currency": Case([delivery(currency="USD")], GOOD, 0),
    "a delivery about a failed payment": Case([delivery("payment.failed")], GOOD, 0),
    "a delivery about a mismatch": Case([delivery("payment.mismatch")], GOOD, 0),
    "a delivery about a refund": Case([delivery("payment.refunded")], GOOD, 0),
    "a delivery about a subscription": Case([delivery("subscription.active", subscription_id=7)], GOOD, 0),
    **{f"a wrong delivery: {wrong}": Case([delivery(wrong=wrong)], BAD, 0) for wrong in WRONG_DELIVERIES},
}
ORDERS: Mapping[str, str] = {name: f"order_{number:03}" for number, name in enumerate(CASES)}
"""The order code of each case: a shop has each of them, for 18,000 KRW, before it starts."""


def play(shop: Shop, name: str) -> None:
    case, code = CASES[name], ORDERS[name]
    with ThreadPoolExecutor(len(case.steps) if case.at_once else 1) as hands:
        answers = list(hands.map(lambda step: step(shop, code), case.steps))
    assert [(answer.status_code, answer.text) for answer in answers if answer.status_code not in case.statuses] == []
    assert shop.fulfilled(code) == case.fulfilled
