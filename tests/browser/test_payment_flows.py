"""From the shop's button to the shop's verdict: every mode, every outcome, every engine, in pairs."""

from __future__ import annotations

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import ENGINE_NAMES, Page
from tests.browser.shopper import (
    MODES,
    choose,
    open_shop,
    results,
    start_payment,
    wait_for_verdict,
)

OUTCOMES = {"paid": "paid", "declined": "failed", "canceled": "canceled", "vbank": "pending"}
FLOWS = [
    (ENGINE_NAMES[(place + turn) % len(ENGINE_NAMES)], mode, scenario)
    for place, mode in enumerate(MODES)
    for turn, scenario in enumerate(OUTCOMES)
]
"""Every pair: each mode with each outcome, and each of both in each engine."""


@pytest.mark.parametrize(("engine_name", "mode", "scenario"), FLOWS)
def test_the_shop_learns_the_true_outcome_once(demo: RunningDemo, page: Page, mode: str, scenario: str) -> None:
    open_shop(demo, page)
    choose(start_payment(page, mode), scenario)
    wait_for_verdict(page, OUTCOMES[scenario])
    page.js("for (const name of ['focus', 'online']) dispatchEvent(new Event(name));")
    assert results(page) == [OUTCOMES[scenario]]
    assert page.errors == []
