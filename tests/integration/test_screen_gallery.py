"""The gallery has every screen that a shopper may meet, and no shopper may meet the gallery."""

from __future__ import annotations

import re
from itertools import product

import pytest

from tests.integration.test_playground import ORDERS, production
from tests.support.app_fixture import FakeStepPay, World
from widget_server.domain.verdict_kinds import KINDS
from widget_server.domain.verdict_reasons import REASONS
from widget_server.web.assets import static_dir
from widget_server.web.sample_screens import ORDER_CODE, OWN_SCREENS, SCREENS, sample_verdict
from widget_server.web.translations import _WITHOUT_REASON, LANGUAGES, NOTICES, with_message

SINGLE = [f"{surface}/{name}" for surface, names in SCREENS.items() for name in names]
LABELS = {"frame", "stay", "quit", "retry", "close", "newTab", "orders", "order", "refund"}
"""The widget's words that head no screen."""


@pytest.mark.parametrize("surface", SCREENS)
def test_every_kind_and_all_words_of_every_reason_are_on_a_screen(surface: str) -> None:
    names = SCREENS[surface]
    assert set(names) >= {kind.value for kind in KINDS}
    for lang in LANGUAGES:
        shown = [verdict for name in names if (verdict := sample_verdict(name, lang)) and "title" in verdict]
        for reason, facts in REASONS.items():
            told = with_message(
                {"verdict": facts.kind, "reason": reason, "amount": 18000, "returnedAmount": 5000}, lang
            )
            said = {"verdict": facts.kind, "title": told["title"]}
            assert [one for one in shown if one.items() >= said.items() and says(one, str(told["message"]))], reason


def says(verdict: dict[str, object], message: str) -> bool:
    """A partial refund names its amounts, so its words are the sample's own."""
    return verdict["message"] == message or verdict["reason"] == "partially_refunded"


def test_every_screen_of_the_widgets_own_words_is_there() -> None:
    declared = (static_dir() / "js/widget.d.ts").read_text("utf-8").partition("export type TextKey =")[2]
    keys = set(re.findall(r"\| '(\w+)'", declared.partition(";")[0])) - LABELS - set(REASONS)
    assert keys == set(OWN_SCREENS) - {"paying"}


def test_every_notice_and_every_error_with_words_of_its_own_is_there() -> None:
    assert {*NOTICES, *_WITHOUT_REASON, "unavailable"} <= set(SCREENS["return"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_gallery_frames_each_screen(world: World, lang: str) -> None:
    html = world.client.get(f"/playground/screens?lang={lang}&theme=dark&width=768").text
    framed = re.findall(r'<iframe src="/playground/screens/([\w/]+)\?lang=(\w+)&amp;theme=dark"', html)
    assert framed == [(single, lang) for single in SINGLE]
    assert 'class="w768"' in html


def test_each_screen_is_a_marked_sample_and_costs_steppay_nothing(world: World, steppay: FakeStepPay) -> None:
    for single, lang in product(SINGLE, LANGUAGES):
        answer = world.client.get(f"/playground/screens/{single}?lang={lang}&theme=light")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), single
        assert f'<html lang="{lang}">' in answer.text
        assert '<meta name="robots" content="noindex">' in answer.text
        assert "견본 화면 · Sample · 결제 아님 · Not a payment" in answer.text
        assert set(re.findall(r"order_\d\w+", answer.text)) <= {ORDER_CODE}
    assert (steppay.calls(), world.rows()) == ([], 0)


def test_rt_22_no_link_of_a_merchants_real_host_shows_a_sample_of_paid(world: World) -> None:
    for setting in ("on", ORDERS, "off", ""):
        client = production(world, WIDGET_PLAYGROUND=setting)
        for path in ("", *(f"/{single}" for single in SINGLE), "/pay/page"):
            assert client.get(f"/playground/screens{path}").status_code == 404
        assert not [path for path in client.get("/openapi.json").json["paths"] if "/playground/" in path]
        assert "/playground/screens" not in client.get("/playground").text


@pytest.mark.parametrize("address", ["return/opening", "widget/nothing", "pay/paid", "widget/paid/x", "nothing/paid"])
def test_what_is_no_screen_is_not_found(world: World, address: str) -> None:
    assert world.client.get(f"/playground/screens/{address}").status_code == 404
