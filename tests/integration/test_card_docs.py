"""docs/change-of-card.md as a reader uses it: its call, and the backend that checks whose subscription it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.test_merchant_docs import CODE, EXAMPLE, type_in
from tests.support.app_fixture import API_KEY, PUBLIC, TOKEN, FakeStepPay, World
from tests.support.merchant_scenarios import paid_subscription
from tools.wsgi_server import serving

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "change-of-card.md").read_text("utf-8")


@pytest.fixture
def number(keyed: World, steppay: FakeStepPay) -> int:
    return paid_subscription(keyed, steppay)[1]


@pytest.fixture
def shop(keyed: World, number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The backend of the page, whose member has this subscription."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setenv("WIDGET_API_KEY", API_KEY)
    with serving(keyed.app) as url:
        shop: dict[str, Any] = {"__name__": "shop"}
        own = block.replace('"minji": 77', f'"minji": {number}').replace("https://pay.shop.kr", url)
        exec(own, shop)  # noqa: S102 - our own page
        shop["app"].secret_key = "k" * 32
        yield shop["app"].test_client()


def of_steppay(steppay: FakeStepPay, method: str, path: str, body: Any = None) -> Any:
    url = f"{steppay.url}/api/v1/subscriptions/{path}"
    return requests.request(method, url, json=body, headers={"Secret-Token": TOKEN}, timeout=60).json()


def test_the_call_gives_the_answer_below_it(keyed: World, steppay: FakeStepPay, number: int) -> None:
    ((command, shown),) = EXAMPLE.findall(PAGE)
    owner = of_steppay(steppay, "GET", str(number))["customer"]["id"]
    answer = type_in(keyed, command.replace("/77/", f"/{number}/").replace("5210", str(owner)))
    named = answer.text.replace(answer.json["orderCode"], CODE).replace(PUBLIC, "https://pay.shop.kr")
    assert {**json.loads(named), "orderId": 183682} == json.loads(shown)


def test_the_backend_changes_the_card_of_its_own_member_alone(shop: Any, steppay: FakeStepPay, number: int) -> None:
    assert shop.post("/members/card", data={"number": number}).status_code == 404
    with shop.session_transaction() as session:
        session["member"] = "minji"
    assert ">결제수단 변경</a>" in shop.post("/members/card").text
    of_steppay(steppay, "POST", f"{number}/cancel", {"whenToCancel": "NOW"})
    assert "has ended" in shop.post("/members/card").text
