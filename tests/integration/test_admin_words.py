"""A message's own page, and that an operator reads words in place of StepPay's codes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.attacks import canaries
from tests.support.admin_client import Operator, signed_in, table, words
from tests.support.app_fixture import FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, work, work_for
from tests.support.merchant import verify
from widget_server.domain.delivery import DeliveryResponse
from widget_server.domain.model import OrderType, PaymentStatus
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.web.admin.formatting import label

REFUSES = FakeMerchant(lambda _number: DeliveryResponse("answered", 500, canaries.PERSONAL))


def test_a_delivery_has_a_page_with_its_body_and_every_try(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    verify(world, code)
    work_for(world, timedelta(days=4), REFUSES)
    operator = signed_in(world)
    address = re.search(r'href="(/admin/deliveries/evt_[^"]+)"', operator.get(f"/admin/orders/{code}").text)
    assert address
    page = operator.get(address[1]).text
    assert "&#34;verdict&#34;: &#34;paid&#34;" in page
    assert {row[1] for row in table(page, "attempts")} == {"500"}
    assert canaries.PERSONAL not in page, "what the shop answered may be about a customer"
    assert f'href="/admin/orders/{code}"' in page
    assert operator.get("/admin/deliveries/evt_nothing").status_code == 404


def test_a_delivered_message_is_sent_again_from_its_own_page_only(world: World, steppay: FakeStepPay) -> None:
    """One slip in the list would repeat a payment's message at the shop."""
    verify(world, steppay.paid())
    work(world, FakeMerchant())
    operator = signed_in(world)
    listed = operator.get("/admin/deliveries").text
    assert "/redeliver" not in listed
    address = re.search(r'href="(/admin/deliveries/evt_[^"]+)"', listed)
    assert address
    assert "이미 전송된 알림입니다" in operator.get(address[1]).text
    assert f'action="{address[1]}/redeliver"' in operator.get(address[1]).text


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_steppays_words_are_translated_and_its_times_are_written_like_ours(
    world: World, steppay: FakeStepPay, lang: str
) -> None:
    code = steppay.paid()
    verify(world, code)
    shown = words(signed_in(world).get(f"/admin/orders/{code}", lang).text)
    assert {"ko": "단품 결제 ONE_TIME", "en": "One-time ONE_TIME"}[lang] in shown
    assert {"ko": "결제 완료 COMPLETE", "en": "Complete COMPLETE"}[lang] in shown
    assert "2026-11-01 10:05:00 KST" in shown
    assert "T10:05" not in shown


def test_every_word_of_steppays_has_one_of_ours() -> None:
    for lang in ("ko", "en"):
        for kind, values in (("order_type", OrderType), ("payment_status", PaymentStatus), ("verdict", VerdictKind)):
            assert [one.value for one in values if label(lang, kind, one.value) == one.value] == []


@pytest.mark.parametrize(
    ("env", "lang", "said"), [("sandbox", "ko", "테스트"), ("sandbox", "en", "Test"), ("production", "ko", "")]
)
def test_a_sandbox_says_on_each_page_that_nothing_is_real(world: World, env: str, lang: str, said: str) -> None:
    assert world.deps.admin
    operator = Operator(world, world.with_deps(admin=replace(world.deps.admin, sandbox=env == "sandbox")))
    operator.sign_in()
    for path in ("/admin", "/admin/orders", "/admin/deliveries", "/admin/nothing"):
        page = operator.get(path, lang).text
        assert (f"<title>[{said}] " in page) is bool(said), path
        assert ('class="flag test"' in page) is bool(said), path
